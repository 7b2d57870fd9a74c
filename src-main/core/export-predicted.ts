/** Exports of what a run sees in an image: its objects with their table, or the likeliest class of each pixel. */
import path from 'node:path'
import { temporaryIn } from '../files/durable.ts'
import { writeClassImages } from './class-images.ts'
import { writeLabelImages } from './label-images.ts'
import { writeObjectTable } from './object-table.ts'
import { type ImageOfOutput, withLabels } from './prediction-files.ts'
import type { PredictedImage } from './project-predictions.ts'
import { removeStaleSidecar } from './stale-files.ts'

/** The files, and how many objects are in them. */
export interface PredictedExport {
  outputs: string[]
  objects: number
}

const pagesOf = ({ z, t }: ImageOfOutput): number[] => Array.from({ length: z * t }, (_, page) => page)

/** Writes `BASE_labels.tif` or `.png` and `BASE_objects.csv`. Errors: 'too-many-objects', 'disk-full', 'not-writable'. */
export function exportPredictedObjects(
  image: ImageOfOutput,
  base: string,
  format: 'tiff' | 'png',
  { objects, classNames }: PredictedImage,
): PredictedExport {
  const pages = pagesOf(image).map((page) => ({
    ...{ z: page % image.z, t: Math.floor(page / image.z) },
    objects: () => objects(page),
  }))
  const scratch = temporaryIn(path.dirname(base))
  return withLabels({ pages, info: image, classNames, scratch }, (labels, rows) => {
    const rect = { x: 0, y: 0, w: image.width, h: image.height }
    const read = pages.map((_, z) => () => labels.readRegion({ z, t: 0, rect }).data as Uint32Array)
    const images = writeLabelImages(base, format, image, read, rows.length)
    removeStaleSidecar(base)
    writeObjectTable(`${base}_objects.csv`, rows, image.pixelSizeUm)
    return { outputs: [...images, `${base}_objects.csv`], objects: rows.length }
  })
}

/** Writes `BASE_classes.tif` or `.png`, and the names of the classes. Errors: 'disk-full', 'not-writable'. */
export function exportPredictedClasses(
  image: ImageOfOutput,
  base: string,
  format: 'tiff' | 'png',
  { objects, classes, classNames }: PredictedImage,
): PredictedExport {
  const pages = pagesOf(image)
  const read = pages.map((page) => () => classes(page))
  const outputs = writeClassImages(base, format, image, classNames, read)
  const countOf = (page: number) => objects(page).classIndex.length - 1 // index 0 is background
  return { outputs, objects: pages.reduce((sum, page) => sum + countOf(page), 0) }
}
