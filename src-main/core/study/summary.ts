/** What a study came to, small enough to be kept beside its report: rows of numbers, verdicts, machine, commands. */
import { type Cell, cellsOf, isFullLength, type Length, lengthOf, lengthText } from './cells.ts'
import { type JudgedClaim, judgeClaims } from './claims.ts'
import type { CellResult } from './results.ts'
import { spreadOf } from './statistics.ts'
import type { Arm, Study } from './study-file.ts'

export interface SummaryScore {
  n: number
  /** Null where nothing could be said, as JSON has no NaN. */
  mean: number | null
  sd: number | null
  least: number | null
  most: number | null
  values: { seed: number; value: number }[]
}

/** One arm on one split, in one of its predictions, over all seeds. */
export interface SummaryRow {
  split: string
  arm: string
  prediction: string
  /** Seeds done and asked for. */
  done: number
  asked: number
  failures: string[]
  steps: number[]
  /** Wall clock of the steps, or of the whole training where there are none. */
  trainSeconds: number[]
  paintedShare: number | null
  scores: Record<string, SummaryScore>
}

export interface Summary {
  format: 1
  study: string
  title: string
  about: string[]
  length: string
  /** What the study asks for, where that is another length. */
  lengthAsked: string | null
  cellsDone: number
  cellsAsked: number
  seeds: number[]
  rows: SummaryRow[]
  claims: JudgedClaim[]
  curves: { split: string; arm: string; seed: number; validation: [number, number][] }[]
  machines: string[]
  devices: string[]
  versions: string[]
  /** Of the first seed of each arm, on the first split. */
  commands: { arm: string; lines: string[] }[]
  plots: { title: string; file: string }[]
  /** Of the first seed of each arm on each split; only some may be published. */
  pictures: { caption: string; file: string; isPublishable: boolean }[]
}

/** Pulls the results of a study together; what is not done is counted as missing, never filled in. */
export function summarize(study: Study, results: readonly CellResult[], length: Length): Summary {
  const cells = cellsOf(study)
  const asked = cells.filter((cell) => results.some((result) => isOf(result, cell)))
  const wanted = wantedScores(study)
  return {
    format: 1,
    study: study.name,
    title: study.title,
    about: study.about,
    length: study.arms.length === 0 ? 'nothing is run' : lengthText(length),
    lengthAsked: isFullLength(study, length) ? null : lengthText(lengthOf(study, {})),
    cellsDone: asked.length,
    cellsAsked: cells.length,
    seeds: [...new Set(results.map(({ cell }) => cell.seed))].sort((a, b) => a - b),
    rows: study.splits.flatMap((split) => study.arms.flatMap((arm) => rowsOf(arm, split.name, cells, results, wanted))),
    claims: judgeClaims(study, results),
    curves: results.flatMap(({ cell, curve }) =>
      curve.validation.length === 0 ? [] : [{ ...cell, validation: curve.validation }],
    ),
    machines: machinesOf(results),
    devices: [...new Set(results.map(({ device }) => device))].sort(),
    versions: [...new Set(results.map(({ versions }) => versionText(versions)))].sort(),
    commands: study.arms.flatMap(({ name }) => {
      const first = results.find(({ cell }) => cell.arm === name)
      return first ? [{ arm: name, lines: first.commands }] : []
    }),
    plots: [],
    pictures: [],
  }
}

const isOf = ({ cell }: CellResult, { split, arm, seed }: Cell): boolean =>
  cell.split === split.name && cell.arm === arm.name && cell.seed === seed

/** Scores that a column, a plot or a claim needs. */
function wantedScores({ columns, plots, claims }: Study): string[] {
  const ofPlots = plots.flatMap(({ kind, score }) => (kind === 'training' ? [] : [score]))
  const ofClaims = claims.flatMap(({ checks }) => checks.flatMap(({ of, against }) => [of.score, against?.score]))
  return [...new Set([...columns, ...ofPlots, ...ofClaims.flatMap((score) => score ?? [])])]
}

function rowsOf(
  arm: Arm,
  split: string,
  cells: readonly Cell[],
  results: readonly CellResult[],
  wanted: readonly string[],
): SummaryRow[] {
  const of = results
    .filter(({ cell }) => cell.arm === arm.name && cell.split === split)
    .toSorted((a, b) => a.cell.seed - b.cell.seed)
  const asked = cells.filter((cell) => cell.arm.name === arm.name && cell.split.name === split).length
  const painted = of.map(({ paintedShare }) => paintedShare)
  return arm.predictions.map(({ name }) => ({
    split,
    arm: arm.name,
    prediction: name,
    done: of.length,
    asked: Math.max(asked, of.length),
    failures: of.flatMap(({ failure }) => failure ?? []),
    steps: of.flatMap(({ steps }) => steps ?? []),
    trainSeconds: of.flatMap(({ stepSeconds, trainSeconds }) => stepSeconds ?? trainSeconds ?? []),
    paintedShare: orNull(spreadOf(painted).mean),
    scores: Object.fromEntries(wanted.map((score) => [score, scoreOver(of, name, score)])),
  }))
}

/** What a training that diverged still predicts does not count: its row names the failure. */
function scoreOver(results: readonly CellResult[], prediction: string, score: string): SummaryScore {
  const values = results.flatMap(({ cell, predictions, failure }) => {
    if (failure !== undefined) return []
    const value = predictions[prediction]?.scores[score] ?? Number.NaN
    return Number.isNaN(value) ? [] : [{ seed: cell.seed, value }]
  })
  const { n, mean, sd, least, most } = spreadOf(values.map(({ value }) => value))
  return { n, mean: orNull(mean), sd: orNull(sd), least: orNull(least), most: orNull(most), values }
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

function machinesOf(results: readonly CellResult[]): string[] {
  const kinds = Map.groupBy(
    results.map(({ machine }) => machine),
    ({ processor, cores, memoryGiB, platform }) => `${processor}, ${cores} cores, ${memoryGiB} GiB, ${platform}`,
  )
  return [...kinds].map(([kind, machines]) => {
    const loads = machines.map(({ load }) => load)
    return `${kind}; load average when cells began ${Math.min(...loads)} to ${Math.max(...loads)}`
  })
}

const versionText = (versions: Record<string, string>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
