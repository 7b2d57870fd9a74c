/**
 * Prediction pixel by pixel: each pixel's class from the window around it, mirrored outside the image, many windows in
 * one batch. It is what the paper compares itself with (section 1, "quite slow because the network must be run
 * separately for each patch"). The later way of computing all windows of an image at once from shared maps (max-pooling
 * fragments, Giusti et al. 2013) is not used: the paper's claim is about running the network per patch.
 */
import type { Rect } from '../../src-shared/planes.ts'
import { ORIENTATIONS, orient, unorientInto } from './orientations.ts'
import { type OnTile, type PlaneSource, readMirrored, tilesOf } from './overlap-tile.ts'
import type { WindowNet } from './window-net.ts'

/** Pixels answered at a time: a second or two, so that progress is told and stopping is heard. */
export const WINDOW_TILE_PX = 32
/** Windows in a batch: the time for a window was the same from 8 to 256 of them on two cores, memory is not. */
const MOST_WINDOWS = 64

export interface WindowOptions {
  /** Mean over the 8 rotations and mirrors instead of the upright image alone. */
  average: boolean
  /** What to predict; all of the plane by default. */
  part?: Rect
  signal?: AbortSignal
}

/**
 * Predicts `part` of a plane. Nothing larger than a tile with its surroundings, and one batch of windows, is held.
 * Aborting throws the signal's reason between batches.
 */
export async function slidingWindow(
  net: WindowNet,
  source: PlaneSource,
  { average, part = { x: 0, y: 0, w: source.width, h: source.height }, signal }: WindowOptions,
  onTile: OnTile,
): Promise<void> {
  const tiles = tilesOf(part, 0, WINDOW_TILE_PX)
  for (const [index, tile] of tiles.entries()) {
    const found = await predictTile(net, source, tile, { average, signal })
    await onTile(tile, found, index + 1, tiles.length)
  }
}

/** Seconds that a pixel takes: the better of two full batches, after one that warms up. */
export async function secondsPerPixel(net: WindowNet): Promise<number> {
  const { windowPx, inputChannels } = net.plan
  const times: number[] = []
  for (let run = 0; run < 3; run++) {
    const begin = performance.now()
    const windows = new Float32Array(MOST_WINDOWS * windowPx ** 2 * inputChannels).fill(0.5)
    await answers(net, windows, MOST_WINDOWS)
    times.push((performance.now() - begin) / 1000 / MOST_WINDOWS)
  }
  return Math.min(...times.slice(1))
}

/** Probabilities `[count, K]` of windows, whose array is used up. */
async function answers(net: WindowNet, windows: Float32Array, count: number): Promise<Float32Array> {
  const { windowPx, inputChannels } = net.plan
  const image = net.kernels.upload(windows, [count, windowPx, windowPx, inputChannels])
  const output = net.probabilities(image)
  const values = await net.kernels.read(output)
  net.kernels.free(image, output)
  return values
}

async function predictTile(
  net: WindowNet,
  source: PlaneSource,
  tile: Rect,
  { average, signal }: Pick<WindowOptions, 'average' | 'signal'>,
): Promise<Float32Array> {
  const { windowPx, inputChannels, classes } = net.plan
  const margin = (windowPx - 1) / 2
  const around = { x: tile.x - margin, y: tile.y - margin, w: tile.w + 2 * margin, h: tile.h + 2 * margin }
  const data = readMirrored(source, around, inputChannels)
  const surroundings = { height: around.h, width: around.w, channels: inputChannels, data }
  const found = new Float32Array(classes * tile.h * tile.w)
  const orientations = average ? ORIENTATIONS : ORIENTATIONS.slice(0, 1)
  for (const orientation of orientations) {
    const turned = orient(surroundings, orientation)
    const [height, width] = [turned.height - 2 * margin, turned.width - 2 * margin]
    const values = new Float32Array(height * width * classes)
    for (let first = 0; first < height * width; first += MOST_WINDOWS) {
      signal?.throwIfAborted()
      const count = Math.min(MOST_WINDOWS, height * width - first)
      const windows = cutWindows(turned, { windowPx, across: width, first, count })
      values.set(await answers(net, windows, count), first * classes)
      await new Promise(setImmediate) // frames from the host are read between batches
    }
    unorientInto(found, tile, { height, width, channels: classes, data: values }, orientation, 1 / orientations.length)
  }
  return found
}

/** Windows `first` to `first + count - 1`, row by row with `across` in a row: [count, windowPx, windowPx, C]. */
function cutWindows(
  from: { width: number; channels: number; data: Float32Array },
  { windowPx, across, first, count }: { windowPx: number; across: number; first: number; count: number },
): Float32Array {
  const length = windowPx * from.channels
  const windows = new Float32Array(count * windowPx * length)
  for (let window = first, to = 0; window < first + count; window++) {
    const [left, top] = [window % across, Math.floor(window / across)]
    for (let y = top; y < top + windowPx; y++, to += length) {
      const start = (y * from.width + left) * from.channels
      windows.set(from.data.subarray(start, start + length), to)
    }
  }
  return windows
}
