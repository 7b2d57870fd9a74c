/** Whether what a claim says held in the results, and how sure that is. */
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
  /** Seeds in which one side learned nothing to score: it diverged, which counts as worse than anything that did not. */
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
 * Compares seed by seed; an arm without chance (one seed) stands against every seed of the other. A training that
 * diverged has no number, but loses against one that did not.
 */
export function judgeCheck(check: Check, study: Study, results: readonly CellResult[]): JudgedCheck {
  const { says, relation, value, as } = check
  const of = numbersOf(check.of, study, results)
  const values = check.against ? paired(of, numbersOf(check.against, study, results), as) : of
  const spread = spreadOf(values.map((one) => one.value))
  const holds = (number: number) => compare(number, relation, value)
  const diverged = divergedIn(check, study, results)
  const heldIn = values.filter((one) => holds(one.value)).length + diverged.against.length
  const n = values.length + diverged.of.length + diverged.against.length
  const verdict = verdictOf(n, heldIn, values.length > 0 ? holds(spread.mean) : heldIn > 0)
  return {
    ...{ says, relation, value, as, values, diverged, heldIn, verdict },
    seedsAsked: study.seeds.length,
    mean: spread.n === 0 ? null : spread.mean,
    interval: intervalOf(spread) ?? null,
  }
}

function verdictOf(n: number, heldIn: number, meanHolds: boolean): Verdict {
  if (n === 0) return 'not measured'
  if (!meanHolds) return 'did not hold'
  return heldIn === n ? 'held' : 'held on average'
}

/** Where one side alone diverged. */
function divergedIn({ of, against }: Check, study: Study, results: readonly CellResult[]): JudgedCheck['diverged'] {
  const seedsOf = (number: NumberOf | undefined) =>
    number === undefined
      ? []
      : resultsOf(number, study, results)
          .filter(({ failure }) => failure !== undefined)
          .map(({ cell }) => cell.seed)
  const [mine, others] = [seedsOf(of), seedsOf(against)]
  const alone = (seeds: number[], other: number[]) =>
    seeds.filter((seed) => !other.includes(seed)).sort((a, b) => a - b)
  return { of: alone(mine, others), against: alone(others, mine) }
}

type Numbers = { seed: number; value: number }[]

/** The score of every seed that has it. */
export function numbersOf(of: NumberOf, study: Study, results: readonly CellResult[]): Numbers {
  const arm = study.arms.find(({ name }) => name === of.arm)!
  const prediction = of.prediction ?? arm.predictions[0]!.name
  return resultsOf(of, study, results)
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

function paired(of: Numbers, against: Numbers, as: Check['as']): Numbers {
  const only = (numbers: Numbers) => (numbers.length === 1 ? numbers[0]!.value : undefined)
  const valueAt = (numbers: Numbers, seed: number) => numbers.find((one) => one.seed === seed)?.value ?? only(numbers)
  const seeds = (of.length >= against.length ? of : against).map(({ seed }) => seed)
  return seeds.flatMap((seed) => {
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
