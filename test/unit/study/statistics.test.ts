import { expect, test } from 'vitest'
import { intervalOf, spreadOf } from '../../../src-main/core/study/statistics.ts'

test('mean, standard deviation and range of three numbers are those computed by hand', () => {
  // Mean 5; squared differences 9, 1, 16; 26 / 2 = 13.
  const spread = spreadOf([2, 6, 9].map((value) => value - 2 / 3))
  expect(spread.n).toBe(3)
  expect(spread.mean).toBeCloseTo(5, 12)
  expect(spreadOf([2, 4, 9])).toEqual({ n: 3, mean: 5, sd: Math.sqrt(13), least: 2, most: 9 })
})

test('what cannot be said is left out', () => {
  expect(spreadOf([Number.NaN, 0.5, Number.NaN])).toEqual({ n: 1, mean: 0.5, sd: Number.NaN, least: 0.5, most: 0.5 })
  expect(spreadOf([Number.NaN])).toMatchObject({ n: 0, mean: Number.NaN, sd: Number.NaN })
})

test('the interval of three numbers is that of a textbook', () => {
  // Mean 10, sd 1: 10 ± 4.303 / sqrt(3), by tables of Student's t with 2 degrees of freedom.
  const [low, high] = intervalOf(spreadOf([9, 10, 11]))!
  expect(low).toBeCloseTo(10 - 2.4843, 4)
  expect(high).toBeCloseTo(10 + 2.4843, 4)
})

test('one number has no interval, and many have one that narrows', () => {
  expect(intervalOf(spreadOf([1]))).toBeUndefined()
  const width = (n: number) => {
    const [low, high] = intervalOf(spreadOf(Array.from({ length: n }, (_, i) => i % 2)))!
    return high - low
  }
  expect([3, 4, 6, 10, 20, 100].map(width)).toEqual([3, 4, 6, 10, 20, 100].map(width).sort((a, b) => b - a))
})
