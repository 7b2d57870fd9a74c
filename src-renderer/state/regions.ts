/** Part of a plane, normalised and labelled as training would read it. */
import type { ImageView, PredictionView } from '../../src-shared/api.ts'
import { imageTileUrl, labelTileUrl, predictionTileUrl } from '../../src-shared/data-urls.ts'
import { normaliseInto } from '../../src-shared/normalise.ts'
import { allocateSamples, type Samples, viewSamples } from '../../src-shared/pixels.ts'
import { intersect, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import type { InputContract } from '../../src-shared/run-plan.ts'
import { TILE_PX, tileRect, tilesOf } from '../../src-shared/tile-map.ts'
import type { Connection, DataRoot } from './connection.ts'

/** A plane of an image, whatever its layer. */
export type PlaneAt = Pick<PlaneKey, 'imageId' | 'z' | 't'>

export interface ReadRegion {
  width: number
  height: number
  pixels: Float32Array
  channels: number
  labels: Uint32Array
}

/** At most `sidePx` by `sidePx` pixels around the middle of what is looked at; all of a smaller plane. */
export async function readRegionOf(
  connection: Connection,
  image: ImageView,
  plane: PlaneKey,
  around: Rect,
  sidePx: number,
  input: Omit<InputContract, 'pixelSizeUm'>,
): Promise<ReadRegion> {
  const rect = windowAround(around, image, sidePx)
  const channels = input.channels.filter((channel) => channel < image.channels)
  const size = rect.w * rect.h
  const [tiles, labels, ranges] = await Promise.all([
    readSamples(connection.data, image, plane, rect),
    readLabels(connection, plane, rect).then(({ labels }) => labels),
    Promise.all(channels.map((channel) => rangeOf(connection, plane, channel, input))),
  ])
  const pixels = new Float32Array(channels.length * size)
  for (const [index, channel] of channels.entries()) {
    const samples = tiles.subarray(channel * size, (channel + 1) * size) as Samples
    normaliseInto(pixels, index * size, samples, ranges[index]!)
  }
  return { width: rect.w, height: rect.h, pixels, channels: channels.length, labels }
}

function rangeOf(
  connection: Connection,
  { imageId, z, t }: PlaneKey,
  channel: number,
  { percentileLow: low, percentileHigh: high }: Omit<InputContract, 'pixelSizeUm'>,
): Promise<[number, number]> {
  return connection.ask('image.range', { id: imageId, z, t, channel, low, high })
}

/** As much of `sidePx` square as the plane has, with the middle of `around` as near to its middle as that allows. */
export function windowAround(
  around: Rect,
  { width, height }: Pick<ImageView, 'width' | 'height'>,
  sidePx: number,
): Rect {
  const w = Math.min(width, sidePx)
  const h = Math.min(height, sidePx)
  const place = (middle: number, side: number, whole: number) =>
    Math.max(0, Math.min(whole - side, Math.round(middle - side / 2)))
  return { x: place(around.x + around.w / 2, w, width), y: place(around.y + around.h / 2, h, height), w, h }
}

/** Stored values of a rectangle, channel by channel: `out[(c * h + y) * w + x]`. */
export async function readSamples(
  data: DataRoot,
  image: ImageView,
  plane: PlaneAt,
  rect: Rect,
  signal?: AbortSignal,
): Promise<Samples> {
  const out = allocateSamples(image.sampleType, image.channels * rect.w * rect.h)
  await forEachTile(rect, async (at) => {
    const answer = await data.get(imageTileUrl(plane.imageId, plane.z, plane.t, { level: 0, ...at }), { signal })
    const tile = viewSamples(image.sampleType, await answer.arrayBuffer(), 0, image.channels * TILE_PX * TILE_PX)
    for (let channel = 0; channel < image.channels; channel++) copyTile(tile, channel, at, rect, out)
  })
  return out
}

/** What is painted in a rectangle now. */
export async function readLabels(
  connection: Connection,
  plane: PlaneKey,
  rect: Rect,
  signal?: AbortSignal,
): Promise<{ labels: Uint32Array; isComplete: boolean }> {
  const { revision, isComplete } = await connection.ask('plane.view', { plane }, { signal })
  return { labels: await readRevision(connection.data, plane, revision, rect, signal), isComplete }
}

/** What is painted in a rectangle now; null where nobody has painted on the plane, which needs no tiles to be told. */
export async function readPainted(
  connection: Connection,
  plane: PlaneKey,
  rect: Rect,
  signal?: AbortSignal,
): Promise<Uint32Array | null> {
  const { revision } = await connection.ask('plane.view', { plane }, { signal })
  return revision === 0 ? null : await readRevision(connection.data, plane, revision, rect, signal)
}

async function readRevision(
  data: DataRoot,
  plane: PlaneKey,
  revision: number,
  rect: Rect,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const labels = new Uint32Array(rect.w * rect.h)
  await forEachTile(rect, async (at) => {
    const answer = await data.get(labelTileUrl(plane, revision, { level: 0, ...at }), { signal })
    copyTile(new Uint32Array(await answer.arrayBuffer()), 0, at, rect, labels)
  })
  return labels
}

/** Probabilities of a rectangle, p * 255, class by class with background first: `out[(k * h + y) * w + x]`. */
export async function readProbabilities(
  data: DataRoot,
  { id, classes }: Pick<PredictionView, 'id' | 'classes'>,
  { imageId, z, t }: PlaneAt,
  rect: Rect,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const out = new Uint8Array(classes * rect.w * rect.h)
  await forEachTile(rect, async (at) => {
    const answer = await data.get(predictionTileUrl(id, imageId, z, t, { level: 0, ...at }), { signal })
    const tile = new Uint8Array(await answer.arrayBuffer())
    for (let index = 0; index < classes; index++) copyTile(tile, index, at, rect, out)
  })
  return out
}

type TileAt = { tx: number; ty: number }

/** A few tiles at a time. */
async function forEachTile(rect: Rect, act: (at: TileAt) => Promise<void>): Promise<void> {
  const tiles = tilesOf(rect)
  const some = async () => {
    for (const at of tiles) await act(at)
  }
  await Promise.all([some(), some(), some(), some()])
}

function copyTile(tile: Samples, channel: number, { tx, ty }: TileAt, rect: Rect, out: Samples): void {
  const part = intersect(rect, tileRect({ tx, ty }))
  for (let y = part.y; y < part.y + part.h; y++) {
    const from = (channel * TILE_PX + y - ty * TILE_PX) * TILE_PX + part.x - tx * TILE_PX
    const to = (channel * rect.h + y - rect.y) * rect.w + part.x - rect.x
    out.set(tile.subarray(from, from + part.w) as never, to)
  }
}
