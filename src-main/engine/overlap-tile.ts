/**
 * The overlap-tile strategy (section 2, figure 2): an image of any size is predicted tile by tile, each from all the
 * pixels its outputs depend on; what lies outside the image is extrapolated by mirroring. Output tiles begin at
 * multiples of 2^depth pixels from the plane's origin, so every pixel meets the pooling grid at the same phase in every
 * tiling and the result does not depend on the tiling.
 */
import type { DeviceName } from '../../src-shared/engine-api.ts'
import { marginPx, validTile } from '../../src-shared/geometry.ts'
import { mirrored } from '../../src-shared/mirror.ts'
import type { UNetPlan } from '../../src-shared/network-plan.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { type Grid, ORIENTATIONS, type Orientation, orient, unorientInto } from './orientations.ts'
import type { PredictionNet } from './prediction-net.ts'

/** A plane as prediction reads it: normalised pixels, `[C, h, w]`, of a rectangle inside the plane. */
export interface PlaneSource {
  width: number
  height: number
  readPixels(rect: Rect): Float32Array
}

export interface TileOptions {
  /** Largest side of an output tile; rounded to what the network allows. */
  tilePx: number
  /** Mean over the 8 rotations and mirrors instead of the upright image alone. */
  average: boolean
}

/** Called for each finished tile: probabilities channel by channel, `[K, h, w]` of `rect`. May wait. */
export type OnTile = (rect: Rect, probabilities: Float32Array, done: number, total: number) => void | Promise<void>

/**
 * Bytes that a tile with an output of this side takes: the widest moment is either the last merge, over the output, or
 * the first level, over the input. The factors are those of TensorFlow on a processor, which copies what it convolves
 * into an order of its own, as measured for 8 to 64 base channels (8.5 and less, 4 and less); a pixel's samples and
 * classes are there several times over, as read, normalised, uploaded and stored.
 */
function tileBytes({ baseWidth, depth, inputChannels, classes }: UNetPlan, side: number): number {
  const outputArea = side ** 2
  const inputArea = (side + marginPx(depth)) ** 2
  const features = 4 * baseWidth * Math.max(8.5 * outputArea, 4 * inputArea)
  return features + (60 + 20 * inputChannels + 4 * classes) * inputArea
}

/** No tile is larger, however much memory there is. */
export const MOST_TILE_PX = 2048

/** The largest side of an output tile that fits into `bytes`, at least 2^depth and at most `mostPx`. */
export function tileSideFor(network: UNetPlan, bytes: number, mostPx = MOST_TILE_PX): number {
  const step = 2 ** network.depth
  let side = Math.max(step, Math.floor(mostPx / step) * step)
  while (side > step && tileBytes(network, side) > bytes) side -= step
  return side
}

/** Rows of a matrix product that TensorFlow.js can have on WebGPU: 65535 groups of 32; a row is an output's pixel. */
const MOST_ROWS = 65535 * 32

/**
 * The largest side of an output tile that a device computes at all, whatever is asked for: the first convolution has the
 * largest output, the tile's input less 2 pixels.
 */
export function mostTilePxOn(device: DeviceName, { depth }: UNetPlan): number {
  if (device !== 'webgpu') return Number.POSITIVE_INFINITY
  const step = 2 ** depth
  let side = Math.floor(Math.sqrt(MOST_ROWS) / step) * step
  while (side > step && (validTile(depth, side).inputPx - 2) ** 2 > MOST_ROWS) side -= step
  return side
}

/** Output tiles that cover `part` of a plane: near-equal sides, origins at multiples of 2^depth. */
export function tilesOf(part: Rect, depth: number, tilePx: number): Rect[] {
  const step = 2 ** depth
  const columns = pieces(part.x, part.w, step, tilePx)
  return pieces(part.y, part.h, step, tilePx).flatMap(([y, h]) => columns.map(([x, w]) => ({ x, y, w, h })))
}

function pieces(start: number, length: number, step: number, most: number): [start: number, length: number][] {
  const first = Math.floor(start / step) * step
  const end = start + length
  const side = Math.max(step, Math.floor(most / step) * step)
  const count = Math.max(1, Math.ceil((end - first) / side))
  const equal = Math.ceil((end - first) / count / step) * step
  const found: [number, number][] = []
  for (let at = first; at < end; at += equal) found.push([at, Math.min(equal, end - at)])
  return found
}

/**
 * Predicts `part` of a plane (all of it by default; its upper left corner is rounded down to the tile grid). Nothing
 * larger than a tile is held. Aborting throws the signal's reason between tiles, and between the views of one.
 */
export async function overlapTile(
  net: PredictionNet,
  source: PlaneSource,
  options: TileOptions & { part?: Rect; signal?: AbortSignal },
  onTile: OnTile,
): Promise<void> {
  const part = options.part ?? { x: 0, y: 0, w: source.width, h: source.height }
  const tiles = tilesOf(part, net.plan.depth, options.tilePx)
  for (const [index, tile] of tiles.entries()) {
    const probabilities = await predictTile(net, source, tile, options)
    await onTile(tile, probabilities, index + 1, tiles.length)
  }
}

async function predictTile(
  net: PredictionNet,
  source: PlaneSource,
  tile: Rect,
  { average, signal }: Pick<TileOptions, 'average'> & { signal?: AbortSignal },
): Promise<Float32Array> {
  const { depth, classes, inputChannels } = net.plan
  const margin = marginPx(depth) / 2
  const height = validTile(depth, tile.h)
  const width = validTile(depth, tile.w)
  const window = { x: tile.x - margin, y: tile.y - margin, w: width.inputPx, h: height.inputPx }
  const input = {
    height: window.h,
    width: window.w,
    channels: inputChannels,
    data: readMirrored(source, window, inputChannels),
  }
  const found = new Float32Array(classes * tile.h * tile.w)
  const orientations: readonly Orientation[] = average ? ORIENTATIONS : ORIENTATIONS.slice(0, 1)
  for (const orientation of orientations) {
    await new Promise(setImmediate) // frames from the host are read between passes
    signal?.throwIfAborted()
    const output = await onePass(net, orient(input, orientation))
    unorientInto(found, tile, output, orientation, 1 / orientations.length)
  }
  return found
}

/** The probabilities of a picture, which is smaller by the margin then. Leaves no tensor behind, also where it fails. */
async function onePass(net: PredictionNet, { height, width, channels, data }: Grid): Promise<Grid> {
  const { kernels } = net
  const tensors = [kernels.upload(data, [1, height, width, channels])]
  try {
    const output = net.probabilities(tensors[0]!)
    tensors.push(output)
    const [, h, w, classes] = output.shape as [number, number, number, number]
    return { height: h, width: w, channels: classes, data: await kernels.read(output) }
  } finally {
    kernels.free(...tensors)
  }
}

/** `[h, w, C]` of a window that may reach outside the plane, extrapolated by mirroring. */
export function readMirrored(source: PlaneSource, window: Rect, channels: number): Float32Array {
  const columns = Int32Array.from({ length: window.w }, (_, x) => mirrored(window.x + x, source.width))
  const rows = Int32Array.from({ length: window.h }, (_, y) => mirrored(window.y + y, source.height))
  const [left, right] = extent(columns)
  const [top, bottom] = extent(rows)
  const rect = { x: left, y: top, w: right - left + 1, h: bottom - top + 1 }
  const pixels = source.readPixels(rect)
  const out = new Float32Array(window.h * window.w * channels)
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * rect.w * rect.h
    for (let y = 0, to = channel; y < window.h; y++) {
      const row = from + (rows[y]! - top) * rect.w - left
      for (let x = 0; x < window.w; x++, to += channels) out[to] = pixels[row + columns[x]!]!
    }
  }
  return out
}

function extent(values: Int32Array): [low: number, high: number] {
  let [low, high] = [values[0]!, values[0]!]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
