/** From an annotated label map (codes of labels.ts) to what the scores compare with. */
import { isObjectId, LABEL } from '../labels.ts'

/** Instance map of the truth, 0 as background, and which of its pixels are known (1) or not (0). */
export interface Truth {
  objects: Uint32Array
  mask: Uint8Array
}

/**
 * Objects keep their ids, background and boundary become 0. Unpainted pixels are unknown unless the plane is complete;
 * ignored pixels are always unknown.
 */
export function truthOfLabels(labels: Uint32Array, { isComplete }: { isComplete: boolean }): Truth {
  const objects = labels.map((value) => (isObjectId(value) ? value : 0))
  const mask = Uint8Array.from(labels, (value) => {
    if (value === LABEL.unpainted) return isComplete ? 1 : 0
    return value === LABEL.ignore ? 0 : 1
  })
  return { objects, mask }
}
