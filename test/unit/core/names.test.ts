import { expect, test } from 'vitest'
import { matchByName, matchesPattern, outputNames, stemOf, subjectOf } from '../../../src-main/core/names.ts'

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
