/** Predicted planes as files for other programs, with the pixel size and the pages of the image. */
import { rmSync } from 'node:fs'
import path from 'node:path'
import { type ClassedObjects, objectsOfClasses } from '../../src-shared/objects.ts'
import { likeliestClasses } from '../../src-shared/objects-classes.ts'
import type { Samples } from '../../src-shared/pixels.ts'
import type { PixelSizeUm, Rect } from '../../src-shared/planes.ts'
import { asShown } from '../../src-shared/probability-shares.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import { labelSampleType } from '../imaging/label-files.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { readObjectProbabilities } from './object-probabilities.ts'
import { type ObjectRow, objectRows } from './object-table.ts'
import { writeTiffPages } from './page-images.ts'
import { readHeader } from './pixel-files.ts'
import type { PredictedPlane } from './predict-planes.ts'
import { rowsOf } from './rows.ts'

/** What an output takes over from its image. */
export interface ImageOfOutput {
  width: number
  height: number
  z: number
  t: number
  pixelSizeUm?: PixelSizeUm
}

/** The likeliest class of each pixel, background among them, as rows; of equal ones the first. Throws `Stopped`. */
export const likeliestRows = (file: string, job: Job): AsyncGenerator<Uint8Array> =>
  planeRows(file, job, (pixels, rect) =>
    likeliestClasses(asShown(pixels.readRegion({ z: 0, t: 0, rect }).data), pixels.header.channels, 0),
  )

/** Objects of a whole plane and their classes; `into` as in `readObjectProbabilities`. */
export function readObjects(file: string, objects: ObjectsPlan, into?: Float32Array): ClassedObjects {
  const { foreground, likeliest, width, height } = readObjectProbabilities(file, { into })
  return objectsOfClasses(foreground, likeliest, width, height, objects)
}

/** A page and its objects, which are made when they are asked for. */
export interface ObjectPage {
  z: number
  t: number
  objects: () => ClassedObjects
}

export interface LabelsToGather {
  pages: readonly ObjectPage[]
  info: Pick<ImageOfOutput, 'width' | 'height'>
  /** Background first. */
  classNames: readonly string[]
  /** A file of its own while it works. */
  scratch: string
}

/**
 * Makes the objects of each page once, ids counted on from page to page so that no two pages seem to share an object.
 * `use` gets their ids, page by page in the z of a pixel file, and what there is to say of each object. Nothing but one
 * page is held in memory; what `objects` answers is changed. Errors: 'disk-full', 'not-writable', and those of `use`;
 * throws `Stopped`.
 */
export async function withLabels<R>(
  { pages, info: { width, height }, classNames, scratch }: LabelsToGather,
  job: Job,
  use: (labels: PixelFile, rows: ObjectRow[]) => Promise<R>,
): Promise<R> {
  const labels = PixelFile.create(scratch, { width, height, channels: 1, sampleType: 'uint32', z: pages.length })
  try {
    const rows: ObjectRow[] = []
    for (const [place, { z, t, objects }] of pages.entries()) {
      throwIfStopped(job)
      await letOthersWork()
      const { labels: found, classIndex } = objects()
      const before = rows.length
      const classOf = (id: number) => classNames[classIndex[id]!] ?? String(classIndex[id])
      for (const row of objectRows(found, width, { classOf, offset: before, z, t })) rows.push(row)
      for (let at = 0; at < found.length; at++) if (found[at] !== 0) found[at] = found[at]! + before
      labels.writeRegion({ z: place, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data: found })
    }
    return await use(labels, rows)
  } finally {
    labels.close()
    rmSync(scratch, { force: true })
  }
}

/**
 * Writes the objects of all planes: uint16, or uint32 when they do not fit. Returns what there is to say of each. Errors:
 * 'disk-full', 'not-writable'; throws `Stopped`.
 */
export function writeLabels(
  file: string,
  planes: readonly PredictedPlane[],
  { objects, info, folder, classNames }: LabelsToWrite,
  job: Job,
): Promise<ObjectRow[]> {
  const foreground = new Float32Array(info.width * info.height)
  const pages = planes.map((plane) => ({
    ...{ z: plane.z, t: plane.t },
    objects: () => readObjects(plane.file, objects, foreground),
  }))
  const scratch = path.join(folder, 'labels.cbpx')
  return withLabels({ pages, info, classNames, scratch }, job, async (labels, rows) => {
    const rowsOfPages = pages.map((_, place) => () => labelRows(labels, place, job))
    await writeTiffPages(file, info, { sampleType: labelSampleType(rows.length) }, rowsOfPages)
    return rows
  })
}

/** The ids of one of the pages that `withLabels` has gathered, as rows. */
export const labelRows = (labels: PixelFile, place: number, job: Job): AsyncGenerator<Uint32Array> =>
  rowsOf(labels.header, (rect) => labels.readRegion({ z: place, t: 0, rect }).data as Uint32Array, job)

export interface LabelsToWrite {
  objects: ObjectsPlan
  info: ImageOfOutput
  /** For a file of its own while it works. */
  folder: string
  /** Background first. */
  classNames: readonly string[]
}

/**
 * Writes the probabilities of all classes as float32, channel 0 background. Errors: 'disk-full', 'not-writable'; throws
 * `Stopped`.
 */
export async function writeProbabilities(
  file: string,
  planes: readonly PredictedPlane[],
  info: ImageOfOutput,
  job: Job,
): Promise<void> {
  const { channels } = readHeader(planes[0]!.file)
  const pages = planes.flatMap(({ file }) =>
    Array.from({ length: channels }, (_, channel) => () => channelRows(file, channel, job)),
  )
  await writeTiffPages(file, info, { sampleType: 'float32', channels }, pages)
}

const channelRows = (file: string, channel: number, job: Job): AsyncGenerator<Samples> =>
  planeRows(file, job, (pixels, rect) => pixels.readRegion({ z: 0, t: 0, rect, channels: [channel] }).data)

/** What is read of a plane that is a file of its own, as rows. */
async function* planeRows<Data extends Samples>(
  file: string,
  job: Job,
  read: (pixels: PixelFile, rect: Rect) => Data,
): AsyncGenerator<Data> {
  const pixels = PixelFile.open(file)
  try {
    yield* rowsOf(pixels.header, (rect) => read(pixels, rect), job)
  } finally {
    pixels.close()
  }
}
