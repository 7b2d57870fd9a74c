/** Example pictures of a study: image, truth, prediction and mistakes side by side, for each arm. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { connectedComponents4 } from '../../../src-shared/components.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { findMistakes, type MistakeKind } from '../../../src-shared/scores/mistakes.ts'
import { importPixels } from '../../imaging/import-pixels.ts'
import { listMasks } from '../../imaging/list-images.ts'
import { percentiles } from '../../imaging/percentiles.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import { writeFileDurably } from '../../store/index.ts'
import { matchByName, matchesPattern, stemOf } from '../names.ts'
import {
  type Colour,
  darkened,
  objectColour,
  type Picture,
  pictureOfPixels,
  tinted,
  withOutlines,
} from '../report/picture.ts'
import { readMaps, readTruth } from '../score-files.ts'
import { predictionFolder } from './cell-predictions.ts'
import type { Cell } from './cells.ts'
import { classLegend, classStrips } from './class-pictures.ts'
import { type CellResult, cellFolder } from './results.ts'
import { imagesOf } from './study-data.ts'
import type { Study, StudyData } from './study-file.ts'
import type { Summary } from './summary.ts'

/** Side of the part that is shown, from the middle of the image. */
const SIDE_PX = 256
const GAP_PX = 6

/** Colours of mistakes: Okabe and Ito's palette, which keeps them apart for every kind of colour vision. */
const MISTAKE_COLOURS: Record<MistakeKind, Colour> = {
  missed: [213, 94, 0],
  invented: [86, 180, 233],
  split: [240, 228, 66],
  merged: [204, 121, 167],
}

export interface Place {
  out: string
  root: string
}

/**
 * Writes a picture of the first seed of each arm on each split. Without the data, or once the predictions are gone,
 * those of an earlier report stay.
 */
export async function writePictures(
  study: Study,
  found: readonly { cell: Cell; result: CellResult }[],
  { out, root }: Place,
): Promise<Summary['pictures']> {
  const first = Map.groupBy(found, ({ cell }) => `${cell.split.name}-${cell.arm.name}`)
  const pictures: Summary['pictures'] = []
  for (const [name, [one]] of first) {
    const { cell, result } = one!
    const file = `picture-${name}.png`
    const image = shownOf(study, result.testImages)
    const drawn = await stripIfPossible(study, cell, image, { out, root })
    if (drawn !== undefined) writeFileDurably(path.join(out, file), drawn)
    else if (!existsSync(path.join(out, file))) continue
    const { isPublishable } = study.data[cell.split.data]!
    pictures.push({ file, caption: captionOf(study, cell, image), isPublishable })
  }
  return pictures
}

/** The name of the predicted image that is shown. */
function shownOf({ pictures }: Study, testImages: readonly string[]): string {
  const wanted = pictures?.[0]
  return testImages.find((name) => wanted !== undefined && matchesPattern(name, wanted)) ?? testImages[0]!
}

/** Undefined where the data or the predictions are not here any more: the numbers do not need them. */
async function stripIfPossible(study: Study, cell: Cell, image: string, place: Place): Promise<Buffer | undefined> {
  try {
    return await stripOf(study, cell, image, place)
  } catch (error) {
    if (error instanceof AppError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function captionOf(study: Study, { split, arm, seed }: Cell, image: string): string {
  const data = study.data[split.data]!
  const shown =
    data.kind === 'classes'
      ? `truth and prediction (${classLegend(data)}), pixels of a wrong class`
      : 'truth, prediction, mistakes (orange missed, light blue invented, yellow split, pink merged)'
  return `${split.name}, ${arm.name}, seed ${seed}, ${image}: image, ${shown}. ${data.attribution}`
}

async function stripOf(study: Study, cell: Cell, shown: string, { out, root }: Place): Promise<Buffer | undefined> {
  const { test, truth, data } = imagesOf(study, root, cell, out)
  const image = test.find((file) => path.basename(file) === shown)
  const prediction = cell.arm.predictions.find(({ cropPx }) => cropPx === undefined)
  if (image === undefined || prediction === undefined) return undefined
  const labels = path.join(predictionFolder(cellFolder(out, cell), prediction.name), `${stemOf(image)}_labels.tif`)
  if (!existsSync(labels)) return undefined
  const mask = matchByName([image], listMasks([truth]))[0]!
  const picture = await pictureOf(image)
  const strips =
    data.kind === 'classes'
      ? await classStrips(picture, { truth: mask, labels }, data)
      : await objectStrips(picture, { truth: mask, labels }, data)
  return joined([picture, ...strips].map(middle))
}

/** The picture with true objects, with predicted ones, and dark with the objects of mistakes. */
async function objectStrips(
  picture: Picture,
  { truth, labels }: { truth: string; labels: string },
  data: StudyData,
): Promise<Picture[]> {
  const read = await readTruth(truth, data.foreground)
  const whole = { width: read.width, height: read.height }
  const isObject = (value: number) => (data.foreground === undefined ? value !== 0 : value === data.foreground)
  const ids =
    data.kind === 'instances' && data.foreground === undefined
      ? read.planes[0]!
      : connectedComponents4(
          Uint8Array.from(read.planes[0]!, (v) => (isObject(v) ? 1 : 0)),
          whole.width,
          whole.height,
        ).labels
  const found = (await readMaps(labels)).planes[0]!
  return [
    withOutlines(picture, ids, () => [0, 220, 120]),
    withOutlines(picture, found, objectColour),
    withMistakes(picture, ids, found),
  ]
}

async function pictureOf(file: string): Promise<Picture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-picture-'))
  try {
    const pixels = path.join(folder, 'image.cbpx')
    await importPixels(file, pixels)
    const opened = PixelFile.open(pixels)
    try {
      const { width: w, height: h, channels } = opened.header
      const ranges = Array.from({ length: channels }, (_, channel) =>
        percentiles(opened, { z: 0, t: 0, channel, low: 0.1, high: 99.9 }),
      )
      return pictureOfPixels(opened.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w, h } }), ranges)
    } finally {
      opened.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The picture, dark, with the objects of each mistake in its colour. */
export function withMistakes(picture: Picture, truth: Uint32Array, found: Uint32Array): Picture {
  const ofTruth = new Map<number, Colour>()
  const ofFound = new Map<number, Colour>()
  for (const { kind, truth: trueIds, prediction } of findMistakes(truth, found, picture.width)) {
    const colour = MISTAKE_COLOURS[kind]
    for (const id of prediction) ofFound.set(id, colour)
    if (kind === 'missed' || kind === 'split') for (const id of trueIds) ofTruth.set(id, colour)
  }
  return tinted(darkened(picture), (at) => ofFound.get(found[at]!) ?? ofTruth.get(truth[at]!), 0.6)
}

function middle({ width, height, rgb }: Picture): Picture {
  const [w, h] = [Math.min(SIDE_PX, width), Math.min(SIDE_PX, height)]
  const [left, top] = [(width - w) >> 1, (height - h) >> 1]
  const part = new Uint8Array(w * h * 3)
  for (let y = 0; y < h; y++) {
    const from = ((top + y) * width + left) * 3
    part.set(rgb.subarray(from, from + w * 3), y * w * 3)
  }
  return { width: w, height: h, rgb: part }
}

async function joined(pictures: readonly Picture[]): Promise<Buffer> {
  const [{ height }] = pictures as [Picture]
  const width = pictures.reduce((sum, picture) => sum + picture.width + GAP_PX, -GAP_PX)
  let left = 0
  const inputs = pictures.map((picture) => {
    const raw = { width: picture.width, height: picture.height, channels: 3 } as const
    const input = { input: Buffer.from(picture.rgb), raw, left, top: 0 }
    left += picture.width + GAP_PX
    return input
  })
  const background = { width, height, channels: 3, background: '#ffffff' } as const
  return sharp({ create: background }).composite(inputs).png({ palette: true, colours: 96 }).toBuffer()
}
