/** Exports: label images for other programs, with a sidecar that makes the way back an identity. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import { type ImageRecord, ProjectStore, writeFileDurably } from '../store/index.ts'
import { UNKNOWN_CLASS, writeClassImages } from './class-images.ts'
import type { Engine } from './engine.ts'
import { exportPredictedClasses, exportPredictedObjects } from './export-predicted.ts'
import { makeFolder } from './folders.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { writeLabelImages } from './label-images.ts'
import { codeRuns, type LabelSidecar } from './label-sidecar.ts'
import { matchesPattern, outputNames } from './names.ts'
import { type PredictedObjects, predictedObjects, recordPredictions } from './project-predictions.ts'
import { removeStaleTable } from './stale-files.ts'

export const EXPORT_FORMATS = ['labels-tiff', 'labels-png', 'classes-tiff', 'classes-png'] as const
export const EXPORT_SOURCES = ['annotation', 'prediction'] as const

export interface ExportRequest {
  format: (typeof EXPORT_FORMATS)[number]
  out: string
  layer?: string
  source?: (typeof EXPORT_SOURCES)[number]
  /** Of predictions: whose; the newest run with a model where left out. */
  run?: string
  /** Only images whose names match. */
  images?: string
  /** Only these images. */
  imageIds?: readonly number[]
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
 * Writes `NAME_labels.tif` (all planes) or `NAME_labels.png` (one per plane) for every image, with `NAME_labels.json`
 * for what is painted and `NAME_objects.csv` for what is predicted; or `NAME_classes.tif`, `.png` and `.json`. An image that fails is reported and the others go on. Errors: 'image-unknown', 'nothing-to-export',
 * 'not-writable', 'disk-full'.
 */
export async function exportLabels(
  project: string,
  request: ExportRequest,
  job: Job,
  engine?: Engine,
): Promise<ExportReport> {
  const store = await ProjectStore.open(project, { readOnly: true })
  try {
    const report = await exportFrom(store, request, job, engine)
    if (request.source === 'prediction') await recordPredictions(project)
    return report
  } finally {
    store.close()
  }
}

/** The same from a project that is open; new predictions are not listed in it yet. */
export async function exportFrom(
  store: ProjectStore,
  request: ExportRequest,
  job: Job,
  engine?: Engine,
): Promise<ExportReport> {
  const predicted = engine && request.source === 'prediction' ? predictedObjects(store, request.run, engine, job) : null
  const images = predicted ? imagesNamed(store, request) : paintedImages(store, request)
  makeFolder(request.out)
  const fileNames = images.map(({ fileName }) => fileName)
  const names = outputNames(fileNames, (_, index) => images[index]!.id)
  const report: ExportReport = { out: request.out, files: [], failed: 0 }
  for (const [index, image] of images.entries()) {
    throwIfStopped(job)
    await letOthersWork()
    job.progress({ label: 'Exporting', done: index, total: images.length, unit: 'images', detail: image.name })
    const base = path.join(request.out, names[index]!)
    report.files.push(await attempt(image, () => exportImage(store, image, base, request, predicted)))
  }
  report.failed = report.files.filter(({ error }) => error).length
  return report
}

function imagesNamed(store: ProjectStore, { images: pattern, imageIds }: ExportRequest): ImageRecord[] {
  const wanted = imageIds && new Set(imageIds)
  const all = store.images.list().filter(({ id }) => wanted?.has(id) ?? true)
  const named = all.filter(({ fileName }) => pattern === undefined || matchesPattern(fileName, pattern))
  if (named.length > 0) return named
  if (pattern !== undefined) throw new AppError('image-unknown', { name: pattern })
  throw new AppError('nothing-to-export', { path: store.folder })
}

function paintedImages(store: ProjectStore, request: ExportRequest): ImageRecord[] {
  const { layer = DEFAULT_LAYER } = request
  const named = imagesNamed(store, request)
  const painted = named.filter(({ id }) => store.labels.planes(id).some((plane) => plane.layer === layer))
  if (painted.length > 0) return painted
  throw new AppError('nothing-to-export', { path: store.folder })
}

async function attempt(image: ImageRecord, act: () => Promise<ExportedImage>): Promise<ExportedImage> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof AppError) || error.exitCode !== 3) throw error
    return { image: image.name, outputs: [], objects: 0, error: { code: error.code, message: error.message } }
  }
}

async function exportImage(
  store: ProjectStore,
  image: ImageRecord,
  base: string,
  request: ExportRequest,
  predicted: PredictedObjects | null,
): Promise<ExportedImage> {
  const layer = request.layer ?? DEFAULT_LAYER
  if (predicted) {
    const exportPredicted = isOfClasses(request) ? exportPredictedClasses : exportPredictedObjects
    return { image: image.name, ...exportPredicted(image, base, fileFormat(request), await predicted(image)) }
  }
  const objects = store.objects.list(image.id, layer).filter(({ state }) => state !== 'rejected')
  const numbers = request.isCompact ? new Map(objects.map(({ id }, index) => [id, index + 1])) : undefined
  const pages = pagesOf(store, image, layer)
  if (isOfClasses(request)) {
    const outputs = writePaintedClasses(store, image, base, request, { pages, objects })
    return { image: image.name, outputs, objects: objects.length }
  }
  const read = pages.map((page) => () => objectsOnly(page.read(), numbers))
  const images = writeLabelImages(base, fileFormat(request), image, read)
  const sidecar = sidecarOf(store, image, layer, pages, numbers)
  writeFileDurably(`${base}_labels.json`, `${JSON.stringify(sidecar)}\n`)
  removeStaleTable(base)
  return { image: image.name, outputs: [...images, `${base}_labels.json`], objects: objects.length }
}

const isOfClasses = ({ format }: ExportRequest): boolean => format.startsWith('classes-')
const fileFormat = ({ format }: ExportRequest): 'tiff' | 'png' => (format.endsWith('-tiff') ? 'tiff' : 'png')

/** Classes as painted: background and boundary are 0, what is not known `UNKNOWN_CLASS`. */
function writePaintedClasses(
  store: ProjectStore,
  image: ImageRecord,
  base: string,
  request: ExportRequest,
  { pages, objects }: { pages: readonly Page[]; objects: readonly { id: number; classId: number }[] },
): string[] {
  const classes = store.classes.list()
  const indexOf = new Map(classes.map(({ id }, index) => [id, index + 1]))
  const classOf = new Map(objects.map(({ id, classId }) => [id, indexOf.get(classId)!]))
  const codes = (isComplete: boolean) =>
    new Map<number, number>([
      [LABEL.unpainted, isComplete ? 0 : UNKNOWN_CLASS],
      [LABEL.background, 0],
      [LABEL.boundary, 0],
      [LABEL.ignore, UNKNOWN_CLASS],
    ])
  const read = pages.map(({ isComplete, read }) => () => {
    const values = codes(isComplete)
    // An object that is not listed was rejected: nobody knows what is there.
    return Uint8Array.from(read(), (label) => values.get(label) ?? classOf.get(label) ?? UNKNOWN_CLASS)
  })
  return writeClassImages(base, fileFormat(request), image, ['background', ...classes.map(({ name }) => name)], read)
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

function sidecarOf(
  store: ProjectStore,
  { id, fileName, sha256, width, height, z, t }: ImageRecord,
  layer: string,
  pages: readonly Page[],
  numbers: Numbers,
): LabelSidecar {
  const classes = new Map(store.classes.list().map((each) => [each.id, each.name]))
  const objects = store.objects.list(id, layer).filter(({ state }) => state !== 'rejected')
  return {
    format: 'cellbrush-labels 1',
    ...{ image: fileName, sha256, layer, width, height, z, t },
    objects: objects.map(({ id, classId, origin, state }) => ({
      value: numbers ? numbers.get(id)! : id,
      id,
      class: classes.get(classId)!,
      ...{ origin, state },
    })),
    planes: pages.map((page) => ({ z: page.z, t: page.t, isComplete: page.isComplete, ...codeRuns(page.read()) })),
  }
}
