import { expect, test } from 'vitest'
import { largestOf, leastOf } from '../../../src-shared/extremes.ts'

test('the ends of a million values are found, which no call takes as arguments', () => {
  const values = Array.from({ length: 1_000_000 }, (_, index) => (index % 1000) - index / 1_000_000)
  expect(() => Math.max(...values)).toThrow(RangeError)
  expect([leastOf(values), largestOf(values)]).toEqual([-0.999, 999 - 999 / 1_000_000])
})

test('nothing has the ends that Math gives it', () => {
  expect([leastOf([]), largestOf([])]).toEqual([Math.min(), Math.max()])
})
