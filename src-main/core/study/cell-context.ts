/** What every kind of cell is run with, and what it gives back. */
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import type { Engine } from '../engine.ts'
import type { EngineJob } from '../training.ts'
import type { Cell, Length } from './cells.ts'
import type { Commands } from './commands.ts'
import type { CellResult } from './results.ts'
import type { SplitImages } from './study-data.ts'
import type { Study } from './study-file.ts'

export interface CellContext {
  study: Study
  cell: Cell
  images: SplitImages
  /** The masks to learn: those of the data, or what was left of them. */
  masks: string
  /** Of the cell; exists. */
  folder: string
  /** As asked for; minutes that were turned into steps before come as steps. */
  length: Length
  device: RunPlan['device']
  /** Of a network that has learned: objects are searched for again, as the program does it now. */
  objectsAnew: boolean
  engine: Engine
  job: EngineJob
  commands: Commands
}

/** What a kind of cell finds out itself; the rest of a result is the same for all. */
export type CellOutcome = Pick<
  CellResult,
  | 'device'
  | 'plannedSteps'
  | 'steps'
  | 'secondsPerStep'
  | 'stepSeconds'
  | 'trainSeconds'
  | 'isResumed'
  | 'failure'
  | 'objects'
  | 'predictions'
  | 'curve'
> & { versions?: Record<string, string> }

export const NO_CURVE: CellResult['curve'] = { energy: [], validation: [] }
