/**
 * Scores of objects one by one: precision, recall and F1 at IoU 0.5 to 0.95, Dice, SEG of the Cell Tracking Challenge
 * (Maska et al. 2014, doi 10.1093/bioinformatics/btu080) and counts of what went wrong. Plain instance maps: 0 is
 * background. With a mask of known pixels all areas are counted over known pixels only, so sparse truth can be used;
 * a predicted object that lies mostly in unknown pixels and matches nothing is left out instead of counted as wrong.
 */
import { type Contingency, contingency, type KnownPixels } from './contingency.ts'
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

/** Part of a true object that a predicted one must cover to count as a piece of it and not as a speck. */
const LEAST_PIECE = 0.1

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
 * What the engine chooses checkpoint and threshold by: half raw V_Rand, half mean F1 over IoU 0.5 to 0.95, from 0 to 1.
 * A part that cannot be said (no objects in the truth) is left out; 1 where there is nothing to find and nothing found.
 */
export function validationScore(truth: Uint32Array, prediction: Uint32Array, known: KnownPixels = {}): number {
  const table = contingency(truth, prediction, known)
  const matches = matchScores(table, matchedPairs(table), judgedPredictions(table))
  const meanF1 = matches.reduce((sum, at) => sum + at.f1, 0) / IOU_STEPS
  const parts = [randInformationOf(table).vRand, meanF1].filter((part) => !Number.isNaN(part))
  return parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + part, 0) / parts.length
}

interface Match {
  truth: number
  prediction: number
  intersectionPx: number
  unionPx: number
}

/**
 * Pairs of an IoU of at least 0.5. Above 0.5 a partner is unique; at exactly 0.5 two halves can claim one object (or
 * one prediction two objects), and the first of them gets it.
 */
function matchedPairs(table: Contingency): Match[] {
  const { pairs } = table
  const matches: Match[] = []
  const taken = { truth: new Set<number>(), prediction: new Set<number>() }
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const truth = pairs.truth[pair]!
    const prediction = pairs.prediction[pair]!
    if (truth === 0 || prediction === 0) continue
    const intersectionPx = pairs.px[pair]!
    const unionPx = table.truthAreas[truth]! + table.predictionAreas[prediction]! - intersectionPx
    if (2 * intersectionPx < unionPx || taken.truth.has(truth) || taken.prediction.has(prediction)) continue
    taken.truth.add(truth)
    taken.prediction.add(prediction)
    matches.push({ truth, prediction, intersectionPx, unionPx })
  }
  return matches
}

/** 1 for each predicted object of which at least half is known. */
function judgedPredictions({ predictionAreas, predictionWholeAreas }: Contingency): Uint8Array {
  const judged = Uint8Array.from(predictionAreas, (px, index) => (2 * px >= predictionWholeAreas[index]! ? 1 : 0))
  judged[0] = 0
  return judged
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

/** Objects with at least one known pixel; index 0 is background. */
const countObjects = (areas: Float64Array): number =>
  areas.reduce((count, px, index) => count + (index > 0 && px > 0 ? 1 : 0), 0)

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

function countMistakes(table: Contingency, found: Match[], judged: Uint8Array) {
  const { pairs, truthAreas, predictionAreas } = table
  const piecesOf = new Map<number, number[]>()
  const swallowedBy = new Map<number, number[]>()
  const list = (map: Map<number, number[]>, key: number, value: number) =>
    map.set(key, [...(map.get(key) ?? []), value])
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const truth = pairs.truth[pair]!
    const prediction = pairs.prediction[pair]!
    const px = pairs.px[pair]!
    if (truth === 0 || prediction === 0) continue
    if (2 * px > predictionAreas[prediction]! && px >= LEAST_PIECE * truthAreas[truth]!)
      list(piecesOf, truth, prediction)
    if (2 * px > truthAreas[truth]!) list(swallowedBy, prediction, truth)
  }
  const splits = [...piecesOf].filter(([, pieces]) => pieces.length > 1)
  const mergers = [...swallowedBy].filter(([, swallowed]) => swallowed.length > 1)
  const explainedTruth = new Set([...found.map((match) => match.truth), ...splits.map(([truth]) => truth)])
  for (const [, swallowed] of mergers) for (const truth of swallowed) explainedTruth.add(truth)
  const explained = new Set([...found.map((match) => match.prediction), ...mergers.map(([prediction]) => prediction)])
  for (const [, pieces] of splits) for (const prediction of pieces) explained.add(prediction)
  return {
    missed: countObjects(truthAreas) - explainedTruth.size,
    invented: judged.reduce((sum, one, index) => sum + (one === 1 && !explained.has(index) ? 1 : 0), 0),
    split: splits.length,
    merged: mergers.length,
  }
}
