import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  borderReachPx,
  borderTerm,
  borderTermOfWindow,
  classWeights,
  updateBorderTerm,
} from '../../../src-shared/weight-map.ts'
import { hasOracle, labelMaps, largestDifference, oracleImage, stored, storedCase } from './label-maps.ts'

test.each(stored.cases)('the border term of the stored label map "$name" is that of SciPy', ({ name }) => {
  const { labels, width, height, border } = storedCase(name)
  expect(largestDifference(borderTerm(labels, width, height, stored), border)).toBeLessThan(1e-4)
})

test.skipIf(!hasOracle).each(['bbbc039', 'touch', 'one', 'empty'])(
  'the border term of the oracle %s is as given',
  (name) => {
    const { data, width, height } = oracleImage(`${name}_labels`)!
    const labels = Uint32Array.from(data, (value) => (value > 0 ? value + 15 : 0))
    const found = borderTerm(labels, width, height, { w0: 10, sigmaPx: 5 })
    expect(largestDifference(found, oracleImage(`${name}_border`)!.data)).toBeLessThan(1e-4)
  },
)

test('the term is zero inside objects, and w0 exp(-(1 + 2)^2 / 2 sigma^2) one pixel from one object and two from another', () => {
  const labels = Uint32Array.of(16, 0, 1, 17)
  const found = borderTerm(labels, 4, 1, { w0: 10, sigmaPx: 5 })
  const expected = Math.fround(10 * Math.exp(-9 / 50))
  expect([...found]).toEqual([0, expected, expected, 0])
})

test('with fewer than two objects, or w0 zero, there is no border term', () => {
  expect(borderTerm(Uint32Array.of(16, 0, 16), 3, 1, { w0: 10, sigmaPx: 5 }).every((value) => value === 0)).toBe(true)
  expect(borderTerm(Uint32Array.of(16, 0, 17), 3, 1, { w0: 0, sigmaPx: 5 }).every((value) => value === 0)).toBe(true)
})

test('the term of a window is that part of the term of the plane', () => {
  const { labels, width, height } = storedCase('nuclei')
  const shape = { w0: 10, sigmaPx: 3 }
  const whole = borderTerm(labels, width, height, shape)
  const window = { x: 60, y: 40, w: 51, h: 33 }
  const part = borderTermOfWindow(labels, width, height, shape, window)
  const expected = Float32Array.from(part, (_, at) => {
    return whole[(window.y + Math.floor(at / window.w)) * width + window.x + (at % window.w)]!
  })
  expect(part.some((value) => value > 1)).toBe(true)
  expect(largestDifference(part, expected)).toBeLessThan(1e-5)
})

test('after a stroke the updated term equals one computed anew, and nothing outside its window was touched', () => {
  const stroke = fc.record({
    x: fc.integer({ min: -5, max: 90 }),
    y: fc.integer({ min: -5, max: 70 }),
    w: fc.integer({ min: 1, max: 25 }),
    h: fc.integer({ min: 1, max: 25 }),
    label: fc.constantFrom(0, 1, 16, 22, 400),
    sigmaPx: fc.constantFrom(1, 2, 5),
  })
  fc.assert(
    fc.property(stroke, ({ label, sigmaPx, ...rect }) => {
      const { labels, width, height } = storedCase('discs')
      const shape = { w0: 10, sigmaPx }
      const term = borderTerm(labels, width, height, shape)
      const before = term.slice()
      for (let y = Math.max(0, rect.y); y < Math.min(height, rect.y + rect.h); y++) {
        for (let x = Math.max(0, rect.x); x < Math.min(width, rect.x + rect.w); x++) labels[y * width + x] = label
      }
      const window = updateBorderTerm(term, labels, width, height, shape, rect)
      expect(largestDifference(term, borderTerm(labels, width, height, shape))).toBeLessThan(1e-5)
      term.forEach((value, at) => {
        const x = at % width
        const y = Math.floor(at / width)
        const isInside = x >= window.x && x < window.x + window.w && y >= window.y && y < window.y + window.h
        if (!isInside && value !== before[at]) throw new Error(`pixel ${x}, ${y} outside the window changed`)
      })
    }),
    { numRuns: 60 },
  )
})

test('beyond its reach the Gaussian is below a millionth of w0', () => {
  const reach = borderReachPx({ sigmaPx: 5 })
  expect(Math.exp(-(reach ** 2) / 50)).toBeCloseTo(1e-6, 12)
})

test('swapping ids does not change the term', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const swapped = data.map((id) => (id >= 16 ? 1000 - id : id))
      const shape = { w0: 10, sigmaPx: 2 }
      expect([...borderTerm(swapped, width, height, shape)]).toEqual([...borderTerm(data, width, height, shape)])
    }),
    { numRuns: 50 },
  )
})

test('class weights make every class weigh the same and a painted pixel 1 on average; an absent class has 0', () => {
  expect(classWeights([300, 100])).toEqual([400 / 600, 2])
  expect(classWeights([6, 0, 2])).toEqual([8 / 18, 0, 8 / 6])
  expect(classWeights([0, 0])).toEqual([0, 0])
})
