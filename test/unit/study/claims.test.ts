import { expect, test } from 'vitest'
import type { Cell } from '../../../src-main/core/study/cells.ts'
import { judgeClaims } from '../../../src-main/core/study/claims.ts'
import { checkText } from '../../../src-main/core/study/report-blocks.ts'
import { resultsOf, studyOf } from './studies.ts'

const value = { says: 'V_Rand', of: { arm: 'one', score: 'raw.vRand' }, relation: '>=', value: 0.9 }
const difference = {
  says: 'merged, one against other',
  of: { arm: 'one', score: 'raw.merged' },
  against: { arm: 'other', score: 'raw.merged' },
  as: 'difference',
  relation: '<',
  value: 0,
}
const ratio = {
  says: 'one over floor',
  of: { arm: 'one', score: 'raw.vRand' },
  against: { arm: 'floor', score: 'raw.vRand' },
  as: 'ratio',
  relation: '>',
  value: 1,
}

function judge(check: object, scores: (cell: Cell) => Record<string, number> | undefined) {
  const study = studyOf({ claims: [{ claim: 'It works.', where: 'section 1', checks: [check] }] })
  return judgeClaims(study, resultsOf(study, scores))[0]!
}
const bySeed = (values: number[]) => (cell: Cell) =>
  cell.arm.name === 'one' ? { 'raw.vRand': values[cell.seed - 1]! } : undefined

test('a claim held when the mean and every seed satisfy it', () => {
  const { verdict, checks } = judge(value, bySeed([0.91, 0.93, 0.95]))
  expect(verdict).toBe('held')
  expect(checks[0]).toMatchObject({ heldIn: 3, seedsAsked: 3 })
  expect(checks[0]!.mean).toBeCloseTo(0.93, 12)
  // sd 0.02: 0.93 ± 4.303 * 0.02 / sqrt(3)
  expect(checks[0]!.interval![0]).toBeCloseTo(0.93 - 0.04969, 4)
})

test('it held on average when a seed does not satisfy it, and did not hold when the mean does not', () => {
  expect(judge(value, bySeed([0.85, 0.93, 0.95]))).toMatchObject({
    verdict: 'held on average',
    checks: [{ heldIn: 2 }],
  })
  expect(judge(value, bySeed([0.95, 0.8, 0.8]))).toMatchObject({ verdict: 'did not hold', checks: [{ heldIn: 1 }] })
})

test('arms are compared seed by seed, and a seed that one of them lacks is left out', () => {
  const merged: Record<string, number[]> = { one: [3, 5, 4], other: [6, 5.5, Number.NaN] }
  const { checks } = judge(difference, ({ arm, seed }) => {
    const found = merged[arm.name]?.[seed - 1]
    return found === undefined || Number.isNaN(found) ? undefined : { 'raw.merged': found }
  })
  expect(checks[0]!.values).toEqual([
    { seed: 1, value: -3 },
    { seed: 2, value: -0.5 },
  ])
  expect(checks[0]).toMatchObject({ verdict: 'held', seedsAsked: 3 })
})

test('one seed of a training stands against the same seed of the other alone', () => {
  const merged = (cell: Cell) => (cell.arm.name === 'one' ? { 'raw.merged': cell.seed } : { 'raw.merged': 5 })
  const some = (arm: string) => (cell: Cell) =>
    cell.arm.name === 'floor' || (cell.arm.name === arm && cell.seed !== 2) ? undefined : merged(cell)
  for (const arm of ['one', 'other']) {
    const { checks } = judge(difference, some(arm))
    expect(checks[0]).toMatchObject({ values: [{ seed: 2, value: -3 }], verdict: 'held', heldIn: 1 })
  }
})

test('an arm without chance stands against every seed of the other', () => {
  const { checks } = judge(ratio, ({ arm, seed }) => {
    if (arm.name === 'floor') return { 'raw.vRand': 0.5 }
    return arm.name === 'one' ? { 'raw.vRand': 0.5 + seed / 4 } : undefined
  })
  expect(checks[0]!.values.map((one) => one.value)).toEqual([1.5, 2, 2.5])
})

test('what has no numbers was not measured, and what is beyond this machine is said to be so', () => {
  expect(judge(value, () => undefined)).toMatchObject({ verdict: 'not measured', checks: [{ mean: null }] })
  const study = studyOf({
    claims: [{ claim: 'Ten hours.', where: 'section 5', notReproduced: { why: 'No card.', commands: ['cellbrush'] } }],
  })
  expect(judgeClaims(study, [])[0]).toMatchObject({ verdict: 'not reproduced', checks: [] })
})

test('a training that diverged loses against one that did not, and is no number', () => {
  const study = studyOf({
    claims: [{ claim: 'It works.', where: 's', checks: [{ ...difference, relation: '>', of: { ...difference.of } }] }],
  })
  const results = resultsOf(study, ({ arm, seed }) => (arm.name === 'floor' ? undefined : { 'raw.merged': seed + 1 }))
  const diverge = (seeds: Record<string, number[]>) =>
    results.map((result) =>
      seeds[result.cell.arm]?.includes(result.cell.seed)
        ? { ...result, failure: 'Training diverged after step 1.', predictions: {} }
        : result,
    )
  const judged = (of: typeof results) => judgeClaims(study, of)[0]!.checks[0]!
  expect(judged(diverge({ other: [1, 2, 3] }))).toMatchObject({
    ...{ verdict: 'held', heldIn: 3, mean: null, values: [] },
    diverged: { of: [], against: [1, 2, 3] },
  })
  expect(judged(diverge({ one: [1, 2, 3] }))).toMatchObject({ verdict: 'did not hold', heldIn: 0 })
  // Alike but for one seed: the mean of the two others decides, and the third counts.
  expect(judged(diverge({ other: [2] }))).toMatchObject({ verdict: 'did not hold', heldIn: 1, mean: 0 })
  expect(checkText(judged(diverge({ other: [1, 2, 3] })))).toBe(
    'merged, one against other: no numbers, asked for: difference more than 0; held in 3 of 3 seeds. The second diverged with seeds 1, 2, 3.',
  )
  expect(judged(diverge({ one: [1], other: [1] })).diverged).toEqual({ of: [], against: [] })
})

test('what a training that diverged predicts from an earlier checkpoint is no number, and counts once', () => {
  const study = studyOf({ claims: [{ claim: 'It works.', where: 's', checks: [value, difference] }] })
  const results = resultsOf(study, ({ arm, seed }) =>
    arm.name === 'floor' ? undefined : { 'raw.vRand': 0.95, 'raw.merged': arm.name === 'one' ? seed : 5 },
  )
  const judged = (seeds: number[]) => {
    const failed = ({ cell }: (typeof results)[0]) => cell.arm === 'one' && seeds.includes(cell.seed)
    const failure = 'Training diverged after step 90.'
    return judgeClaims(
      study,
      results.map((one) => (failed(one) ? { ...one, failure } : one)),
    )[0]!.checks
  }
  expect(judged([1])).toMatchObject([
    {
      values: [
        { seed: 2, value: 0.95 },
        { seed: 3, value: 0.95 },
      ],
      diverged: { of: [1], against: [] },
      ...{ heldIn: 2, verdict: 'held on average' },
    },
    {
      values: [
        { seed: 2, value: -3 },
        { seed: 3, value: -2 },
      ],
      diverged: { of: [1], against: [] },
      ...{ heldIn: 2, verdict: 'held on average' },
    },
  ])
  const lost = { diverged: { of: [1, 3], against: [] }, heldIn: 1, verdict: 'did not hold' }
  expect(judged([1, 3])).toMatchObject([lost, lost])
})

test('a training that diverged is neither lost nor won where the other side was not run', () => {
  const study = studyOf({ claims: [{ claim: 'It works.', where: 's', checks: [difference] }] })
  const results = resultsOf(study, ({ arm, seed }) => (arm.name === 'other' && seed === 1 ? {} : undefined))
  const failed = results.map((one) => ({ ...one, failure: 'Training diverged after step 1.' }))
  expect(judgeClaims(study, failed)[0]!.checks[0]).toMatchObject({
    ...{ verdict: 'not measured', heldIn: 0 },
    diverged: { of: [], against: [] },
  })
})

test('a claim is as good as its worst check', () => {
  const study = studyOf({ claims: [{ claim: 'Both.', where: 's', checks: [value, { ...value, value: 0.99 }] }] })
  expect(judgeClaims(study, resultsOf(study, bySeed([0.95, 0.95, 0.95])))[0]!.verdict).toBe('did not hold')
})
