import { distanceTo } from './distance.ts'
import { LABEL } from './labels.ts'

/**
 * Unpainted pixels within `ringPx` (Euclidean, between pixel centres, inclusive) of a painted object become background,
 * so that somebody who paints only cells still gets a network. Nothing else changes; ignored pixels stay ignored.
 *
 * Done on the plane's labels before any warp, so that the ring is measured in the plane's pixels. For a window to equal
 * that part of the plane, it must be cut with `ringPx` pixels of labels around it. Returns `labels` itself for ring 0.
 */
export function withBackgroundRing(labels: Uint32Array, width: number, height: number, ringPx: number): Uint32Array {
  if (ringPx <= 0) return labels
  const isObject = new Uint8Array(labels.length)
  for (let at = 0; at < labels.length; at++) if (labels[at]! >= LABEL.firstObject) isObject[at] = 1
  const distance = distanceTo(isObject, width, height)
  const ringed = labels.slice()
  for (let at = 0; at < ringed.length; at++) {
    if (ringed[at] === LABEL.unpainted && distance[at]! <= ringPx) ringed[at] = LABEL.background
  }
  return ringed
}
