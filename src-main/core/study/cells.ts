/** What a study consists of: cells, each one split learnt by one arm with one seed. */
import { createHash } from 'node:crypto'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import type { Arm, Split, Study } from './study-file.ts'

export interface Cell {
  split: Split
  arm: Arm
  seed: number
}

/** How long a training is: as the study says, or as the person wants it instead. */
export type Length = { minutes: number } | { steps: number }

export interface CellChoice {
  /** Only these arms. */
  only?: readonly string[]
  /** Only these splits. */
  splits?: readonly string[]
  /** Instead of the study's. */
  seeds?: readonly number[]
}

/**
 * The cells of a study. One seed of all arms and splits comes before the next, so that an interrupted study has whole
 * comparisons. What has no chance in it (a floor) has the first seed of the study, whichever are asked for: there is one
 * result of it. Errors: 'study-arm-unknown', 'study-split-unknown'.
 */
export function cellsOf(study: Study, { only, splits, seeds = study.seeds }: CellChoice = {}): Cell[] {
  const arms = named(study.arms, only, 'study-arm-unknown')
  const places = named(study.splits, splits, 'study-split-unknown')
  return seeds.flatMap((seed, round) =>
    places.flatMap((split) =>
      arms.flatMap((arm) => {
        if (hasChance({ split, arm })) return [{ split, arm, seed }]
        return round === 0 ? [{ split, arm, seed: study.seeds[0]! }] : []
      }),
    ),
  )
}

/** Those with one of the names, in the study's order; all without names. */
function named<T extends { name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
  error: 'study-arm-unknown' | 'study-split-unknown',
): readonly T[] {
  const known = all.map(({ name }) => name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new AppError(error, { name: unknown, known: known.join(', ') })
  return all.filter(({ name }) => names === undefined || names.includes(name))
}

/** Whether another seed could give another result. */
export const hasChance = ({ split, arm }: Pick<Cell, 'split' | 'arm'>): boolean =>
  arm.kind !== 'floor' || split.count !== undefined || split.annotation !== undefined

/** "0-14/fast/seed-1": a cell's folder below `cells/`, and what it is called. */
export const cellName = ({ split, arm, seed }: Cell): string => path.posix.join(split.name, arm.name, `seed-${seed}`)

/** The length of the trainings. `steps` and `minutes` of the person win. */
export function lengthOf(study: Study, { steps, minutes }: { steps?: number; minutes?: number }): Length {
  if (steps !== undefined) return { steps }
  if (minutes !== undefined) return { minutes }
  return study.steps === undefined ? { minutes: study.minutes ?? 0 } : { steps: study.steps }
}

export const lengthText = (length: Length): string =>
  'steps' in length ? `${length.steps} steps` : `${length.minutes} minutes`

/** The length as the commands `train` and `study` take it. */
export const lengthWords = (length: Length): [option: string, value: number] =>
  'steps' in length ? ['--steps', length.steps] : ['--minutes', length.minutes]

/** Whether trainings are as long as the study wants them. */
export const isFullLength = (study: Study, length: Length): boolean =>
  lengthText(length) === lengthText(lengthOf(study, {}))

/** Everything that decides a cell's result, as a short text: a result with another one belongs to another study. */
export function fingerprintOf(study: Study, { split, arm, seed }: Cell, length: Length): string {
  const { says: _, ...made } = arm
  const of = { data: study.data[split.data], split: { ...split, at: 0 }, arm: made, seed, length }
  return createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 16)
}
