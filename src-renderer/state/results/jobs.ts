/** What the Results moment computes beside the window's thread, as pure functions by name. */
import { type CellMeasure, type MeasuredPlane, measureCells } from '../../../src-shared/cell-measures.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { findMistakes, type PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import { type Tally, tallyOf } from '../../../src-shared/scores/tally.ts'
import { truthOfLabels } from '../../../src-shared/scores/truth.ts'
import { probabilityPlane, proposalsOf } from '../proposals.ts'

/** Objects of a plane's probabilities, as the run's own plan makes them. */
export interface PredictedMap {
  /** 0 background, 1..n, row by row. */
  labels: Uint32Array
  /** Probability of being an object, p * 255. */
  foreground: Uint8Array
}

/** What is painted on a plane against what is predicted there. */
export interface JudgedMaps {
  width: number
  /** Codes and ids of labels.ts, row by row. */
  painted: Uint32Array
  isComplete: boolean
  predicted: Uint32Array
}

export interface Judgement {
  /** The largest first, in pixels of the maps. */
  mistakes: PlacedMistake[]
  tally: Tally
}

export const JOBS = {
  objects: ({ bytes, width, height, plan }: ObjectsJob): PredictedMap => ({
    labels: proposalsOf(probabilityPlane(bytes, width, height), plan).labels,
    foreground: bytes.subarray(0, width * height).map((background) => 255 - background),
  }),
  judge: ({ width, painted, isComplete, predicted }: JudgedMaps): Judgement => {
    const { objects, mask } = truthOfLabels(painted, { isComplete })
    return { mistakes: findMistakes(objects, predicted, width, { mask }), tally: tallyOf(objects, predicted, { mask }) }
  },
  measure: (plane: MeasuredPlane): CellMeasure[] => measureCells(plane),
}

interface ObjectsJob {
  /** Probabilities p * 255, [K, h, w], background first. */
  bytes: Uint8Array
  width: number
  height: number
  plan: ObjectsPlan
}

export type JobName = keyof typeof JOBS
export type JobParams<N extends JobName> = Parameters<(typeof JOBS)[N]>[0]
export type JobResult<N extends JobName> = ReturnType<(typeof JOBS)[N]>
