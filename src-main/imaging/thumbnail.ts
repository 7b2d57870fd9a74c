/** A small picture of an image for lists: its first plane at the coarsest level, contrast stretched. */
import { encode } from 'fast-png'
import type { Samples } from '../../src-shared/pixels.ts'
import type { PixelFile } from './pixel-file.ts'

/** Share of the pixels, in percent, that may become black, and white. */
const CLIPPED_PERCENT = 0.5
/** At this size a list shows it sharply on a screen of 200 %. */
const MOST_SIDE_PX = 192

/** A PNG of at most 192 pixels a side: three channels as colours, else the first one as grey. */
export function thumbnailPng(file: PixelFile): Uint8Array {
  const level = file.header.levels - 1
  const { width: w, height: h } = file.levelSize(level)
  const channels = file.header.channels === 3 ? 3 : 1
  const rect = { x: 0, y: 0, w, h }
  const pixels = file.readRegion({ z: 0, t: 0, level, rect, channels: [0, 1, 2].slice(0, channels) })
  const scale = Math.max(1, Math.max(w, h) / MOST_SIDE_PX)
  const width = Math.max(1, Math.round(w / scale))
  const height = Math.max(1, Math.round(h / scale))
  const [low, high] = rangeOf(pixels.data)
  const data = new Uint8Array(channels * width * height)
  for (let y = 0; y < height; y++) {
    const row = Math.min(h - 1, Math.floor((y + 0.5) * scale))
    for (let x = 0; x < width; x++) {
      const column = Math.min(w - 1, Math.floor((x + 0.5) * scale))
      for (let channel = 0; channel < channels; channel++) {
        const share = (pixels.data[(channel * h + row) * w + column]! - low) / (high - low)
        data[(y * width + x) * channels + channel] = Math.round(255 * Math.min(1, Math.max(0, share || 0)))
      }
    }
  }
  return encode({ width, height, channels, depth: 8, data })
}

/** The values that become black and white; they differ. */
function rangeOf(samples: Samples): [number, number] {
  const sorted = Float64Array.from(samples).filter(Number.isFinite).sort()
  if (sorted.length === 0) return [0, 1]
  const clipped = Math.floor((sorted.length * CLIPPED_PERCENT) / 100)
  const [low, high] = [sorted[clipped]!, sorted[sorted.length - 1 - clipped]!]
  if (high > low) return [low, high]
  const last = sorted.at(-1)!
  return last > sorted[0]! ? [sorted[0]!, last] : [low, low + 1]
}
