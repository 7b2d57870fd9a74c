import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectScores, validationScore } from '../../../src-shared/scores/objects.ts'
import { randInformation } from '../../../src-shared/scores/rand-information.ts'
import { fixturePairs, smallMaps } from './pairs.ts'

/** A map of one row: a digit is an id, a dot is background. */
const row = (text: string) => Uint32Array.from(text, (sign) => (sign === '.' ? 0 : Number(sign)))
const known = (text: string) => Uint8Array.from(text, (sign) => (sign === '?' ? 0 : 1))

/** Four discs in a dark square of 64 pixels. */
const nuclei = (radiusPx: number) =>
  Uint32Array.from({ length: 64 * 64 }, (_, at) => {
    const [column, line] = [at % 64, Math.floor(at / 64)]
    const [dx, dy] = [(column % 32) - 16, (line % 32) - 16]
    return dx * dx + dy * dy <= radiusPx * radiusPx ? 1 + Math.floor(column / 32) + 2 * Math.floor(line / 32) : 0
  })

describe('scipy, matching with the best assignment,', () => {
  test.each(fixturePairs)('finds the same objects ($width x $height)', (pair) => {
    const scores = objectScores(Uint32Array.from(pair.truth), Uint32Array.from(pair.prediction))
    expect(scores.matches.map(({ truePositives }) => truePositives)).toEqual(pair.truePositives)
    expect(scores.truthObjects).toBe(pair.truthObjects)
    expect(scores.predictedObjects).toBe(pair.predictedObjects)
    expect(scores.seg).toBeCloseTo(pair.seg, 12)
    expect(scores.dice).toBeCloseTo(pair.dice, 12)
    const f1 = pair.truePositives.map((found) => (2 * found) / (pair.truthObjects + pair.predictedObjects))
    expect(scores.meanF1).toBeCloseTo(f1.reduce((sum, one) => sum + one, 0) / 10, 12)
  })
})

test('an object is matched from exactly IoU 0.5 on, once', () => {
  const halves = objectScores(row('1111'), row('2233'))
  expect(halves.matches[0]).toMatchObject({ iou: 0.5, truePositives: 1, falsePositives: 1, falseNegatives: 0 })
  expect(halves.matches[1]).toMatchObject({ iou: 0.55, truePositives: 0, falsePositives: 2, falseNegatives: 1 })
})

test('SEG asks for more than half of the object, not for half', () => {
  expect(objectScores(row('1111'), row('22..')).seg).toBe(0)
  expect(objectScores(row('1111'), row('222.')).seg).toBe(0.75)
})

test('mistakes are told apart: missed, invented, split, merged', () => {
  const pick = ({ missed, invented, split, merged }: ReturnType<typeof objectScores>) => [
    missed,
    invented,
    split,
    merged,
  ]
  expect(pick(objectScores(row('11..22..'), row('......33')))).toEqual([2, 1, 0, 0])
  expect(pick(objectScores(row('111111111.'), row('2222.3333.')))).toEqual([0, 0, 1, 0])
  expect(pick(objectScores(row('1111.2222.'), row('333333333.')))).toEqual([0, 0, 0, 1])
  expect(pick(objectScores(row('1111.2222.'), row('3333.4444.')))).toEqual([0, 0, 0, 0])
})

test('a speck inside an object is invented and does not split it', () => {
  const scores = objectScores(row('1'.repeat(30)), row(`${'2'.repeat(28)}.3`))
  expect(scores).toMatchObject({ split: 0, invented: 1, missed: 0 })
})

test('with sparse truth, predictions in unknown places are left out', () => {
  const truth = row('11.......')
  const prediction = row('22...3344')
  const mask = known('11..?????')
  expect(objectScores(truth, prediction, { mask })).toMatchObject({ meanF1: 1, invented: 0, predictedObjects: 1 })
  expect(objectScores(truth, prediction)).toMatchObject({ invented: 2, predictedObjects: 3 })
})

test('with sparse truth, a prediction in known background is invented', () => {
  expect(objectScores(row('11......'), row('22..33..'), { mask: known('11..11??') })).toMatchObject({ invented: 1 })
})

test('unknown pixels change nothing, whatever is predicted there', () => {
  fc.assert(
    fc.property(smallMaps, fc.integer({ min: 4, max: 6 }), ({ truth, prediction, mask }, other) => {
      const elsewhere = prediction.map((id, pixel) => (mask[pixel] ? id : other))
      const nothing = prediction.map((id, pixel) => (mask[pixel] ? id : 0))
      expect(validationScore(truth, elsewhere, { mask })).toBe(validationScore(truth, nothing, { mask }))
    }),
  )
})

test('the validation score is the mean of the mean F1 and of V_Rand, which weighs as much as there are object pixels', () => {
  for (const pair of fixturePairs) {
    const truth = Uint32Array.from(pair.truth)
    const prediction = Uint32Array.from(pair.prediction)
    const share = truth.filter((id) => id !== 0).length / truth.length
    const { vRand } = randInformation(truth, prediction)
    const { meanF1 } = objectScores(truth, prediction)
    const expected = (share * vRand + meanF1) / (share + 1)
    expect(validationScore(truth, prediction)).toBeCloseTo(expected, 12)
  }
})

test('nuclei that swell into wide background score less than nuclei that lack a rim', () => {
  const truth = nuclei(5)
  expect(validationScore(truth, nuclei(7))).toBeLessThan(validationScore(truth, nuclei(4)))
  expect(randInformation(truth, nuclei(7)).vRand).toBe(1) // by V_Rand alone nothing is wrong with them
})

test('where there is nothing to find, the validation score is 1 for nothing found and 0 for an invention', () => {
  expect(validationScore(row('....'), row('....'))).toBe(1)
  expect(validationScore(row('....'), row('.11.'))).toBe(0)
})

test('counts add up for any two maps', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction }) => {
      const scores = objectScores(truth, prediction)
      for (const at of scores.matches) {
        expect(at.truePositives + at.falseNegatives).toBe(scores.truthObjects)
        expect(at.truePositives + at.falsePositives).toBe(scores.predictedObjects)
      }
      expect(scores.missed).toBeLessThanOrEqual(scores.matches[0]!.falseNegatives)
      expect(scores.invented).toBeLessThanOrEqual(scores.matches[0]!.falsePositives)
      expect(Math.min(scores.missed, scores.invented)).toBeGreaterThanOrEqual(0)
    }),
  )
})
