import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { expandInputs } from '../../../src-main/core/files.ts'
import { matchByName, matchesPattern, outputNames, stemOf, subjectOf } from '../../../src-main/core/names.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-names-'))
afterAll(() => rmSync(folder, { recursive: true }))

const put = (...names: string[]) => {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), '')
  }
}

test('a mask is recognised by the name of its image, whatever program named it', () => {
  const images = ['i/cells 1.tif', 'i/Zelle Ü.png', 'i/slice007.tif', 'i/b.ome.tif', 'i/alone.png', 'i/UPPER.TIF']
  const masks = ['m/cells 1_labels.tif', 'm/Zelle U\u0308.png', 'm/slice7.png', 'm/mask_b.png', 'm/upper_cp_masks.png']
  expect(matchByName(images, masks)).toEqual([masks[0], masks[1], masks[2], masks[3], undefined, masks[4]])
})

test('the same stem wins over a looser likeness, and two equal likenesses match nothing', () => {
  expect(matchByName(['a.tif'], ['a.png', 'a_mask.png'])).toEqual(['a.png'])
  expect(matchByName(['a.tif'], ['a_mask.png', 'a_labels.png'])).toEqual([undefined])
})

test('a name that is nothing but a mask word stays a name', () => {
  expect(subjectOf('labels.tif')).toBe('labels')
  expect(subjectOf('cells_labels_probabilities.tif')).toBe('cells')
  expect(stemOf('deep/er/x.y.ome.tiff')).toBe('x.y')
})

test('two inputs with one stem get different output names, told apart by their folders', () => {
  expect(outputNames(['/d/a/cell.tif', '/d/b/Cell.png', '/d/b/other.tif', '/e/a/cell.png'])).toEqual([
    'a_cell',
    'b_Cell',
    'other',
    'a_cell_2',
  ])
})

test('patterns name images with or without their ending', () => {
  const names = ['0.png', '4.png', '5.png', '10.png', 'a.b.tif']
  const matching = (pattern: string) => names.filter((name) => matchesPattern(name, pattern))
  expect(matching('[0-4]')).toEqual(['0.png', '4.png'])
  expect(matching('?.png, 1*')).toEqual(['0.png', '4.png', '5.png', '10.png'])
  expect(matching('A.B')).toEqual(['a.b.tif'])
  expect(() => matchesPattern('x', '[')).toThrow('is not a pattern')
})

test('a folder gives its images in numeric order, or those below it without their masks', () => {
  put('flat/10.png', 'flat/9.TIF', 'flat/notes.txt', 'flat/.hidden.png')
  expect(expandInputs([path.join(folder, 'flat')]).map((file) => path.basename(file))).toEqual(['9.TIF', '10.png'])
  put('deep/a/images/a.png', 'deep/a/masks/1.png', 'deep/a/labels.tif', 'deep/b/images/b.png')
  expect(expandInputs([path.join(folder, 'deep')]).map((file) => path.basename(file))).toEqual(['a.png', 'b.png'])
})

test('files, patterns and folders together give each file once', () => {
  put('mix/1.png', 'mix/2.png')
  const mix = path.join(folder, 'mix')
  expect(expandInputs([path.join(mix, '2.png'), mix, path.join(mix, '*.png')])).toEqual([
    path.join(mix, '2.png'),
    path.join(mix, '1.png'),
  ])
})

test('what is not there is named, and so is a folder without images', () => {
  put('empty/notes.txt')
  expect(() => expandInputs([path.join(folder, 'nowhere.tif')])).toThrow(`There is no file at ${folder}/nowhere.tif`)
  expect(() => expandInputs([path.join(folder, 'x*.tif')])).toThrow('There is no file at')
  expect(() => expandInputs([path.join(folder, 'empty')])).toThrow('is an image Cellbrush reads')
})
