/** Which objects of the truth and of a prediction belong together, out of their contingency table. */
import type { Contingency } from './contingency.ts'

/** A true and a predicted object (dense indices) whose intersection over union is at least one half. */
export interface Match {
  truth: number
  prediction: number
  intersectionPx: number
  unionPx: number
}

/**
 * Pairs of an IoU of at least 0.5. Above 0.5 a partner is unique; at exactly 0.5 two halves can claim one object (or
 * one prediction two objects), and the first of them gets it.
 */
export function matchedPairs(table: Contingency): Match[] {
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
export function judgedPredictions({ predictionAreas, predictionWholeAreas }: Contingency): Uint8Array {
  const judged = Uint8Array.from(predictionAreas, (px, index) => (2 * px >= predictionWholeAreas[index]! ? 1 : 0))
  judged[0] = 0
  return judged
}

/** Objects with at least one known pixel; index 0 is background. */
export const countObjects = (areas: Float64Array): number =>
  areas.reduce((count, px, index) => count + (index > 0 && px > 0 ? 1 : 0), 0)
