/** Exports: label images for other programs, with a sidecar that makes the way back an identity. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import { labelSampleType, writeLabelPng } from '../imaging/label-files.ts'
import { TiffWriter } from '../imaging/tiff-writer.ts'
import { type ImageRecord, ProjectStore, writeFileDurably } from '../store/index.ts'
import { makeFolder } from './folders.ts'
import { type Job, throwIfStopped } from './job.ts'
import { codeRuns, type LabelSidecar } from './label-sidecar.ts'
import { matchesPattern, outputNames } from './names.ts'

export const EXPORT_FORMATS = ['labels-tiff', 'labels-png'] as const
export const EXPORT_SOURCES = ['annotation', 'prediction'] as const

export interface ExportRequest {
  format: (typeof EXPORT_FORMATS)[number]
  out: string
  layer?: string
  /** Only images whose names match. */
  images?: string
  /** Objects are numbered 1, 2, 3 ... instead of keeping their ids. */
  isCompact: boolean
}

export interface ExportedImage {
  image: string
  outputs: string[]
  objects: number
  error?: { code: string; message: string }
}

export interface ExportReport {
  out: string
  files: ExportedImage[]
  failed: number
}

/**
 * Writes `NAME_labels.tif` (all planes) or `NAME_labels.png` (one per plane) and `NAME_labels.json` for every painted
 * image. An image that fails is reported and the others go on. Errors: 'image-unknown', 'nothing-to-export',
 * 'not-writable', 'disk-full'.
 */
export async function exportLabels(project: string, request: ExportRequest, job: Job): Promise<ExportReport> {
  const store = await ProjectStore.open(project, { readOnly: true })
  try {
    const images = paintedImages(store, request)
    makeFolder(request.out)
    const names = outputNames(images.map(({ fileName }) => fileName))
    const report: ExportReport = { out: request.out, files: [], failed: 0 }
    for (const [index, image] of images.entries()) {
      throwIfStopped(job)
      job.progress({ label: 'Exporting', done: index, total: images.length, unit: 'images', detail: image.name })
      report.files.push(exportImage(store, image, path.join(request.out, names[index]!), request))
    }
    report.failed = report.files.filter(({ error }) => error).length
    return report
  } finally {
    store.close()
  }
}

function paintedImages(store: ProjectStore, { images, layer = DEFAULT_LAYER }: ExportRequest): ImageRecord[] {
  const all = store.images.list()
  const named = all.filter(({ fileName }) => images === undefined || matchesPattern(fileName, images))
  if (named.length === 0 && images !== undefined) throw new AppError('image-unknown', { name: images })
  const painted = named.filter(({ id }) => store.labels.planes(id).some((plane) => plane.layer === layer))
  if (painted.length > 0) return painted
  throw new AppError('nothing-to-export', { path: store.folder })
}

function exportImage(store: ProjectStore, image: ImageRecord, base: string, request: ExportRequest): ExportedImage {
  try {
    const layer = request.layer ?? DEFAULT_LAYER
    const objects = store.objects.list(image.id, layer).filter(({ state }) => state !== 'rejected')
    const numbers = request.isCompact ? new Map(objects.map(({ id }, index) => [id, index + 1])) : undefined
    const pages = pagesOf(store, image, layer)
    const images =
      request.format === 'labels-tiff' ? writeTiff(image, base, pages, numbers) : writePngs(image, base, pages, numbers)
    const sidecar = sidecarOf(store, image, layer, pages, numbers)
    writeFileDurably(`${base}_labels.json`, `${JSON.stringify(sidecar)}\n`)
    return { image: image.name, outputs: [...images, `${base}_labels.json`], objects: objects.length }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'disk-full' || error.code === 'not-writable') throw error
    return { image: image.name, outputs: [], objects: 0, error: { code: error.code, message: error.message } }
  }
}

interface Page {
  z: number
  t: number
  isComplete: boolean
  read: () => Uint32Array
}

/** Every plane of the image, z fastest, painted or not. */
function pagesOf(store: ProjectStore, image: ImageRecord, layer: string): Page[] {
  const rect = { x: 0, y: 0, w: image.width, h: image.height }
  return Array.from({ length: image.z * image.t }, (_, page) => {
    const key: PlaneKey = { imageId: image.id, layer, z: page % image.z, t: Math.floor(page / image.z) }
    const { isComplete } = store.labels.state(key)
    return { z: key.z, t: key.t, isComplete, read: () => store.labels.readRegion(key, rect).data }
  })
}

type Numbers = Map<number, number> | undefined

/** Objects only: what is no object becomes 0. */
const objectsOnly = (labels: Uint32Array, numbers: Numbers): Uint32Array =>
  labels.map((label) => (isObjectId(label) ? (numbers ? numbers.get(label)! : label) : 0))

function writeTiff(image: ImageRecord, base: string, pages: readonly Page[], numbers: Numbers): string[] {
  const file = `${base}_labels.tif`
  const largest = pages.reduce(
    (most, page) => objectsOnly(page.read(), numbers).reduce((a, b) => Math.max(a, b), most),
    0,
  )
  const sampleType = labelSampleType(largest)
  const { width, height, z, t, pixelSizeUm } = image
  const tiff = TiffWriter.create(file, { width, height, sampleType, z, t, pixelSizeUm })
  try {
    for (const page of pages) {
      const labels = objectsOnly(page.read(), numbers)
      tiff.writePlane(sampleType === 'uint16' ? Uint16Array.from(labels) : labels)
    }
    tiff.close()
  } catch (error) {
    tiff.abort()
    throw error
  }
  return [file]
}

function writePngs(
  { width, height, z, t }: ImageRecord,
  base: string,
  pages: readonly Page[],
  numbers: Numbers,
): string[] {
  return pages.map((page) => {
    const file = z * t === 1 ? `${base}_labels.png` : `${base}_z${page.z}_t${page.t}_labels.png`
    writeLabelPng(file, { width, height, data: objectsOnly(page.read(), numbers) })
    return file
  })
}

function sidecarOf(
  store: ProjectStore,
  { id, fileName, width, height, z, t }: ImageRecord,
  layer: string,
  pages: readonly Page[],
  numbers: Numbers,
): LabelSidecar {
  const classes = new Map(store.classes.list().map((each) => [each.id, each.name]))
  const objects = store.objects.list(id, layer).filter(({ state }) => state !== 'rejected')
  return {
    format: 'cellbrush-labels 1',
    ...{ image: fileName, layer, width, height, z, t },
    objects: objects.map(({ id, classId, origin, state }) => ({
      value: numbers ? numbers.get(id)! : id,
      id,
      class: classes.get(classId)!,
      ...{ origin, state },
    })),
    planes: pages.map((page) => ({ z: page.z, t: page.t, isComplete: page.isComplete, ...codeRuns(page.read()) })),
  }
}
