import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contingency } from '../../../src-shared/scores/contingency.ts'
import { randInformation } from '../../../src-shared/scores/rand-information.ts'
import { fixturePairs, smallMaps } from './pairs.ts'

/** Ordered pairs of pixels, counted one by one: of one true object, of one segment, and of both. */
function countPairs(truth: Uint32Array, prediction: Uint32Array, mask: Uint8Array) {
  const pixels = [...truth.keys()].filter((pixel) => truth[pixel] !== 0 && mask[pixel] !== 0)
  const isOneSegment = (a: number, b: number) => a === b || (prediction[a] === prediction[b] && prediction[a] !== 0)
  let inTruth = 0
  let inSegment = 0
  let inBoth = 0
  for (const a of pixels) {
    for (const b of pixels) {
      if (truth[a] === truth[b]) inTruth++
      if (isOneSegment(a, b)) inSegment++
      if (truth[a] === truth[b] && isOneSegment(a, b)) inBoth++
    }
  }
  return { inTruth, inSegment, inBoth }
}

/** Entropies in nats from the definition, with singletons given names of their own. */
function entropies(truth: Uint32Array, prediction: Uint32Array, mask: Uint8Array) {
  const pixels = [...truth.keys()].filter((pixel) => truth[pixel] !== 0 && mask[pixel] !== 0)
  const segment = (pixel: number) => (prediction[pixel] === 0 ? `single ${pixel}` : `${prediction[pixel]}`)
  const entropy = (name: (pixel: number) => string) =>
    [...Map.groupBy(pixels, name).values()].reduce((sum, { length }) => {
      const p = length / pixels.length
      return sum - p * Math.log(p)
    }, 0)
  return {
    truth: entropy((pixel) => `${truth[pixel]}`),
    segment: entropy(segment),
    both: entropy((pixel) => `${truth[pixel]} ${segment(pixel)}`),
  }
}

test('V_Rand is the share of pixel pairs, counted one by one', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction, mask }) => {
      const { inTruth, inSegment, inBoth } = countPairs(truth, prediction, mask)
      const scores = randInformation(truth, prediction, { mask })
      fc.pre(inTruth > 0)
      expect(scores.vRandSplit).toBeCloseTo(inBoth / inTruth, 12)
      expect(scores.vRandMerge).toBeCloseTo(inBoth / inSegment, 12)
      expect(scores.vRand).toBeCloseTo((2 * inBoth) / (inTruth + inSegment), 12)
    }),
  )
})

test('V_Info is the mutual information of the definition over the entropies', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction, mask }) => {
      const { truth: h, segment, both } = entropies(truth, prediction, mask)
      const scores = randInformation(truth, prediction, { mask })
      fc.pre(h > 1e-9 && segment > 1e-9)
      expect(scores.vInfoSplit).toBeCloseTo((h + segment - both) / segment, 9)
      expect(scores.vInfoMerge).toBeCloseTo((h + segment - both) / h, 9)
      expect(scores.vInfo).toBeCloseTo((2 * (h + segment - both)) / (h + segment), 9)
    }),
  )
})

describe('scikit-image, given each background pixel of the prediction as a segment of its own,', () => {
  // adapted_rand_error counts unordered pairs of two pixels, V_Rand ordered pairs with a pixel and itself: n more of each.
  test.each(fixturePairs)('finds the same pairs ($width x $height)', (pair) => {
    const truth = Uint32Array.from(pair.truth)
    const scores = randInformation(truth, Uint32Array.from(pair.prediction))
    const areas = [...Map.groupBy(truth, (id) => id)].filter(([id]) => id > 0).map(([, pixels]) => pixels.length)
    const n = areas.reduce((sum, area) => sum + area, 0)
    const inTruth = areas.reduce((sum, area) => sum + area * area, 0)
    const inBoth = scores.vRandSplit * inTruth
    const inSegment = inBoth / scores.vRandMerge
    expect((inBoth - n) / (inTruth - n)).toBeCloseTo(pair.pairSplit, 9)
    expect((inBoth - n) / (inSegment - n)).toBeCloseTo(pair.pairMerge, 9)
    expect(1 - (2 * (inBoth - n)) / (inTruth + inSegment - 2 * n)).toBeCloseTo(pair.adaptedRandError, 9)
  })

  test.each(fixturePairs)('finds the same conditional entropies ($width x $height)', (pair) => {
    const truth = Uint32Array.from(pair.truth)
    const prediction = Uint32Array.from(pair.prediction)
    const scores = randInformation(truth, prediction)
    const h = entropies(truth, prediction, new Uint8Array(truth.length).fill(1))
    expect((h.truth * (1 - scores.vInfoMerge)) / Math.LN2).toBeCloseTo(pair.bitsOfMerges, 9)
    expect((h.segment * (1 - scores.vInfoSplit)) / Math.LN2).toBeCloseTo(pair.bitsOfSplits, 9)
  })
})

test('a prediction equal to the truth but for ids scores 1 everywhere, wherever its background outside is', () => {
  const truth = Uint32Array.from([0, 5, 5, 0, 9, 9])
  const prediction = Uint32Array.from([7, 70, 70, 70, 4, 4])
  expect(randInformation(truth, prediction)).toEqual({
    vRand: 1,
    vRandSplit: 1,
    vRandMerge: 1,
    vInfo: 1,
    vInfoSplit: 1,
    vInfoMerge: 1,
  })
})

test('an empty prediction is all singletons, a full one merges everything', () => {
  const truth = Uint32Array.from([1, 1, 2, 2])
  const empty = randInformation(truth, new Uint32Array(4))
  expect(empty).toMatchObject({ vRandSplit: 0.5, vRandMerge: 1 })
  expect(empty.vInfoMerge).toBeCloseTo(1, 12)
  const full = randInformation(truth, new Uint32Array(4).fill(3))
  expect(full).toMatchObject({ vRandSplit: 1, vRandMerge: 0.5, vInfoSplit: 1, vInfoMerge: 0, vInfo: 0 })
})

test('one object found whole scores 1 in any size, though there is no information in it', () => {
  for (let px = 1; px < 300; px++) {
    const one = new Uint32Array(px).fill(1)
    expect(randInformation(one, one)).toMatchObject({ vInfo: 1, vInfoSplit: 1, vInfoMerge: 1 })
  }
})

test('a truth without foreground says nothing', () => {
  expect(randInformation(new Uint32Array(4), Uint32Array.from([1, 1, 2, 2])).vRand).toBeNaN()
})

test('maps with very many objects are counted like small ones', () => {
  const truth = Uint32Array.from({ length: 40_000 }, (_, pixel) => (pixel >> 3) + 1)
  const prediction = Uint32Array.from({ length: 40_000 }, (_, pixel) => 4_000_000_000 + (pixel >> 2))
  const table = contingency(truth, prediction)
  expect(table.knownPx).toBe(40_000)
  expect(table.truthAreas.slice(1).every((area) => area === 8)).toBe(true)
  expect(table.predictionAreas.slice(1).every((area) => area === 4)).toBe(true)
  const scores = randInformation(truth, prediction)
  expect(scores.vRandSplit).toBeCloseTo(0.5, 12)
  expect(scores.vRandMerge).toBeCloseTo(1, 12)
})
