/**
 * Scores of objects one by one: precision, recall and F1 at IoU 0.5 to 0.95, Dice, SEG of the Cell Tracking Challenge
 * (Maska et al. 2014, doi 10.1093/bioinformatics/btu080) and counts of what went wrong. Plain instance maps: 0 is
 * background. With a mask of known pixels all areas are counted over known pixels only, so sparse truth can be used;
 * a predicted object that lies mostly in unknown pixels and matches nothing is left out instead of counted as wrong.
 */
import { type Contingency, contingency, type KnownPixels } from './contingency.ts'
import { countObjects, judgedPredictions, type Match, matchedPairs } from './matching.ts'
import { type MistakeKind, mistakesOf } from './mistakes.ts'
import { randInformationOf } from './rand-information.ts'

/** Found, missed and invented objects at one intersection over union. */
export interface MatchScores {
  /** 0.5, 0.55 ... 0.95; a pair matches when its IoU is at least this. */
  iou: number
  truePositives: number
  falsePositives: number
  falseNegatives: number
  /** 0 to 1; NaN where there is nothing to divide by (no predicted objects). */
  precision: number
  /** 0 to 1; NaN where the truth has no objects. */
  recall: number
  /** 2 TP / (2 TP + FP + FN), 0 to 1; NaN where neither map has objects. */
  f1: number
}

export interface ObjectScores {
  matches: MatchScores[]
  /** Mean of F1 over the ten IoU values. */
  meanF1: number
  meanPrecision: number
  meanRecall: number
  /** 2 |A and B| / (|A| + |B|) of the foregrounds, objects not told apart; NaN where both are empty. */
  dice: number
  /** Mean Jaccard index over true objects; 0 for one whose larger half no prediction covers; NaN without objects. */
  seg: number
  /** Objects of the truth with known pixels, and predicted objects that were judged. */
  truthObjects: number
  predictedObjects: number
  /** True objects without a match at IoU 0.5 that were neither split nor merged. */
  missed: number
  /** Predicted objects without a match at IoU 0.5 that are neither part of a split nor a merger. */
  invented: number
  /** True objects that two or more predictions share: each lies mostly in it and covers a tenth of it. */
  split: number
  /** Predicted objects in which most of two or more true objects lies. */
  merged: number
}

const IOU_STEPS = 10

/** All object scores of `prediction` against `truth`, row-major instance maps of one size. */
export function objectScores(truth: Uint32Array, prediction: Uint32Array, known: KnownPixels = {}): ObjectScores {
  return objectScoresOf(contingency(truth, prediction, known))
}

/** The same from a table that was already counted. */
export function objectScoresOf(table: Contingency): ObjectScores {
  const judged = judgedPredictions(table)
  const found = matchedPairs(table)
  const matches = matchScores(table, found, judged)
  const mean = (of: (at: MatchScores) => number) => matches.reduce((sum, at) => sum + of(at), 0) / IOU_STEPS
  return {
    matches,
    meanF1: mean((at) => at.f1),
    meanPrecision: mean((at) => at.precision),
    meanRecall: mean((at) => at.recall),
    dice: diceOf(table),
    seg: segOf(table),
    truthObjects: countObjects(table.truthAreas),
    predictedObjects: matches[0]!.truePositives + matches[0]!.falsePositives,
    ...countMistakes(table, found, judged),
  }
}

/**
 * What the engine chooses checkpoint and threshold by, from 0 to 1: the mean of raw V_Rand and mean F1 over IoU 0.5 to
 * 0.95, V_Rand with the weight of the share of known pixels that are object in the truth, mean F1 with weight 1.
 * V_Rand looks at those pixels alone, so objects that swell into wide background cost it nothing: between membranes it
 * says nearly as much as F1, of a few nuclei in the dark little. A part that cannot be said (no objects in the truth) is
 * left out; 1 where there is nothing to find and nothing found.
 */
export function validationScore(truth: Uint32Array, prediction: Uint32Array, known: KnownPixels = {}): number {
  const table = contingency(truth, prediction, known)
  const matches = matchScores(table, matchedPairs(table), judgedPredictions(table))
  const meanF1 = matches.reduce((sum, at) => sum + at.f1, 0) / IOU_STEPS
  if (Number.isNaN(meanF1)) return 1
  const objectShare = 1 - table.truthAreas[0]! / table.knownPx
  if (!(objectShare > 0)) return meanF1
  return (objectShare * randInformationOf(table).vRand + meanF1) / (objectShare + 1)
}

function matchScores(table: Contingency, found: Match[], judged: Uint8Array): MatchScores[] {
  const truthObjects = countObjects(table.truthAreas)
  const judgedObjects = judged.reduce((sum, one) => sum + one, 0)
  return Array.from({ length: IOU_STEPS }, (_, step) => {
    // IoU >= (10 + step) / 20 in whole numbers, so that no rounding decides about a match.
    const hits = found.filter((match) => 20 * match.intersectionPx >= (10 + step) * match.unionPx)
    const truePositives = hits.length
    const falsePositives = judgedObjects - hits.filter((match) => judged[match.prediction] === 1).length
    const falseNegatives = truthObjects - truePositives
    return {
      iou: (10 + step) / 20,
      truePositives,
      falsePositives,
      falseNegatives,
      precision: truePositives / (truePositives + falsePositives),
      recall: truePositives / truthObjects,
      f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    }
  })
}

function diceOf({ pairs, knownPx, truthAreas, predictionAreas }: Contingency): number {
  let bothPx = 0
  for (let pair = 0; pair < pairs.px.length; pair++) {
    if (pairs.truth[pair]! > 0 && pairs.prediction[pair]! > 0) bothPx += pairs.px[pair]!
  }
  return (2 * bothPx) / (2 * knownPx - truthAreas[0]! - predictionAreas[0]!)
}

function segOf(table: Contingency): number {
  const { pairs, truthAreas, predictionAreas } = table
  let sum = 0
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const truth = pairs.truth[pair]!
    const prediction = pairs.prediction[pair]!
    const px = pairs.px[pair]!
    if (truth === 0 || prediction === 0 || 2 * px <= truthAreas[truth]!) continue
    sum += px / (truthAreas[truth]! + predictionAreas[prediction]! - px)
  }
  return sum / countObjects(truthAreas)
}

function countMistakes(table: Contingency, found: readonly Match[], judged: Uint8Array) {
  const counts: Record<MistakeKind, number> = { missed: 0, invented: 0, split: 0, merged: 0 }
  for (const { kind } of mistakesOf(table, found, judged)) counts[kind]++
  return counts
}
