/** Proposed objects that need no decision any more, because they are painted. */
import { LABEL } from './labels.ts'
import { contingency } from './scores/contingency.ts'

/** An object of whose pixels one painted object covers at least this share is in the annotation already. */
export const PAINTED_SHARE = 0.9

/**
 * Numbers of the proposed objects that are in the annotation. Both maps are row-major and of one size: `proposed` with 0
 * for background, `painted` with the codes and ids of labels.ts. Background, boundary and unknown cover nothing.
 */
export function alreadyPainted(proposed: Uint32Array, painted: Uint32Array): Set<number> {
  const objects = painted.map((label) => (label >= LABEL.firstObject ? label : 0))
  const { truthAreas, truthIds, predictionIds, pairs } = contingency(proposed, objects)
  const found = new Set<number>()
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const index = pairs.truth[pair]!
    const isObject = index > 0 && predictionIds[pairs.prediction[pair]!] !== 0
    if (isObject && pairs.px[pair]! >= PAINTED_SHARE * truthAreas[index]!) found.add(truthIds[index]!)
  }
  return found
}
