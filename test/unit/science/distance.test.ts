import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distanceTo, nearestTwoObjects, nearestValue } from '../../../src-shared/distance.ts'
import { hasOracle, labelMaps, largestDifference, oracleImage, stored, storedCase } from './label-maps.ts'

function bruteForce(data: Uint32Array, width: number, height: number) {
  const d1: number[] = []
  const d2: number[] = []
  for (let at = 0; at < width * height; at++) {
    const nearest = new Map<number, number>()
    data.forEach((id, other) => {
      if (id < 16) return
      const dx = (other % width) - (at % width)
      const dy = Math.floor(other / width) - Math.floor(at / width)
      nearest.set(id, Math.min(nearest.get(id) ?? Number.POSITIVE_INFINITY, Math.hypot(dx, dy)))
    })
    const sorted = [...nearest.values()].sort((a, b) => a - b)
    d1.push(Math.fround(sorted[0] ?? Number.POSITIVE_INFINITY))
    d2.push(Math.fround(sorted[1] ?? Number.POSITIVE_INFINITY))
  }
  return { d1, d2 }
}

test('distances to the two nearest objects equal those to every pixel of every object', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const found = nearestTwoObjects(data, width, height)
      const expected = bruteForce(data, width, height)
      expect(largestDifference(found.d1, expected.d1)).toBeLessThan(1e-4)
      expect(largestDifference(found.d2, expected.d2)).toBeLessThan(1e-4)
    }),
    { numRuns: 400 },
  )
})

test('the nearest object named is one at the distance given', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const { d1, nearest } = nearestTwoObjects(data, width, height)
      for (let at = 0; at < data.length; at++) {
        if (nearest[at] === 0) continue
        const alone = distanceTo(
          Uint8Array.from(data, (id) => (id === nearest[at] ? 1 : 0)),
          width,
          height,
        )
        expect(alone[at]).toBeCloseTo(d1[at]!, 5)
      }
    }),
    { numRuns: 40 },
  )
})

test('the distance transform and its nearest value equal a search over all sources', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const sources = data.map((id) => (id >= 16 ? id : 0))
      const { distance, value } = nearestValue(sources, width, height)
      const { d1 } = bruteForce(sources, width, height)
      expect(largestDifference(distance, d1)).toBeLessThan(1e-4)
      expect(largestDifference(distanceTo(Uint8Array.from(sources), width, height), d1)).toBeLessThan(1e-4)
      const own = bruteForceTo(sources, value, width, height)
      expect(largestDifference(own, d1)).toBeLessThan(1e-4)
    }),
    { numRuns: 100 },
  )
})

/** Distance from each pixel to the nearest source with the value claimed for that pixel. */
function bruteForceTo(sources: Uint32Array, value: Uint32Array, width: number, height: number): number[] {
  return Array.from({ length: width * height }, (_, at) => {
    let least = Number.POSITIVE_INFINITY
    sources.forEach((source, other) => {
      if (source === 0 || source !== value[at]) return
      const dx = (other % width) - (at % width)
      const dy = Math.floor(other / width) - Math.floor(at / width)
      least = Math.min(least, Math.hypot(dx, dy))
    })
    return Math.fround(least)
  })
}

test('without a source the distance is infinite', () => {
  expect([...distanceTo(new Uint8Array(4), 2, 2)]).toEqual(Array(4).fill(Number.POSITIVE_INFINITY))
  const one = nearestTwoObjects(Uint32Array.of(0, 16), 2, 1)
  expect([...one.d1]).toEqual([1, 0])
  expect([...one.d2]).toEqual(Array(2).fill(Number.POSITIVE_INFINITY))
})

test.each(stored.cases)('distances in the stored label map "$name" are those of SciPy', ({ name }) => {
  const { labels, width, height, d1, d2 } = storedCase(name)
  const found = nearestTwoObjects(labels, width, height)
  expect(largestDifference(found.d1, d1)).toBeLessThan(1e-4)
  expect(largestDifference(found.d2, d2)).toBeLessThan(1e-4)
})

test.skipIf(!hasOracle).each(['bbbc039', 'touch'])('distances in the oracle %s are as given', (name) => {
  const { data, width, height } = oracleImage(`${name}_labels`)!
  const labels = Uint32Array.from(data, (value) => (value > 0 ? value + 15 : 0))
  const found = nearestTwoObjects(labels, width, height)
  expect(largestDifference(found.d1, oracleImage(`${name}_d1`)!.data)).toBeLessThan(1e-4)
  expect(largestDifference(found.d2, oracleImage(`${name}_d2`)!.data)).toBeLessThan(1e-4)
})
