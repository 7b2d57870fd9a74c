/** What the Results moment computes beside the window's thread, as pure functions by name. */
import { type CellMeasure, type MeasuredPlane, measureCells } from '../../../src-shared/cell-measures.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { counterparts } from '../../../src-shared/scores/counterparts.ts'
import { findMistakes, type PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import { type Tally, tallyByClass, tallyOf } from '../../../src-shared/scores/tally.ts'
import { truthOfLabels } from '../../../src-shared/scores/truth.ts'
import { type Proposals, probabilityPlane, proposalsOf } from '../proposals.ts'

/** Objects of a plane's probabilities, as the run's own plan makes them. */
export interface PredictedMap {
  /** 0 background, 1..n, row by row. */
  labels: Uint32Array
  /** Class index of each object; 0 at index 0. */
  classIndex: Uint8Array
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
  /** Where there are several classes: the project's class ids, of painted objects and of predicted ones, by object id. */
  classes?: { ids: number[]; ofPainted: Readonly<Record<number, number>>; ofPredicted: readonly number[] }
}

export interface Judgement {
  /** The largest first, in pixels of the maps. */
  mistakes: PlacedMistake[]
  tally: Tally
  /** By class id; empty where there is one class. */
  byClass: Map<number, Tally>
}

export const JOBS = {
  objects: ({ bytes, width, height, plan }: ObjectsJob): PredictedMap => ({
    ...withClasses(proposalsOf(probabilityPlane(bytes, width, height), plan)),
    foreground: bytes.subarray(0, width * height).map((background) => 255 - background),
  }),
  judge: ({ width, painted, isComplete, predicted, classes }: JudgedMaps): Judgement => {
    const { objects, mask } = truthOfLabels(painted, { isComplete })
    return {
      mistakes: findMistakes(objects, predicted, width, { mask }),
      tally: tallyOf(objects, predicted, { mask }),
      byClass: classes ? talliesOfClasses(objects, predicted, classes, mask) : new Map(),
    }
  },
  counterparts: ({ a, b }: ComparedMaps): Map<number, number> => counterparts(objectsIn(a), objectsIn(b)),
  measure: (plane: MeasuredPlane): CellMeasure[] => measureCells(plane),
}

const objectsIn = ({ labels, firstId }: ComparedMaps['a']): Uint32Array =>
  firstId > 1 ? labels.map((label) => (label >= firstId ? label : 0)) : labels

function withClasses({ labels, objects }: Proposals): Pick<PredictedMap, 'labels' | 'classIndex'> {
  const classIndex = new Uint8Array(objects.reduce((most, { id }) => Math.max(most, id), 0) + 1)
  for (const { id, classIndex: index } of objects) classIndex[id] = index
  return { labels, classIndex }
}

const talliesOfClasses = (
  painted: Uint32Array,
  predicted: Uint32Array,
  { ids, ofPainted, ofPredicted }: NonNullable<JudgedMaps['classes']>,
  mask: Uint8Array,
): Map<number, Tally> => {
  const classes = { truth: (id: number) => ofPainted[id] ?? 0, prediction: (id: number) => ofPredicted[id] ?? 0 }
  return tallyByClass(painted, predicted, classes, ids, { mask })
}

/** Two maps of one plane; what is below `firstId` is no object. */
interface ComparedMaps {
  a: { labels: Uint32Array; firstId: number }
  b: { labels: Uint32Array; firstId: number }
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
