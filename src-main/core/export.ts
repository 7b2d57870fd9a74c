/** Exports: label images for other programs, with a sidecar that makes the way back an identity. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import { type ImageRecord, type ObjectRecord, ProjectStore, writeFileDurably } from '../store/index.ts'
import { UNKNOWN_CLASS, UNPAINTED_CLASS, writeClassImages } from './class-images.ts'
import type { Engine } from './engine.ts'
import { exportPredictedClasses, exportPredictedObjects } from './export-predicted.ts'
import { makeFolder } from './folders.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { writeLabelImages } from './label-images.ts'
import { CodeRuns, type LabelSidecar } from './label-sidecar.ts'
import { matchesPattern, outputNames } from './names.ts'
import { predictedObjects, recordPredictions } from './project-predictions.ts'
import { rowsOf } from './rows.ts'
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
 * for what is painted and `NAME_objects.csv` for what is predicted; or `NAME_classes.tif`, `.png` and `.json`. What is
 * painted is exported as it is at this moment. An image that fails is reported and the others go on; the files of an
 * image appear together, or none of them. Errors: 'image-unknown', 'nothing-to-export', 'not-writable', 'disk-full';
 * throws `Stopped`.
 */
export async function exportLabels(
  project: string,
  request: ExportRequest,
  job: Job,
  engine?: Engine,
): Promise<ExportReport> {
  if (!engine || request.source !== 'prediction') return exportPainted(project, request, job)
  const store = await ProjectStore.open(project, { readOnly: true })
  try {
    const report = await exportPredicted(store, request, job, engine)
    await recordPredictions(project)
    return report
  } finally {
    store.close()
  }
}

/** The same from a project that is open; new predictions are not listed in it yet. */
export const exportFrom = (
  store: ProjectStore,
  request: ExportRequest,
  job: Job,
  engine?: Engine,
): Promise<ExportReport> =>
  engine && request.source === 'prediction'
    ? exportPredicted(store, request, job, engine)
    : exportPainted(store.folder, request, job)

/** From a snapshot: what is painted while this goes on is in none of the files, and none tells of it. */
async function exportPainted(project: string, request: ExportRequest, job: Job): Promise<ExportReport> {
  const store = await ProjectStore.snapshot(project)
  try {
    return await exportEach(paintedImages(store, request), request, job, (image, base, ofImage) => {
      const writePainted = isOfClasses(request) ? writePaintedClasses : writePaintedObjects
      return writePainted(store, image, base, request, ofImage)
    })
  } finally {
    store.close()
  }
}

function exportPredicted(store: ProjectStore, request: ExportRequest, job: Job, engine: Engine): Promise<ExportReport> {
  const predicted = predictedObjects(store, request.run, engine, job)
  const writePredicted = isOfClasses(request) ? exportPredictedClasses : exportPredictedObjects
  return exportEach(imagesNamed(store, request), request, job, async (image, base, ofImage) =>
    writePredicted(image, base, fileFormat(request), await predicted(image), ofImage),
  )
}

interface ImageJob extends Job {
  /** How much of the image is written, 0 to 1. */
  share: (share: number) => void
}

/** Writes the files of one image, all or nothing. */
type WriteImage = (
  image: ImageRecord,
  base: string,
  job: ImageJob,
) => Promise<Pick<ExportedImage, 'outputs' | 'objects'>>

async function exportEach(
  images: readonly ImageRecord[],
  request: ExportRequest,
  job: Job,
  write: WriteImage,
): Promise<ExportReport> {
  makeFolder(request.out)
  const fileNames = images.map(({ fileName }) => fileName)
  const names = outputNames(fileNames, (_, index) => images[index]!.id)
  const report: ExportReport = { out: request.out, files: [], failed: 0 }
  for (const [index, image] of images.entries()) {
    throwIfStopped(job)
    await letOthersWork()
    const of = { label: 'Exporting', total: images.length, unit: 'images', detail: image.name }
    const share = (share: number) => job.progress({ ...of, done: index + share })
    share(0)
    const base = path.join(request.out, names[index]!)
    report.files.push(await attempt(image, () => write(image, base, { ...job, share })))
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

async function attempt(image: ImageRecord, write: () => ReturnType<WriteImage>): Promise<ExportedImage> {
  try {
    return { image: image.name, ...(await write()) }
  } catch (error) {
    if (!(error instanceof AppError) || error.exitCode !== 3) throw error
    return { image: image.name, outputs: [], objects: 0, error: { code: error.code, message: error.message } }
  }
}

const isOfClasses = ({ format }: ExportRequest): boolean => format.startsWith('classes-')
const fileFormat = ({ format }: ExportRequest): 'tiff' | 'png' => (format.endsWith('-tiff') ? 'tiff' : 'png')

/** Objects as painted, in the image; in the file beside it what else is known of them and of the plane. */
async function writePaintedObjects(
  store: ProjectStore,
  image: ImageRecord,
  base: string,
  request: ExportRequest,
  job: ImageJob,
): ReturnType<WriteImage> {
  const layer = request.layer ?? DEFAULT_LAYER
  const objects = knownObjects(store, image, layer)
  const numbers = request.isCompact ? new Map(objects.map(({ id }, index) => [id, index + 1])) : undefined
  const largest = numbers ? objects.length : (objects.at(-1)?.id ?? 0)
  const planes = pagesOf(store, image, layer, job).map((page) => ({ ...page, found: new CodeRuns() }))
  const pages = planes.map(
    ({ rows, found }) =>
      () =>
        mapped(rows(), (labels) => objectsOnly(labels, numbers, found)),
  )
  const images = await writeLabelImages(base, fileFormat(request), image, { pages, largest })
  const sidecar: LabelSidecar = {
    format: 'cellbrush-labels 1',
    ...describe(image, layer),
    objects: describeObjects(store, objects, numbers),
    planes: planes.map(({ z, t, isComplete, found }) => ({ z, t, isComplete, ...found.runs })),
  }
  writeFileDurably(`${base}_labels.json`, `${JSON.stringify(sidecar)}\n`)
  removeStaleTable(base)
  return { outputs: [...images, `${base}_labels.json`], objects: objects.length }
}

/** Classes as painted: background and boundary are 0. */
async function writePaintedClasses(
  store: ProjectStore,
  image: ImageRecord,
  base: string,
  request: ExportRequest,
  job: ImageJob,
): ReturnType<WriteImage> {
  const layer = request.layer ?? DEFAULT_LAYER
  const objects = knownObjects(store, image, layer)
  const classes = store.classes.list()
  const indexOf = new Map(classes.map(({ id }, index) => [id, index + 1]))
  const classOf = new Map(objects.map(({ id, classId }) => [id, indexOf.get(classId)!]))
  const pages = pagesOf(store, image, layer, job).map(({ isComplete, rows }) => () => {
    const codes = classesOfCodes(isComplete)
    // An object that is not listed was rejected: nobody knows what is there.
    const classAt = (label: number) => codes.get(label) ?? classOf.get(label) ?? UNKNOWN_CLASS
    return mapped(rows(), (labels) => eachOnce(labels, classAt))
  })
  const names = ['background', ...classes.map(({ name }) => name)]
  return { outputs: await writeClassImages(base, fileFormat(request), image, names, pages), objects: objects.length }
}

/** Labels are mostly flat: few pixels need a look at the table. */
function eachOnce(labels: Uint32Array, classAt: (label: number) => number): Uint8Array {
  const classes = new Uint8Array(labels.length)
  for (let at = 0; at < labels.length; at++) {
    classes[at] = at > 0 && labels[at] === labels[at - 1] ? classes[at - 1]! : classAt(labels[at]!)
  }
  return classes
}

const classesOfCodes = (isComplete: boolean): ReadonlyMap<number, number> =>
  new Map<number, number>([
    [LABEL.unpainted, isComplete ? 0 : UNPAINTED_CLASS],
    [LABEL.background, 0],
    [LABEL.boundary, 0],
    [LABEL.ignore, UNKNOWN_CLASS],
  ])

/** By growing id. */
const knownObjects = (store: ProjectStore, { id }: ImageRecord, layer: string): ObjectRecord[] =>
  store.objects.list(id, layer).filter(({ state }) => state !== 'rejected')

interface Page {
  z: number
  t: number
  isComplete: boolean
  rows: () => AsyncIterable<Uint32Array>
}

/** Every plane of the image, z fastest, painted or not. */
function pagesOf(store: ProjectStore, image: ImageRecord, layer: string, job: ImageJob): Page[] {
  const count = image.z * image.t
  return Array.from({ length: count }, (_, page) => {
    const key: PlaneKey = { imageId: image.id, layer, z: page % image.z, t: Math.floor(page / image.z) }
    const { isComplete } = store.labels.state(key)
    const rows = () => {
      job.share(page / count)
      return rowsOf(image, (rect) => store.labels.readRegion(key, rect).data, job)
    }
    return { z: key.z, t: key.t, isComplete, rows }
  })
}

async function* mapped<From, To>(all: AsyncIterable<From>, map: (one: From) => To): AsyncGenerator<To> {
  for await (const one of all) yield map(one)
}

type Numbers = ReadonlyMap<number, number> | undefined

/** Objects only: what is no object becomes 0, and is told to `found`. */
function objectsOnly(labels: Uint32Array, numbers: Numbers, found: CodeRuns): Uint32Array {
  found.add(labels)
  return labels.map((label) => (isObjectId(label) ? (numbers ? numbers.get(label)! : label) : 0))
}

const describe = ({ fileName, sha256, width, height, z, t }: ImageRecord, layer: string) => ({
  ...{ image: fileName, sha256, layer, width, height, z, t },
})

function describeObjects(
  store: ProjectStore,
  objects: readonly ObjectRecord[],
  numbers: Numbers,
): LabelSidecar['objects'] {
  const classes = new Map(store.classes.list().map(({ id, name }) => [id, name]))
  return objects.map(({ id, classId, origin, state }) => ({
    value: numbers ? numbers.get(id)! : id,
    id,
    class: classes.get(classId)!,
    ...{ origin, state },
  }))
}
