import { expect, test } from 'vitest'
import { thinnedPlaces } from '../../../src-shared/thin-out.ts'

/** Noise whose highest values are far from its mean, its lowest near. */
const noiseAt = (at: number): number => 1 + (Math.abs(Math.sin(at * 12.9898) * 43_758.5453) % 1)
const noise = (length: number) => Array.from({ length }, (_, at) => noiseAt(at) ** 4)
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('few values are all kept', () => {
  expect(thinnedPlaces([], 16)).toEqual([])
  expect(thinnedPlaces([3, 1, 2], 16)).toEqual([0, 1, 2])
})

test('of many so many are kept, in order, each once, with the first and the last', () => {
  for (const [length, most] of [
    [17, 16],
    [5001, 5000],
    [12_345, 1000],
  ] as const) {
    const places = thinnedPlaces(noise(length), most)
    expect(places.length).toBeGreaterThan(most * 0.85)
    expect(places.length).toBeLessThanOrEqual(most)
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
    expect([places[0], places.at(-1)]).toEqual([0, length - 1])
  }
})

test('a spike up or down stays wherever it is', () => {
  for (const spike of [0, 1, 4999, 5000, 31_337, 99_998, 99_999]) {
    for (const value of [50, -50]) {
      const values = noise(100_000)
      values[spike] = value
      expect(thinnedPlaces(values, 5000)).toContain(spike)
    }
  }
})

test('the mean of what is kept stays near the mean of all', () => {
  const values = noise(100_000)
  const kept = thinnedPlaces(values, 5000).map((at) => values[at]!)
  expect(Math.abs(meanOf(kept) / meanOf(values) - 1)).toBeLessThan(0.1)
})
