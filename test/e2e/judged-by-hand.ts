/** What Results computes, once more by its definition: every painted object against every predicted one, as sets of pixels. */
import type { PredictionView } from '../../src-shared/api.ts'
import { imageTileUrl, predictionTileUrl } from '../../src-shared/data-urls.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { objectsFromProbabilities } from '../../src-shared/objects.ts'
import type { LabelMap, Serving } from './workstation.ts'

const TILE_PX = 256

/** First channel of a whole plane, put together from tiles; `sampleOf` reads a pixel of a tile. */
async function firstChannel(
  { width, height }: { width: number; height: number },
  read: (at: { level: 0; tx: number; ty: number }) => Promise<Buffer>,
  sampleOf: (tile: Buffer, at: number) => number,
): Promise<Float64Array> {
  const out = new Float64Array(width * height)
  for (let ty = 0; ty * TILE_PX < height; ty++) {
    for (let tx = 0; tx * TILE_PX < width; tx++) {
      const tile = await read({ level: 0, tx, ty })
      for (let y = ty * TILE_PX; y < Math.min(height, (ty + 1) * TILE_PX); y++) {
        for (let x = tx * TILE_PX; x < Math.min(width, (tx + 1) * TILE_PX); x++) {
          out[y * width + x] = sampleOf(tile, (y - ty * TILE_PX) * TILE_PX + x - tx * TILE_PX)
        }
      }
    }
  }
  return out
}

/** Stored values of an image's first channel. */
export async function storedValues(serving: Serving, imageId: number): Promise<Float64Array> {
  const { images } = await serving.ask('project.view', {})
  const image = images.find(({ id }) => id === imageId)!
  const sampleOf = {
    uint8: (tile: Buffer, at: number) => tile[at]!,
    uint16: (tile: Buffer, at: number) => tile.readUInt16LE(2 * at),
  }[image.sampleType as 'uint8' | 'uint16']
  return firstChannel(image, (at) => serving.data(imageTileUrl(imageId, 0, 0, at)), sampleOf)
}

/** The objects that a prediction's own plan makes, and the doubt of each pixel. */
export async function predictedMap(serving: Serving, { id, objects }: PredictionView, imageId: number, size: LabelMap) {
  const read = (at: { level: 0; tx: number; ty: number }) => serving.data(predictionTileUrl(id, imageId, 0, 0, at))
  const background = await firstChannel(size, read, (tile, at) => tile[at]! / 255)
  const foreground = Float32Array.from(background, (p) => 1 - p)
  return {
    labels: objectsFromProbabilities(foreground, size.width, size.height, objects),
    doubt: background.map((p) => 1 - Math.abs(1 - 2 * p)),
  }
}

/** Pixels of each value from `first` on. */
export function pixelsOf(labels: ArrayLike<number>, first: number): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>()
  for (let at = 0; at < labels.length; at++) {
    const id = labels[at]!
    if (id < first) continue
    const pixels = found.get(id) ?? new Set()
    found.set(id, pixels.add(at))
  }
  return found
}

export interface Judged {
  /** "missed 17 - 3,4": kind, painted ids, predicted ids. */
  mistakes: string[]
  /** Pairs that match, and objects of both maps. */
  counts: [number, number]
}

/** Of a plane that is painted completely. */
export function judgedByHand(painted: LabelMap, predicted: Uint32Array): Judged {
  const truth = pixelsOf(painted.labels, LABEL.firstObject)
  const found = pixelsOf(predicted, 1)
  const shared = (a: Set<number>, b: Set<number>) => [...a].filter((at) => b.has(at)).length
  const both = new Map([...truth].map(([t, a]) => [t, new Map([...found].map(([p, b]) => [p, shared(a, b)]))]))
  const px = (t: number, p: number) => both.get(t)!.get(p)!
  const ids = { t: [...truth.keys()], p: [...found.keys()] }
  const matches = ids.t.flatMap((t) =>
    ids.p.filter((p) => 2 * px(t, p) >= truth.get(t)!.size + found.get(p)!.size - px(t, p)).map((p) => [t, p] as const),
  )
  const splits = ids.t
    .map((t) => ({
      t,
      pieces: ids.p.filter((p) => 2 * px(t, p) > found.get(p)!.size && 10 * px(t, p) >= truth.get(t)!.size),
    }))
    .filter(({ pieces }) => pieces.length > 1)
  const mergers = ids.p
    .map((p) => ({ p, held: ids.t.filter((t) => 2 * px(t, p) > truth.get(t)!.size) }))
    .filter(({ held }) => held.length > 1)
  const explained = {
    t: new Set([...matches.map(([t]) => t), ...splits.map(({ t }) => t), ...mergers.flatMap(({ held }) => held)]),
    p: new Set([...matches.map(([, p]) => p), ...splits.flatMap(({ pieces }) => pieces), ...mergers.map(({ p }) => p)]),
  }
  const sorted = (of: number[]) => [...of].sort((a, b) => a - b).join()
  return {
    mistakes: [
      ...ids.t.filter((t) => !explained.t.has(t)).map((t) => `missed ${t} -`),
      ...ids.p.filter((p) => !explained.p.has(p)).map((p) => `invented - ${p}`),
      ...splits.map(({ t, pieces }) => `split ${t} - ${sorted(pieces)}`),
      ...mergers.map(({ p, held }) => `merged ${sorted(held)} - ${p}`),
    ].sort(),
    counts: [matches.length, ids.t.length + ids.p.length],
  }
}
