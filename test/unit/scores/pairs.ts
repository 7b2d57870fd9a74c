/** Maps and brute-force answers that several tests of the scores use. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/scores/${name}`, import.meta.url), 'utf8'))

/** A pair of label maps with answers of scikit-image and scipy (scripts/fixtures/scores.py). */
export interface FixturePair {
  width: number
  height: number
  truth: number[]
  prediction: number[]
  adaptedRandError: number
  pairSplit: number
  pairMerge: number
  bitsOfSplits: number
  bitsOfMerges: number
  truePositives: number[]
  truthObjects: number
  predictedObjects: number
  seg: number
  dice: number
}

export interface FixtureMembrane {
  width: number
  height: number
  truth: number[]
  probability: number[]
  cases: { threshold: number; warpingError: number; warped: number[]; thinned: number[] }[]
}

export const fixturePairs: FixturePair[] = read('pairs.json')
export const fixtureMembranes: FixtureMembrane[] = read('membranes.json')

/** Two small label maps of one length with few ids, and a mask of known pixels. */
export const smallMaps = fc
  .integer({ min: 1, max: 24 })
  .chain((length) =>
    fc.record({
      truth: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: length, maxLength: length }),
      prediction: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: length, maxLength: length }),
      mask: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: length, maxLength: length }),
    }),
  )
  .map(({ truth, prediction, mask }) => ({
    truth: Uint32Array.from(truth),
    prediction: Uint32Array.from(prediction),
    mask: Uint8Array.from(mask),
  }))
