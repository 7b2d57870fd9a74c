/**
 * What kind of topological mistake is left after a warp, as the ISBI 2012 challenge told them apart: each pixel that
 * still differs is judged by the objects around it, and touching pixels of one kind are one mistake.
 */
import { connectedComponents4 } from '../components.ts'

/** Numbers of mistakes of a prediction. */
export interface WarpingMistakes {
  merges: number
  splits: number
  holesAdded: number
  holesDeleted: number
  objectsAdded: number
  objectsDeleted: number
}

/** Half the side of the window in which a pixel is tested for holding an object together: the challenge's value. */
const WINDOW_RADIUS_PX = 20

/** Kind of mistake, and whether its pixels touch across corners when they are counted (holes and merges of lines do). */
const KINDS = {
  objectAdded: { counts: 'objectsAdded', neighbours: 4 },
  objectDeleted: { counts: 'objectsDeleted', neighbours: 4 },
  membraneHoleFilled: { counts: 'holesDeleted', neighbours: 4 },
  cellHoleOpened: { counts: 'holesDeleted', neighbours: 4 },
  membraneHoleMade: { counts: 'holesAdded', neighbours: 4 },
  cellHoleMade: { counts: 'holesAdded', neighbours: 8 },
  merge: { counts: 'merges', neighbours: 8 },
  split: { counts: 'splits', neighbours: 4 },
} as const satisfies Record<string, { counts: keyof WarpingMistakes; neighbours: 4 | 8 }>

type Kind = keyof typeof KINDS

/** Counts the mistakes at `mismatches` (indices) of the warped truth, 1 inside cells, row-major. */
export function warpingMistakes(
  warped: Uint8Array,
  mismatches: number[],
  width: number,
  height: number,
): WarpingMistakes {
  const objects = connectedComponents4(warped, width, height).labels
  const byKind = Map.groupBy(mismatches, (pixel) => kindOf(pixel, warped, objects, width, height))
  const mistakes = { merges: 0, splits: 0, holesAdded: 0, holesDeleted: 0, objectsAdded: 0, objectsDeleted: 0 }
  for (const [kind, pixels] of byKind) {
    mistakes[KINDS[kind].counts] += countClusters(pixels, width, KINDS[kind].neighbours)
  }
  return mistakes
}

function kindOf(pixel: number, warped: Uint8Array, objects: Uint32Array, width: number, height: number): Kind {
  const around = new Set(neighboursOf(pixel, width, height).map((neighbour) => objects[neighbour]!))
  const isCell = warped[pixel] !== 0
  if (around.size === 1) {
    if (around.has(0)) return isCell ? 'objectDeleted' : 'objectAdded'
    return isCell ? 'cellHoleMade' : 'membraneHoleFilled'
  }
  if (around.size > 2) return isCell ? 'split' : 'merge'
  if (!isCell) return 'membraneHoleMade' // it closes the membrane's way out
  return holdsTogether(pixel, warped, width, height) ? 'split' : 'cellHoleOpened'
}

function neighboursOf(pixel: number, width: number, height: number): number[] {
  const x = pixel % width
  const y = (pixel - x) / width
  const found: number[] = []
  for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
    for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
      if (nx !== x || ny !== y) found.push(ny * width + nx)
    }
  }
  return found
}

/** Whether the cell around `pixel` falls apart without it, as far as a window of 41 x 41 px shows. */
function holdsTogether(pixel: number, warped: Uint8Array, width: number, height: number): boolean {
  const side = 2 * WINDOW_RADIUS_PX + 1
  const centreX = pixel % width
  const left = centreX - WINDOW_RADIUS_PX
  const top = (pixel - centreX) / width - WINDOW_RADIUS_PX
  const window = new Uint8Array(side * side)
  for (let y = Math.max(0, -top); y < Math.min(side, height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(side, width - left); x++) {
      window[y * side + x] = warped[(top + y) * width + left + x]!
    }
  }
  const centre = WINDOW_RADIUS_PX * side + WINDOW_RADIUS_PX
  window[centre] = 0
  const parts = connectedComponents4(window, side, side).labels
  const around = new Set(neighboursOf(centre, side, side).map((neighbour) => parts[neighbour]!))
  around.delete(0)
  return around.size > 1
}

/** Number of groups of touching pixels. */
function countClusters(pixels: number[], width: number, neighbours: 4 | 8): number {
  const left = new Set(pixels)
  let clusters = 0
  for (const seed of pixels) {
    if (!left.delete(seed)) continue
    clusters++
    const stack = [seed]
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      for (const neighbour of neighboursOf(pixel, width, Number.POSITIVE_INFINITY)) {
        const isDiagonal = neighbour % width !== pixel % width && Math.abs(neighbour - pixel) > 1
        if ((neighbours === 8 || !isDiagonal) && left.delete(neighbour)) stack.push(neighbour)
      }
    }
  }
  return clusters
}
