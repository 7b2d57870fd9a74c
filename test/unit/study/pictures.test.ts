import { expect, test } from 'vitest'
import { withMistakes } from '../../../src-main/core/study/pictures.ts'

test('objects that were got wrong are coloured by kind, all else is the image at half its brightness', () => {
  // One row: found, missed, two that were merged, one that was invented.
  const truth = Uint32Array.of(1, 1, 0, 2, 2, 0, 3, 3, 4, 4, 0, 0, 0)
  const found = Uint32Array.of(1, 1, 0, 0, 0, 0, 5, 5, 5, 5, 0, 7, 7)
  const [width, height] = [truth.length, 1]
  const rgb = new Uint8Array(width * 3).fill(100)
  const shown = withMistakes({ width, height, rgb }, truth, found).rgb
  const at = (x: number) => [...shown.subarray(x * 3, x * 3 + 3)]
  // Half of the darkened 50, and 0.6 of the colour.
  const tinted = (colour: number[]) => colour.map((value) => Math.floor(25 + 0.6 * value))
  expect(at(0)).toEqual([50, 50, 50])
  expect(at(2)).toEqual([50, 50, 50])
  expect(at(3)).toEqual(tinted([213, 94, 0]))
  expect([at(6), at(9)]).toEqual([tinted([204, 121, 167]), tinted([204, 121, 167])])
  expect(at(11)).toEqual(tinted([86, 180, 233]))
})
