/** What a predicted plane, or a part of one, says of objects: how likely there is one, and of which class. */
import { likeliestClasses } from '../../src-shared/objects-classes.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { asShown } from '../../src-shared/probability-shares.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
import { PixelFile } from '../imaging/pixel-file.ts'

export interface ObjectProbabilities {
  width: number
  height: number
  /** Probability of anything but background; of quantised planes (uint8, uint16) in the 255 steps that a window shows. */
  foreground: Float32Array
  /** The likeliest class but background, of equal ones the first; null where there is one class. */
  likeliest: Uint8Array | null
}

export interface ReadingOptions {
  /** The whole plane where left out. */
  rect?: Rect
  /** The foreground of an earlier plane, to be written over. */
  into?: Float32Array
}

/** Reads a pixel file of probabilities, channel 0 background, by bands of tiles: nothing but the result is large. */
export function readObjectProbabilities(path: string, { rect, into }: ReadingOptions = {}): ObjectProbabilities {
  const file = PixelFile.open(path)
  try {
    const { channels, sampleType, ...plane } = file.header
    const { x, y, w: width, h: height } = rect ?? { x: 0, y: 0, w: plane.width, h: plane.height }
    const most = sampleType === 'float32' ? 1 : 255
    const foreground = into ?? new Float32Array(width * height)
    const likeliest = channels > 2 ? new Uint8Array(width * height) : null
    for (let top = y; top < y + height; top += TILE_PX - (top % TILE_PX)) {
      const band = { x, y: top, w: width, h: Math.min(TILE_PX - (top % TILE_PX), y + height - top) }
      const read = file.readRegion({ z: 0, t: 0, rect: band, ...(likeliest ? {} : { channels: [0] }) })
      const data = asShown(read.data)
      const start = (top - y) * width
      for (let at = 0; at < width * band.h; at++) foreground[start + at] = 1 - data[at]! / most
      likeliest?.set(likeliestClasses(data, channels), start)
    }
    return { width, height, foreground, likeliest }
  } finally {
    file.close()
  }
}
