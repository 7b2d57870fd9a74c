/** Proposed objects that need no decision any more, because they are painted. */
import { LABEL, largestId } from './labels.ts'
import { contingency } from './scores/contingency.ts'

/** An object of whose pixels one painted object covers at least this share is in the annotation already. */
export const PAINTED_SHARE = 0.9
/** An object of which less than this share is free has been painted already, and accepting leaves it out. */
export const LEAST_FREE = 0.5

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

/** Proposed objects, by number, that what is painted has decided. */
export interface DecidedByPaint {
  inAnnotation: Set<number>
  /** Rejected, mostly: what is painted there is background, boundary or unknown. */
  asNoObject: Set<number>
}

/**
 * Decided is what is in the annotation, and what accepting leaves out: of what no painted object covers of it, less than
 * half is free. So is what was rejected, also where a painted object lay in it, and what was accepted beside painted
 * background. Maps as of `alreadyPainted`.
 */
export function decidedByPaint(proposed: Uint32Array, painted: Uint32Array): DecidedByPaint {
  const { area, covered, free } = shares(proposed, painted)
  const inAnnotation = alreadyPainted(proposed, painted)
  const asNoObject = new Set<number>()
  for (let id = 1; id < area.length; id++) {
    const rest = area[id]! - covered[id]!
    const isLeftOut = area[id]! > 0 && (free[id] === 0 || free[id]! < LEAST_FREE * rest)
    if (isLeftOut && covered[id]! >= rest) inAnnotation.add(id)
    else if (isLeftOut && !inAnnotation.has(id)) asNoObject.add(id)
  }
  return { inAnnotation, asNoObject }
}

/** By number of an object how many pixels it has, how many of them painted objects cover, and how many nobody painted. */
function shares(proposed: Uint32Array, painted: Uint32Array): Record<'area' | 'covered' | 'free', Uint32Array> {
  const size = largestId(proposed) + 1
  const [area, covered, free] = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)]
  for (let at = 0; at < proposed.length; at++) {
    const [id, label] = [proposed[at]!, painted[at]!]
    area[id]!++
    if (label === LABEL.unpainted) free[id]!++
    else if (label >= LABEL.firstObject) covered[id]!++
  }
  return { area, covered, free }
}
