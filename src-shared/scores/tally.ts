/**
 * Scores over several planes as one: what is counted on each plane adds up, and shares are taken of the sums. So a plane
 * with three painted objects weighs less than one with three hundred, and sparse planes can be judged together.
 */
import { type ObjectClasses, onlyClass } from './class-objects.ts'
import { contingency, type KnownPixels } from './contingency.ts'
import { matchedPairs } from './matching.ts'
import type { MistakeKind } from './mistakes.ts'
import { objectScoresOf } from './objects.ts'

/** Counts of a plane; each is a plain sum. */
export interface Tally extends Record<MistakeKind, number> {
  planes: number
  knownPx: number
  /** Known pixels that are object in one map and background in the other. */
  wrongPx: number
  truthObjects: number
  predictedObjects: number
  /** Pairs of an IoU of at least 0.5, and the sum of their IoU. */
  matches: number
  sumOfIou: number
  /** Sum of SEG over the true objects. */
  sumOfSeg: number
}

export const NO_TALLY: Tally = {
  planes: 0,
  knownPx: 0,
  wrongPx: 0,
  truthObjects: 0,
  predictedObjects: 0,
  matches: 0,
  sumOfIou: 0,
  sumOfSeg: 0,
  missed: 0,
  invented: 0,
  split: 0,
  merged: 0,
}

/** Shares of the sums, 0 to 1; NaN where there is nothing to divide by. */
export interface TallyScores {
  /** 2 TP / (2 TP + FP + FN) at IoU 0.5. */
  f1: number
  precision: number
  recall: number
  /** Mean IoU of the matched pairs. */
  meanIou: number
  /** Mean Jaccard index over the true objects, after the Cell Tracking Challenge; 0 for one that is not found. */
  seg: number
  /** Wrong share of the known pixels, objects not told apart. */
  pixelError: number
}

/** Counts one plane: row-major instance maps of one size, 0 background. */
export function tallyOf(truth: Uint32Array, prediction: Uint32Array, known: KnownPixels = {}): Tally {
  const table = contingency(truth, prediction, known)
  const { seg, truthObjects, predictedObjects, missed, invented, split, merged } = objectScoresOf(table)
  const matches = matchedPairs(table)
  const { pairs } = table
  let wrongPx = 0
  for (let pair = 0; pair < pairs.px.length; pair++) {
    if ((pairs.truth[pair] === 0) !== (pairs.prediction[pair] === 0)) wrongPx += pairs.px[pair]!
  }
  return {
    planes: 1,
    knownPx: table.knownPx,
    wrongPx,
    truthObjects,
    predictedObjects,
    matches: matches.length,
    sumOfIou: matches.reduce((sum, { intersectionPx, unionPx }) => sum + intersectionPx / unionPx, 0),
    sumOfSeg: truthObjects === 0 ? 0 : seg * truthObjects,
    ...{ missed, invented, split, merged },
  }
}

/** Counts one plane class by class, by a number that names the class; the objects of all others are background to it. */
export function tallyByClass(
  truth: Uint32Array,
  prediction: Uint32Array,
  classes: ObjectClasses,
  wanted: readonly number[],
  known: KnownPixels = {},
): Map<number, Tally> {
  const tallyOfClass = (index: number) =>
    tallyOf(onlyClass(truth, classes.truth, index), onlyClass(prediction, classes.prediction, index), known)
  return new Map(wanted.map((index) => [index, tallyOfClass(index)]))
}

export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = { ...NO_TALLY }
  for (const tally of tallies) for (const key of Object.keys(sum) as (keyof Tally)[]) sum[key] += tally[key]
  return sum
}

export function scoresOfTally(of: Tally): TallyScores {
  return {
    f1: (2 * of.matches) / (of.truthObjects + of.predictedObjects),
    precision: of.matches / of.predictedObjects,
    recall: of.matches / of.truthObjects,
    meanIou: of.sumOfIou / of.matches,
    seg: of.sumOfSeg / of.truthObjects,
    pixelError: of.wrongPx / of.knownPx,
  }
}
