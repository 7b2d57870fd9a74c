import { expect, test } from 'vitest'
import { normalised } from '../../../src-shared/normalise.ts'

const one = (data: number[], range: [number, number]) => [
  ...normalised({ width: data.length, height: 1, channels: 1, data: Float64Array.from(data) }, [range]),
]

test('the percentile values become 0 and 1, what lies between is linear', () => {
  expect(one([100, 150, 200], [100, 200])).toEqual([0, 0.5, 1])
})

test('values far outside are held within -1 and 3', () => {
  expect(one([-1e9, 400, 1e30], [100, 200])).toEqual([-1, 3, 3])
})

test('what is no number, and a constant plane, are 0', () => {
  expect(one([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], [100, 200])).toEqual([0, 0, 0])
  expect(one([7, 7], [7, 7])).toEqual([0, 0])
})

test('each channel has its own range, and integers of 16 bits are not cut', () => {
  const data = Uint16Array.of(0, 65535, 10, 20)
  const found = normalised({ width: 2, height: 1, channels: 2, data }, [
    [0, 65535],
    [10, 30],
  ])
  expect([...found]).toEqual([0, 1, 0, 0.5])
})
