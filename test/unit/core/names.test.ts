import { expect, test } from 'vitest'
import {
  matchByName,
  matchesPattern,
  matchPredictions,
  outputNames,
  stemOf,
  subjectOf,
} from '../../../src-main/core/names.ts'

test('a mask is recognised by the name of its image, whatever program named it', () => {
  const images = ['i/cells 1.tif', 'i/Zelle Ü.png', 'i/slice007.tif', 'i/b.ome.tif', 'i/alone.png', 'i/UPPER.TIF']
  const masks = ['m/cells 1_labels.tif', 'm/Zelle U\u0308.png', 'm/slice7.png', 'm/mask_b.png', 'm/upper_cp_masks.png']
  expect(matchByName(images, masks)).toEqual([masks[0], masks[1], masks[2], masks[3], undefined, masks[4]])
})

test('the same stem wins over a looser likeness, and two equal likenesses match nothing', () => {
  expect(matchByName(['a.tif'], ['a.png', 'a_mask.png'])).toEqual(['a.png'])
  expect(matchByName(['a.tif'], ['a_mask.png', 'a_labels.png'])).toEqual([undefined])
})

test('a prediction finds the truth of its image, by the same rules', () => {
  const predictions = [
    'o/cell_img_labels.tif',
    'o/slice7_labels.tif',
    'o/slice07_labels.tif',
    'o/A_seg_labels.tif',
    'o/A_labels.tif',
  ]
  const truths = ['t/cell_mask.tif', 't/slice007.tif', 't/slice7.tif', 't/a.tif', 't/a_seg.tif']
  expect(matchPredictions(predictions, truths)).toEqual([truths[0], truths[2], truths[1], truths[4], truths[3]])
  expect(matchPredictions(['o/a_labels_probabilities.tif'], ['t/A_labels.tif'])).toEqual(['t/A_labels.tif'])
})

test('where images lie among true masks, a prediction finds the mask and not the picture', () => {
  const beside = ['t/a.png', 't/A_masks.png', 't/b.png', 't/b_masks.png', 't/c.png']
  expect(matchPredictions(['o/a_labels.tif', 'o/b_labels.tif', 'o/c_labels.tif'], beside)).toEqual([
    't/A_masks.png',
    't/b_masks.png',
    't/c.png',
  ])
  const cellpose = ['t/000_img.png', 't/000_masks.png', 't/001_img.png', 't/001_masks.png']
  expect(matchPredictions(['o/000_img_labels.tif', 'o/001_img_labels.tif'], cellpose)).toEqual([
    't/000_masks.png',
    't/001_masks.png',
  ])
})

test('a loose likeness takes no mask from an image that it belongs to by its name', () => {
  expect(matchByName(['a1.tif', 'a01.tif'], ['a1_mask.tif'])).toEqual(['a1_mask.tif', undefined])
  expect(matchByName(['b.tif', 'b_img.tif'], ['b_mask.tif'])).toEqual(['b_mask.tif', undefined])
  expect(matchByName(['c.tif'], ['c_mask.tif', 'c_labels.tif', 'c_seg_mask.tif'])).toEqual([undefined])
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
  expect(outputNames(['cell.tif', 'cell.png', 'other.tif'], (_, index) => index + 7)).toEqual([
    '7_cell',
    '8_cell',
    'other',
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
