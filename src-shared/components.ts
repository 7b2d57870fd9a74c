/** 4-connected components, in the sense of every object of this program: pixels that share an edge belong together. */
import { type PixelRuns, runsAtLeast, runsOfEqualValues } from './pixel-runs.ts'

export interface Components {
  /** Row-major, 0 outside; components are numbered 1..count in the order of their first pixel in the raster. */
  labels: Uint32Array
  count: number
}

/** The 4-connected components of the non-zero pixels of `foreground` (row-major, `width * height`). */
export function connectedComponents4(foreground: Uint8Array, width: number, height: number): Components {
  checkSize(foreground, width, height)
  const runs = runsAtLeast(foreground, width, height, 1)
  return painted(runs, runs.number(0))
}

/**
 * The 4-connected components of equal values: two neighbouring pixels belong together when their values are the same.
 * Pixels with a value below `least` (0 by default: 1, so all but zero) belong to no component.
 */
export function componentsOfEqualValues(
  values: Uint32Array | Uint8Array,
  width: number,
  height: number,
  least = 1,
): Components {
  checkSize(values, width, height)
  const runs = runsOfEqualValues(values, width, height, least)
  return painted(runs, runs.number(0, values))
}

function checkSize({ length }: Uint32Array | Uint8Array, width: number, height: number): void {
  if (length !== width * height) throw new Error(`expected ${width * height} pixels, found ${length}`)
}

function painted(runs: PixelRuns, count: number): Components {
  const labels = new Uint32Array(runs.width * runs.height)
  runs.paint(labels)
  return { labels, count }
}
