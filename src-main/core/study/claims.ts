/** Whether what a claim says held in the results, and how sure that is. */
import { hasChance } from './cells.ts'
import type { CellResult } from './results.ts'
import { intervalOf, spreadOf } from './statistics.ts'
import type { Check, Claim, NumberOf, Study } from './study-file.ts'

export type Verdict = 'held' | 'held on average' | 'did not hold' | 'not measured'

export interface JudgedCheck {
  says: string
  /** "mean 0.931, at least 0.9 asked for" as numbers. */
  relation: Check['relation']
  value: number
  as: Check['as']
  /** One number per seed that both sides have. */
  values: { seed: number; value: number }[]
  /** Seeds in which one side alone has nothing to score: it diverged, which is worse than anything that did not. */
  diverged: { of: number[]; against: number[] }
  /** Seeds the study asks for. */
  seedsAsked: number
  mean: number | null
  /** 95 % confidence interval of the mean; null below two seeds. */
  interval: [number, number] | null
  /** Seeds in which it held. */
  heldIn: number
  verdict: Verdict
}

export interface JudgedClaim {
  claim: string
  where: string
  checks: JudgedCheck[]
  /** The worst of its checks. */
  verdict: Verdict | 'not reproduced'
  notReproduced?: Claim['notReproduced']
}

export function judgeClaims(study: Study, results: readonly CellResult[]): JudgedClaim[] {
  return study.claims.map(({ claim, where, checks, notReproduced }) => {
    const judged = checks.map((check) => judgeCheck(check, study, results))
    const verdict = notReproduced ? 'not reproduced' : worst(judged.map((check) => check.verdict))
    return { claim, where, checks: judged, verdict, ...(notReproduced && { notReproduced }) }
  })
}

const ORDER: readonly Verdict[] = ['did not hold', 'not measured', 'held on average', 'held']

const worst = (verdicts: readonly Verdict[]): Verdict =>
  ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'not measured'

/**
 * Compares seed by seed; an arm without chance stands against every seed of the other. A training that diverged has no
 * number, but loses against one that did not; a claim that lost more seeds this way than it held in did not hold.
 */
export function judgeCheck(check: Check, study: Study, results: readonly CellResult[]): JudgedCheck {
  const { says, relation, value, as } = check
  const of = sideOf(check.of, study, results)
  const against = check.against && sideOf(check.against, study, results)
  const values = against ? paired(of, against, as) : of.numbers
  const spread = spreadOf(values.map((one) => one.value))
  const holds = (number: number) => compare(number, relation, value)
  const diverged = { of: lostBy(of, against), against: against ? lostBy(against, of) : [] }
  const heldIn = values.filter((one) => holds(one.value)).length + diverged.against.length
  const n = values.length + diverged.of.length + diverged.against.length
  const meanHolds = values.length > 0 ? holds(spread.mean) : heldIn > 0
  const verdict = verdictOf(n, heldIn, meanHolds && diverged.of.length <= heldIn)
  return {
    ...{ says, relation, value, as, values, diverged, heldIn, verdict },
    seedsAsked: study.seeds.length,
    mean: spread.n === 0 ? null : spread.mean,
    interval: intervalOf(spread) ?? null,
  }
}

function verdictOf(n: number, heldIn: number, isOnAverage: boolean): Verdict {
  if (n === 0) return 'not measured'
  if (!isOnAverage) return 'did not hold'
  return heldIn === n ? 'held' : 'held on average'
}

type Numbers = { seed: number; value: number }[]

/** The score of every seed that has it. What a training that diverged still predicts does not count. */
export function numbersOf(of: NumberOf, study: Study, results: readonly CellResult[]): Numbers {
  const arm = study.arms.find(({ name }) => name === of.arm)!
  const prediction = of.prediction ?? arm.predictions[0]!.name
  return resultsOf(of, study, results)
    .filter(({ failure }) => failure === undefined)
    .map(({ cell, predictions }) => ({
      seed: cell.seed,
      value: predictions[prediction]?.scores[of.score] ?? Number.NaN,
    }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => a.seed - b.seed)
}

function resultsOf(of: NumberOf, study: Study, results: readonly CellResult[]): CellResult[] {
  const split = of.split ?? study.splits[0]!.name
  return results.filter(({ cell }) => cell.arm === of.arm && cell.split === split)
}

/** One side of a comparison. */
interface Side {
  numbers: Numbers
  /** Seeds that diverged. */
  diverged: number[]
  /** Whether another seed could have given another number. */
  hasChance: boolean
}

function sideOf(of: NumberOf, study: Study, results: readonly CellResult[]): Side {
  const arm = study.arms.find(({ name }) => name === of.arm)!
  const split = of.split === undefined ? study.splits[0]! : study.splits.find(({ name }) => name === of.split)!
  const failed = resultsOf(of, study, results).filter(({ failure }) => failure !== undefined)
  const diverged = failed.map(({ cell }) => cell.seed).sort((a, b) => a - b)
  return { numbers: numbersOf(of, study, results), diverged, hasChance: hasChance({ split, arm }) }
}

/** What a side has to show against a seed of the other. */
const valueAt = ({ numbers, hasChance }: Side, seed: number): number | undefined =>
  (hasChance ? numbers.find((one) => one.seed === seed) : numbers[0])?.value

/** Seeds in which a side diverged and the other has a number to win with. */
const lostBy = ({ diverged }: Side, other: Side | undefined): number[] =>
  diverged.filter((seed) => other === undefined || valueAt(other, seed) !== undefined)

function paired(of: Side, against: Side, as: Check['as']): Numbers {
  return (of.hasChance ? of : against).numbers.flatMap(({ seed }) => {
    const [one, other] = [valueAt(of, seed), valueAt(against, seed)]
    if (one === undefined || other === undefined) return []
    return [{ seed, value: as === 'ratio' ? one / other : one - other }]
  })
}

function compare(number: number, relation: Check['relation'], value: number): boolean {
  if (relation === '>=') return number >= value
  if (relation === '<=') return number <= value
  return relation === '>' ? number > value : number < value
}
