import { expect, test } from 'vitest'
import { middleOf } from '../../../src-main/core/study/crops.ts'

test('the middle of an image is cut out of every channel', () => {
  const [width, height] = [7, 6]
  const data = Uint16Array.from({ length: 2 * width * height }, (_, i) => i)
  const { data: part, ...size } = middleOf({ width, height, channels: 2, data }, 3)
  expect(size).toEqual({ width: 3, height: 3, channels: 2 })
  // Columns 2 to 4, rows 1 to 3.
  const first = [1, 2, 3].flatMap((y) => [2, 3, 4].map((x) => y * width + x))
  expect([...part]).toEqual([...first, ...first.map((value) => value + width * height)])
})

test('an image smaller than the square is taken whole', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6)
  expect(middleOf({ width: 3, height: 2, channels: 1, data }, 128)).toEqual({ width: 3, height: 2, channels: 1, data })
})
