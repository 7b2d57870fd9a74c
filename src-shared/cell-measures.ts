/**
 * What is measured of each cell of a plane: area, place, mean intensity of the raw values, and how doubtful a prediction
 * is about its pixels. Display settings (window, gamma, colour) have no part in it.
 */
import type { Samples } from './pixels.ts'
import type { Rect } from './planes.ts'

export interface CellMeasure {
  /** Value in the label map. */
  id: number
  areaPx: number
  /** The smallest box around it, in pixels of the map. */
  box: Rect
  /** Mean of its pixels' centres, in pixels of the map: the upper left pixel is at 0.5, 0.5. */
  centre: { x: number; y: number }
  /** Mean of the stored values, one a channel; values that are no numbers are left out, NaN where none is left. */
  intensities: number[]
  /** Mean of 1 - |2f - 1| over its pixels, 0 certain to 1 at one half; NaN without a prediction. */
  doubt: number
}

export interface MeasuredPlane {
  width: number
  height: number
  /** Row-major; values from `firstId` are cells, 16 for painted maps and 1 for predicted ones. */
  labels: Uint32Array
  firstId: number
  /** Channel by channel, `samples[c * width * height + y * width + x]`. */
  samples: Samples
  /** Probability of being an object, p * 255; absent: nobody has predicted here. */
  foreground?: Uint8Array
}

interface Sums {
  areaPx: number
  left: number
  top: number
  right: number
  bottom: number
  x: number
  y: number
  values: Float64Array
  counts: Float64Array
  doubt: number
}

/** All cells of a plane, in the order of their ids. */
export function measureCells({ width, height, labels, firstId, samples, foreground }: MeasuredPlane): CellMeasure[] {
  const size = width * height
  const channels = Math.floor(samples.length / size)
  const found = new Map<number, Sums>()
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const id = labels[at]!
      if (id < firstId) continue
      const sums = found.get(id) ?? noSums(x, y, channels)
      if (sums.areaPx === 0) found.set(id, sums)
      sums.areaPx++
      sums.x += x
      sums.y += y
      if (x < sums.left) sums.left = x
      if (x > sums.right) sums.right = x
      sums.bottom = y
      for (let channel = 0; channel < channels; channel++) {
        const value = samples[channel * size + at]!
        if (!Number.isFinite(value)) continue
        sums.values[channel]! += value
        sums.counts[channel]!++
      }
      if (foreground) sums.doubt += 1 - Math.abs((2 * foreground[at]!) / 255 - 1)
    }
  }
  return [...found].map(([id, sums]) => measureOf(id, sums, foreground !== undefined)).sort((a, b) => a.id - b.id)
}

const noSums = (x: number, y: number, channels: number): Sums => ({
  areaPx: 0,
  ...{ left: x, right: x, top: y, bottom: y, x: 0, y: 0, doubt: 0 },
  values: new Float64Array(channels),
  counts: new Float64Array(channels),
})

const measureOf = (id: number, sums: Sums, isPredicted: boolean): CellMeasure => ({
  id,
  areaPx: sums.areaPx,
  box: { x: sums.left, y: sums.top, w: sums.right - sums.left + 1, h: sums.bottom - sums.top + 1 },
  centre: { x: sums.x / sums.areaPx + 0.5, y: sums.y / sums.areaPx + 0.5 },
  intensities: Array.from(sums.values, (sum, channel) => sum / sums.counts[channel]!),
  doubt: isPredicted ? sums.doubt / sums.areaPx : Number.NaN,
})
