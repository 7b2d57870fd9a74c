import fc from 'fast-check'
import { expect, test } from 'vitest'
import { axisOf, binned, isWithin, snapped } from '../../../../src-renderer/state/results/axis.ts'

test('an axis has round ends and ticks', () => {
  expect(axisOf([12, 1390], true)).toEqual({ low: 0, high: 1500, step: 10, ticks: [0, 500, 1000, 1500] })
  expect(axisOf([0.12, 0.31])).toMatchObject({ low: 0.1, high: 0.35, ticks: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35] })
})

test('values that are no numbers are left out; where none is left there is no axis', () => {
  expect(axisOf([Number.NaN, 3, 7], true)).toMatchObject({ low: 3, high: 7 })
  expect(axisOf([Number.NaN])).toBeUndefined()
  expect(axisOf([])).toBeUndefined()
})

const anyValues = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })

test('every value lies on its axis, and in just one bin', () => {
  fc.assert(
    fc.property(anyValues, fc.boolean(), (values, isWhole) => {
      const axis = axisOf(values, isWhole)!
      expect(values.every((value) => isWithin(value, [axis.low, axis.high]))).toBe(true)
      const bins = binned(values, axis, 16)
      expect(bins.reduce((sum, count) => sum + count, 0)).toBe(values.length)
    }),
    { examples: [[[-5e-324, 4.000000000000001], false]] },
  )
})

test('what a brush stops at is on the axis and no further than half a step', () => {
  fc.assert(
    fc.property(anyValues, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const axis = axisOf(values)!
      const value = axis.low + share * (axis.high - axis.low)
      const stop = snapped(value, axis)
      expect(isWithin(stop, [axis.low, axis.high])).toBe(true)
      expect(Math.abs(stop - value)).toBeLessThanOrEqual(axis.step * 0.51 + Math.abs(value) * 1e-9)
    }),
  )
})
