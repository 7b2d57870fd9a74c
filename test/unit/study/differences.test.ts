import { expect, test } from 'vitest'
import { pixelsInOneAlone } from '../../../src-main/core/study/cell-predictions.ts'

test('one object more is counted by its pixels, though all objects after it have other ids', () => {
  const one = Uint32Array.of(1, 1, 0, 0, 0, 2, 2, 0, 3)
  const other = Uint32Array.of(1, 1, 0, 2, 0, 3, 3, 0, 4)
  expect(pixelsInOneAlone(one, other)).toBe(1)
  expect(pixelsInOneAlone(other, one)).toBe(1)
  expect(pixelsInOneAlone(one, one)).toBe(0)
})
