import { type PixelRuns, runsOfZero } from './pixel-runs.ts'

/** No object has been met around a region yet. */
const UNMET = 0
/** The region reaches the edge of the image or lies between several objects. */
const OPEN = 0xffffffff

/**
 * Fills holes in place: an 8-connected region of background (the counterpart of 4-connected objects) that does not reach
 * the edge of the image and has one object only around it becomes part of that object. What several objects enclose
 * together, such as a piece of membrane, stays background.
 */
export function fillHoles(labels: Uint32Array, width: number, height: number): void {
  const runs = runsOfZero(labels, width, height)
  const owner = new Uint32Array(runs.number(1) + 1).fill(UNMET)
  for (let y = 0; y < height; y++) {
    for (let run = runs.firstOfRow[y]!; run < runs.firstOfRow[y + 1]!; run++) {
      const region = runs.region[run]!
      if (owner[region] !== OPEN) owner[region] = ownerWith(labels, runs, run, y, owner[region]!)
    }
  }
  for (let run = 0; run < runs.count; run++) {
    const object = owner[runs.region[run]!]!
    if (object !== OPEN) for (let at = runs.start[run]!; at < runs.end[run]!; at++) labels[at] = object
  }
}

/** The only object around the pixels of a region seen so far and around this run of it. */
function ownerWith(labels: Uint32Array, { start, end, width, height }: PixelRuns, run: number, y: number, met: number) {
  const left = start[run]! - y * width
  const right = end[run]! - y * width - 1
  if (y === 0 || y === height - 1 || left === 0 || right === width - 1) return OPEN
  let owner = met
  for (let row = -width; row <= width; row += width) {
    // Of the run's own row only the pixels beside it are not background.
    const step = row === 0 ? right - left + 2 : 1
    for (let at = start[run]! - 1 + row; at <= end[run]! + row; at += step) {
      const label = labels[at]!
      if (label === 0 || label === owner) continue
      if (owner !== UNMET) return OPEN
      owner = label
    }
  }
  return owner
}
