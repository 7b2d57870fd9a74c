/**
 * Border thinning of the ISBI 2012 scores: membranes shrink to lines of (mostly) one pixel, so that thick predicted
 * membranes do not count as splits. Cells grow into the membrane by the watershed of Vincent and Soille 1991 ("Watersheds
 * in digital spaces: an efficient algorithm based on immersion simulations", doi 10.1109/34.87344) with 4 neighbours.
 * The image has two levels only, so all minima are the cells and one flooding of the membrane is the whole transform.
 */
import { connectedComponents4 } from '../components.ts'

const UNREACHED = -2
const QUEUED = -1
const DAM = 0

/**
 * Label map of the cells grown until they meet; 0 where they meet. A plane without any cell is one basin: 1 everywhere.
 * `isCell` is row-major, non-zero inside cells. The order of flooding (columns first, then left, up, right, down) is
 * that of the challenge's script, because dams depend on it.
 */
export function thinBorders(isCell: Uint8Array, width: number, height: number): Uint32Array {
  if (!isCell.some((value) => value !== 0)) return new Uint32Array(width * height).fill(1)
  const flood = paddedLabels(isCell, width, height)
  const stride = width + 2
  const queue = new Int32Array(width * height)
  flow(flood, stride, queue, shore(flood, stride, height, queue))
  const labels = new Uint32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) labels[y * width + x] = Math.max(DAM, flood[(y + 1) * stride + x + 1]!)
  }
  return labels
}

/** Cells numbered from 1, membrane unreached, and a frame that is neither, so that no neighbour needs a check. */
function paddedLabels(isCell: Uint8Array, width: number, height: number): Int32Array {
  const cells = connectedComponents4(isCell, width, height).labels
  const OUTSIDE = -3
  const flood = new Int32Array((width + 2) * (height + 2)).fill(OUTSIDE)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) flood[(y + 1) * (width + 2) + x + 1] = cells[y * width + x] || UNREACHED
  }
  return flood
}

/** Queues the membrane pixels that touch a cell, column by column; returns how many. */
function shore(flood: Int32Array, stride: number, height: number, queue: Int32Array): number {
  let queued = 0
  for (let x = 1; x < stride - 1; x++) {
    for (let y = 1; y <= height; y++) {
      const pixel = y * stride + x
      if (flood[pixel] !== UNREACHED) continue
      const touches =
        flood[pixel - 1]! > 0 || flood[pixel - stride]! > 0 || flood[pixel + 1]! > 0 || flood[pixel + stride]! > 0
      if (!touches) continue
      flood[pixel] = QUEUED
      queue[queued++] = pixel
    }
  }
  return queued
}

/** First in, first out: each pixel takes the label around it, becomes a dam between two, and queues what is beyond. */
function flow(flood: Int32Array, stride: number, queue: Int32Array, queued: number): void {
  const around = [-1, -stride, 1, stride]
  // A pixel that became a dam only because it touches one may still join a basin; one between two basins may not.
  let isInheritedDam = false
  for (let next = 0; next < queued; next++) {
    const pixel = queue[next]!
    for (const step of around) {
      const neighbour = flood[pixel + step]!
      const own = flood[pixel]!
      if (neighbour > 0) {
        if (own === QUEUED || (own === DAM && isInheritedDam)) flood[pixel] = neighbour
        else if (own > 0 && own !== neighbour) {
          flood[pixel] = DAM
          isInheritedDam = false
        }
      } else if (neighbour === DAM && own === QUEUED) {
        flood[pixel] = DAM
        isInheritedDam = true
      } else if (neighbour === UNREACHED) {
        flood[pixel + step] = QUEUED
        queue[queued++] = pixel + step
      }
    }
  }
}
