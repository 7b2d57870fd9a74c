/** Which objects of two maps of one plane are the same cell, as far as their pixels tell. */
import { contingency } from './contingency.ts'

/** Pairs that share less than this of their union are two cells that touch, not one. */
const LEAST_IOU = 0.1

/**
 * The object of `a` that each object of `b` stands for: pairs by intersection over union, the best first, each object in
 * one pair at most. Both maps are row-major and of one size, 0 is background.
 */
export function counterparts(a: Uint32Array, b: Uint32Array): Map<number, number> {
  const { pairs, truthAreas, predictionAreas, truthIds, predictionIds } = contingency(a, b)
  const found: { iou: number; ofA: number; ofB: number }[] = []
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const [one, other, px] = [pairs.truth[pair]!, pairs.prediction[pair]!, pairs.px[pair]!]
    const [ofA, ofB] = [truthIds[one]!, predictionIds[other]!]
    const iou = px / (truthAreas[one]! + predictionAreas[other]! - px)
    if (ofA !== 0 && ofB !== 0 && iou >= LEAST_IOU) found.push({ iou, ofA, ofB })
  }
  found.sort((x, y) => y.iou - x.iou || x.ofA - y.ofA || x.ofB - y.ofB)
  const partners = new Map<number, number>()
  const taken = new Set<number>()
  for (const { ofA, ofB } of found) {
    if (taken.has(ofA) || partners.has(ofB)) continue
    taken.add(ofA)
    partners.set(ofB, ofA)
  }
  return partners
}
