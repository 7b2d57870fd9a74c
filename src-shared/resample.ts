/**
 * Pixels on a finer or coarser grid: linear between pixel centres where it gets finer, and a triangle as wide as two
 * target pixels where it gets coarser, so that nothing finer than the new grid is left to alias. The outer edges of
 * both grids are the same; weights beyond an edge are left out and the others make up for them.
 */
import type { Rect } from './planes.ts'

/** For each pixel of a row of the target the pixels of the source it is made of, and their weights, which sum to 1. */
export interface Taps {
  first: Int32Array
  weights: Float64Array[]
}

/** Taps of the target pixels from `start` to before `end`. */
export function tapsOf(sourcePx: number, targetPx: number, start: number, end: number): Taps {
  const scale = sourcePx / targetPx
  const reach = Math.max(1, scale)
  const first = new Int32Array(end - start)
  const weights = Array.from(first, (_, index) => {
    const centre = (start + index + 0.5) * scale - 0.5
    const from = Math.max(0, Math.floor(centre - reach) + 1)
    const to = Math.min(sourcePx - 1, Math.ceil(centre + reach) - 1)
    first[index] = from
    const found = Float64Array.from({ length: to - from + 1 }, (_, tap) => 1 - Math.abs(from + tap - centre) / reach)
    const sum = found.reduce((total, weight) => total + weight, 0)
    return found.map((weight) => weight / sum)
  })
  return { first, weights }
}

/** The pixels of the source that the taps touch: from, and to before. */
export const spanOf = ({ first, weights }: Taps): [from: number, to: number] => [
  first[0]!,
  first.at(-1)! + weights.at(-1)!.length,
]

/**
 * The target's pixels for columns and rows of taps, channel by channel `[C, h, w]`; `data` holds those of the source's
 * rectangle `of`, which covers the spans of the taps.
 */
export function resampled(
  data: ArrayLike<number>,
  channels: number,
  of: Rect,
  columns: Taps,
  rows: Taps,
): Float32Array {
  const [w, h] = [columns.first.length, rows.first.length]
  const found = new Float32Array(channels * w * h)
  const across = new Float64Array(of.h * w)
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < of.h; y++) {
      const row = (channel * of.h + y) * of.w - of.x
      for (let x = 0; x < w; x++) {
        const weights = columns.weights[x]!
        let sum = 0
        for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * data[row + columns.first[x]! + tap]!
        across[y * w + x] = sum
      }
    }
    for (let y = 0; y < h; y++) {
      const weights = rows.weights[y]!
      const start = (rows.first[y]! - of.y) * w
      for (let x = 0; x < w; x++) {
        let sum = 0
        for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * across[start + tap * w + x]!
        found[(channel * h + y) * w + x] = sum
      }
    }
  }
  return found
}
