/** How stored samples become what enters the network; training and prediction share it (docs/science.md, "Input"). */
import type { Pixels, Samples } from './pixels.ts'

/** Percentile values of one channel of the whole plane. */
export type ValueRange = readonly [low: number, high: number]

const LOWEST = -1
const HIGHEST = 3

/**
 * (value - low) / (high - low), held within -1..3 so that one hot pixel cannot dominate; NaN and infinite samples, and
 * all samples of a constant plane (high <= low), are 0.
 */
export function normaliseInto(out: Float32Array, at: number, samples: Samples, [low, high]: ValueRange): void {
  const factor = high > low ? 1 / (high - low) : 0
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!
    const scaled = (value - low) * factor
    out[at + i] = Number.isFinite(value) ? Math.min(HIGHEST, Math.max(LOWEST, scaled)) : 0
  }
}

/** Normalised pixels, channel by channel like the input; `ranges` has one entry per channel. */
export function normalised({ width, height, channels, data }: Pixels, ranges: readonly ValueRange[]): Float32Array {
  if (ranges.length !== channels) throw new Error(`expected ${channels} ranges, found ${ranges.length}`)
  const size = width * height
  const out = new Float32Array(data.length)
  for (let channel = 0; channel < channels; channel++) {
    normaliseInto(out, channel * size, data.subarray(channel * size, (channel + 1) * size) as Samples, ranges[channel]!)
  }
  return out
}
