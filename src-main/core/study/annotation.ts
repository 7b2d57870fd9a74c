/**
 * Annotation as a person would leave it who paints only a part: whole strokes of a brush, or whole objects with what is
 * around them, here and there or group by group, never scattered pixels. Written as label images with their sidecars,
 * which `cellbrush import` reads.
 */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { nearestTwoObjects } from '../../../src-shared/distance.ts'
import { isObjectId, LABEL } from '../../../src-shared/labels.ts'
import { Random } from '../../../src-shared/random.ts'
import type { StrokePoint } from '../../../src-shared/strokes/schema.ts'
import { forEachSpan } from '../../../src-shared/strokes/spans.ts'
import { sweep } from '../../../src-shared/strokes/sweep.ts'
import { listMasks } from '../../imaging/list-images.ts'
import { readMask } from '../../imaging/masks.ts'
import { TiffWriter } from '../../imaging/tiff-writer.ts'
import { writeFileDurably } from '../../store/index.ts'
import { letOthersWork } from '../job.ts'
import { codeRuns, type LabelSidecar, readSidecar } from '../label-sidecar.ts'
import { matchByName, stemOf } from '../names.ts'
import type { Cell } from './cells.ts'
import type { SplitImages } from './study-data.ts'

/** A stroke of the simulated brush: its radius, and a path of straight pieces that turn a little. */
const RADIUS_PX = 8
const PIECES = 6
const PIECE_PX = 20
const TURN_RADIANS = 0.5
/** Neighbours that are painted one after another before the person goes elsewhere. */
const GROUP_OBJECTS = 8

export const PAINTED_BY = ['strokes', 'objects', 'groups'] as const
export type PaintedBy = (typeof PAINTED_BY)[number]

/** The folder of masks to import: the true ones, or in `folder` what a person would have painted of them. */
export async function masksOf({ split, seed }: Cell, images: SplitImages, folder: string): Promise<string> {
  if (split.annotation === undefined) return images.truth
  mkdirSync(folder, { recursive: true })
  const truths = matchByName(images.train, listMasks([images.truth]))
  for (const [index, file] of images.train.entries()) {
    const name = stemOf(file)
    if (existsSync(path.join(folder, `${name}_labels.json`))) continue
    const { kind, maskKind, foreground } = { ...images.data }
    const readAs = maskKind ?? (kind === 'membranes' ? 'binary' : 'instances')
    const { width, height, pages } = await readMask([truths[index]!], { kind: readAs, foreground, page: 0 })
    const truth = pages[0]!.map((label) => (label === LABEL.unpainted ? LABEL.background : label))
    const random = new Random(seed, index, 0xa77)
    writeAnnotation(folder, path.basename(file), partOf(truth, width, height, split.annotation, random), width, height)
    await letOthersWork()
  }
  return folder
}

/** What is left of a complete label map when only a share of its pixels is painted; the rest is unpainted. */
export function partOf(
  truth: Uint32Array,
  width: number,
  height: number,
  { share, by }: { share: number; by: PaintedBy },
  random: Random,
): Uint32Array {
  if (share === 1) return truth
  const painted = new Uint32Array(truth.length)
  const wanted = share * truth.length
  const next = paint[by](truth, width, height, random)
  let count = 0
  for (const pixels of next) {
    for (const at of pixels) {
      if (painted[at] === LABEL.unpainted) count++
      painted[at] = truth[at]!
    }
    if (count >= wanted) break
  }
  return painted
}

/** Pixels that are painted at a time, one such piece after another. */
type Paint = (truth: Uint32Array, width: number, height: number, random: Random) => Iterable<number[]>

const paint: Record<PaintedBy, Paint> = {
  strokes: (_, width, height, random) => strokes(width, height, random),
  objects: territories,
  groups: (truth, width, height, random) => grouped(territories(truth, width, height, random), width),
}

/** Pixels under one random stroke after another, without end. */
function* strokes(width: number, height: number, random: Random): Generator<number[]> {
  const clip = { x: 0, y: 0, w: width, h: height }
  for (;;) {
    let [x, y] = [random.uniform(0, width), random.uniform(0, height)]
    let direction = random.uniform(0, 2 * Math.PI)
    const line: StrokePoint[] = [[x, y]]
    for (let piece = 0; piece < PIECES; piece++) {
      direction += random.normal(TURN_RADIANS)
      x += PIECE_PX * Math.cos(direction)
      y += PIECE_PX * Math.sin(direction)
      line.push([x, y])
    }
    const pixels: number[] = []
    forEachSpan(sweep(line, RADIUS_PX, clip), (row, from, to) => {
      for (let column = from; column < to; column++) pixels.push(row * width + column)
    })
    yield pixels
  }
}

/** The objects in random order, each with the background that is nearer to it than to any other object. */
function territories(truth: Uint32Array, width: number, height: number, random: Random): number[][] {
  const { nearest } = nearestTwoObjects(truth, width, height)
  const pixels = Map.groupBy(nearest.keys(), (at) => (isObjectId(truth[at]!) ? truth[at]! : nearest[at]!))
  const drawn = [...pixels.values()].map((territory) => ({ territory, key: random.uniform() }))
  return drawn.sort((a, b) => a.key - b.key).map(({ territory }) => territory)
}

/** The first of those that are left and what is nearest to it, group by group: neighbours teach the gap between them. */
function* grouped(all: readonly number[][], width: number): Generator<number[]> {
  let left = all.map((pixels) => ({ pixels, middle: middleOf(pixels, width) }))
  while (left.length > 0) {
    const [x, y] = left[0]!.middle
    const group = left
      .map((one) => ({ one, far: Math.hypot(one.middle[0] - x, one.middle[1] - y) }))
      .sort((a, b) => a.far - b.far)
      .slice(0, GROUP_OBJECTS)
      .map(({ one }) => one)
    for (const { pixels } of group) yield pixels
    left = left.filter((one) => !group.includes(one))
  }
}

function middleOf(pixels: readonly number[], width: number): [x: number, y: number] {
  let [x, y] = [0, 0]
  for (const at of pixels) {
    x += at % width
    y += Math.floor(at / width)
  }
  return [x / pixels.length, y / pixels.length]
}

function writeAnnotation(folder: string, image: string, labels: Uint32Array, width: number, height: number): void {
  const base = path.join(folder, `${stemOf(image)}_labels`)
  const ids = [...new Set(labels)].filter(isObjectId).sort((a, b) => a - b)
  const numberOf = new Map(ids.map((id, index) => [id, index + 1]))
  const tiff = TiffWriter.create(`${base}.tif`, { width, height, sampleType: 'uint16' })
  tiff.writePlane(Uint16Array.from(labels, (label) => numberOf.get(label) ?? 0))
  tiff.close()
  const sidecar: LabelSidecar = {
    format: 'cellbrush-labels 1',
    image,
    layer: 'objects',
    ...{ width, height, z: 1, t: 1 },
    objects: ids.map((id) => ({ value: numberOf.get(id)!, id, class: 'cell', origin: 'import', state: 'accepted' })),
    planes: [{ z: 0, t: 0, isComplete: false, ...codeRuns(labels) }],
  }
  writeFileDurably(`${base}.json`, JSON.stringify(sidecar))
}

/** Share of the pixels of the annotated images that is painted, 0 to 1. */
export async function paintedShareOf({ split }: Cell, images: SplitImages, masks: string): Promise<number> {
  if (split.annotation === undefined) return 1
  let [painted, all] = [0, 0]
  for (const file of images.train) {
    const mask = path.join(masks, `${stemOf(file)}_labels.tif`)
    const { pages } = await readMask([mask], { kind: 'instances' })
    const { background } = readSidecar(mask)!.planes[0]!
    for (let run = 1; run < background.length; run += 2) painted += background[run]!
    painted += pages[0]!.reduce((count, label) => count + (label === LABEL.unpainted ? 0 : 1), 0)
    all += pages[0]!.length
  }
  return painted / all
}
