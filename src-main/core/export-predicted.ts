/** Exports of what a run sees in an image: its objects with their table, or the likeliest class of each pixel. */
import path from 'node:path'
import { temporaryIn } from '../files/durable.ts'
import { writeClassImages } from './class-images.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { writeLabelImages } from './label-images.ts'
import { writeObjectTable } from './object-table.ts'
import { type ImageOfOutput, labelRows, withLabels } from './prediction-files.ts'
import type { PredictedImage } from './project-predictions.ts'
import { removeStaleSidecar } from './stale-files.ts'

/** The files, and how many objects are in them. */
export interface PredictedExport {
  outputs: string[]
  objects: number
}

const pagesOf = ({ z, t }: ImageOfOutput): number[] => Array.from({ length: z * t }, (_, page) => page)

/**
 * Writes `BASE_labels.tif` or `.png` and `BASE_objects.csv`, all or nothing. Errors: 'too-many-objects', 'disk-full',
 * 'not-writable'; throws `Stopped`.
 */
export function exportPredictedObjects(
  image: ImageOfOutput,
  base: string,
  format: 'tiff' | 'png',
  { objects, classNames }: PredictedImage,
  job: Job,
): Promise<PredictedExport> {
  const pages = pagesOf(image).map((page) => ({
    ...{ z: page % image.z, t: Math.floor(page / image.z) },
    objects: () => objects(page),
  }))
  const scratch = temporaryIn(path.dirname(base))
  return withLabels({ pages, info: image, classNames, scratch }, job, async (labels, rows) => {
    const rowsOfPages = pages.map((_, place) => () => labelRows(labels, place, job))
    const images = await writeLabelImages(base, format, image, { pages: rowsOfPages, largest: rows.length })
    removeStaleSidecar(base)
    writeObjectTable(`${base}_objects.csv`, rows, image.pixelSizeUm)
    return { outputs: [...images, `${base}_objects.csv`], objects: rows.length }
  })
}

/**
 * Writes `BASE_classes.tif` or `.png`, and the names of the classes, all or nothing. Errors: 'disk-full',
 * 'not-writable'; throws `Stopped`.
 */
export async function exportPredictedClasses(
  image: ImageOfOutput,
  base: string,
  format: 'tiff' | 'png',
  { objects, classes, classNames }: PredictedImage,
  job: Job,
): Promise<PredictedExport> {
  let count = 0
  for (const page of pagesOf(image)) {
    throwIfStopped(job)
    await letOthersWork()
    count += objects(page).classIndex.length - 1 // index 0 is background
  }
  const pages = pagesOf(image).map((page) => () => classes(page))
  return { outputs: await writeClassImages(base, format, image, classNames, pages), objects: count }
}
