/** Import: images, and masks of them, into a project. Files come before rows, so nothing half-imported is ever seen. */
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { DEFAULT_LAYER } from '../../src-shared/planes.ts'
import type { ImageInfo } from '../imaging/image-info.ts'
import { importPixels } from '../imaging/import-pixels.ts'
import { listImages, listMasks } from '../imaging/list-images.ts'
import { type ImageRole, type ImageStore, type Original, ProjectStore } from '../store/index.ts'
import { type Job, Stopped, throwIfStopped } from './job.ts'
import {
  type ImportedMask,
  MASK_KINDS,
  type MaskReading,
  maskReader,
  type ReadMask,
  requireClassRoom,
  withReadyMaps,
  writeMask,
} from './mask-import.ts'
import { type MatchedMasks, masksOfImages } from './masks-of-images.ts'
import { stemOf } from './names.ts'
import { pixelPath } from './pixel-files.ts'

export { MASK_KINDS }
export const ROLES = ['train', 'validation', 'test'] as const satisfies readonly ImageRole[]

export interface ImportRequest extends MaskReading {
  /** Files, folders and patterns. */
  inputs: readonly string[]
  /** A folder of masks, one mask for one image, or several of either. */
  masks?: string | readonly string[]
  /** What new images are for; known ones get it too. 'train' where left out. */
  role?: ImageRole
  layer?: string
  /** Unpainted pixels of the masks are background. */
  isComplete: boolean
  /** Originals stay where they are; the project keeps their place, their hash and what it decoded. */
  link?: boolean
}

export interface ImportedFile {
  path: string
  name: string
  status: 'imported' | 'existing' | 'failed'
  /** It was in the trash. */
  isPutBack?: true
  imageId?: number
  width?: number
  height?: number
  channels?: number
  sampleType?: string
  /** Planes: z times t. */
  planes?: number
  pixelSizeUm?: { x: number; y: number; z?: number }
  /** The kind of the mask that was taken in, "none" where a folder of masks has none of this name. */
  mask?: string
  objects?: number
  error?: { code: string; message: string }
}

export interface ImportReport {
  files: ImportedFile[]
  imported: number
  existing: number
  failed: number
  /** Paths of the masks that belong to none of the images. */
  unmatchedMasks: string[]
}

/** What an import had done when it was stopped, and what it had not come to. */
export interface StoppedImport {
  report: ImportReport
  left: { files: string[]; masks: string[] }
}

/**
 * Imports every file; one that fails is reported, leaves nothing behind, and the others go on. Errors: 'project-*',
 * 'file-missing', 'nothing-to-import', 'mask-unmatched' when no mask belongs to any image, 'class-unknown', 'disk-full'.
 */
export async function importImages(project: string, request: ImportRequest, job: Job): Promise<ImportReport> {
  listInputs(request.inputs) // what cannot be meant is said before the project is opened
  const store = await ProjectStore.open(project, { program: 'cellbrush import' })
  try {
    return await importInto(store, request, job)
  } finally {
    store.close()
  }
}

/** The same into a project that is open; `onStopped` hears how far it came where it was stopped, before that is thrown. */
export async function importInto(
  store: ProjectStore,
  request: ImportRequest,
  job: Job,
  onStopped: (stopped: StoppedImport) => void = () => {},
): Promise<ImportReport> {
  const { files: found, missing } = listInputs(request.inputs)
  const files = withoutMasks(found, request)
  const { matches, unmatched } = await masksOfImages(files, request.masks, job)
  const readerOf = maskReader(request, job.signal)
  const done = [...missing]
  try {
    for (const [index, file] of files.entries()) {
      throwIfStopped(job)
      const name = path.basename(file)
      job.progress({ label: 'Importing', done: index, total: files.length, unit: 'files', detail: name })
      done.push(await attempt(store, file, readerOf(matches?.[index]), request, job))
    }
  } catch (error) {
    const count = done.length - missing.length
    if (error instanceof Stopped) {
      onStopped({ report: reportOf(done, unmatched), left: leftOf(files, matches, count) })
    }
    throw error
  }
  return reportOf(done, unmatched)
}

function reportOf(files: ImportedFile[], unmatchedMasks: string[]): ImportReport {
  const count = (status: ImportedFile['status']) => files.filter((file) => file.status === status).length
  return { files, imported: count('imported'), existing: count('existing'), failed: count('failed'), unmatchedMasks }
}

/** What is to be imported when `done` files are in: the pages of one stack of masks are counted from the first image. */
function leftOf(files: readonly string[], matches: MatchedMasks['matches'], done: number): StoppedImport['left'] {
  const from = matches?.some((match) => match?.page !== undefined) ? 0 : done
  return { files: files.slice(from), masks: (matches ?? []).slice(from).flatMap((match) => match?.masks ?? []) }
}

/** Inputs that are not there are reported like files that cannot be read, unless nothing is left. */
function listInputs(inputs: readonly string[]): { files: string[]; missing: ImportedFile[] } {
  const missing: ImportedFile[] = []
  const found = inputs.filter((input) => {
    try {
      return listImages([input]).length > 0
    } catch (error) {
      if (!(error instanceof AppError) || inputs.length === 1) throw error
      missing.push(failedFile(input, error))
      return false
    }
  })
  return { files: listImages(found), missing }
}

/** Masks that lie in a folder of images are no images, whatever their folder is called. */
function withoutMasks(files: readonly string[], { inputs, masks = [] }: ImportRequest): readonly string[] {
  const inside = [masks].flat().filter((mask) => inputs.some((input) => isWithin(mask, input)))
  if (inside.length === 0) return files
  const excluded = new Set(listMasks(inside).map((file) => path.resolve(file)))
  return files.filter((file) => !excluded.has(path.resolve(file)))
}

function isWithin(file: string, folder: string): boolean {
  const way = path.relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}

const failedFile = (file: string, { code, message }: AppError): ImportedFile => ({
  path: file,
  name: path.basename(file),
  status: 'failed',
  error: { code, message },
})

async function attempt(
  store: ProjectStore,
  file: string,
  readMask: ReadMask | undefined,
  request: ImportRequest,
  job: Job,
): Promise<ImportedFile> {
  try {
    return await importFile(store, file, readMask, request, job)
  } catch (error) {
    if (job.signal.aborted) throw new Stopped()
    // A full disk fails every file after this one: say it once and end.
    if (!(error instanceof AppError) || error.code === 'disk-full') throw error
    return failedFile(file, error)
  }
}

async function importFile(
  store: ProjectStore,
  file: string,
  readMask: ReadMask | undefined,
  request: ImportRequest,
  job: Job,
): Promise<ImportedFile> {
  const original = await store.images.addOriginal(file, { link: request.link })
  const pixels = pixelPath(store.folder, original.sha256)
  const isKnown = store.images.hasFile(original.sha256)
  const hadPixels = existsSync(pixels)
  try {
    const info = await importPixels(original.path, pixels, { signal: job.signal }).catch((error) => {
      throw namedLike(error, original.path, file)
    })
    const mask = await readMask?.({ info, path: file })
    const add = () => addImage(store, original, info, file, request)
    if (mask === undefined) return describe(file, add(), request.masks !== undefined)
    const { layer = DEFAULT_LAYER, isComplete } = request
    const maps = mask.pages.map((data) => ({ width: info.width, height: info.height, data }))
    return await withReadyMaps(store, maps, job, (ready) => {
      requireClassRoom(store, mask, ready)
      const added = add()
      const objects = writeMask(store, added.image, mask, ready, { layer, isComplete })
      return describe(file, added, true, mask, objects)
    })
  } catch (error) {
    // The row is the last thing made: where it is missing, the files are nobody's.
    if (!isKnown && !store.images.hasFile(original.sha256)) {
      if (original.linkedPath === undefined) rmSync(original.path, { force: true })
      if (!hadPixels) rmSync(pixels, { force: true })
    }
    throw error
  }
}

/** The message names the file the person knows, not the project's copy of it. */
function namedLike(error: unknown, copy: string, file: string): unknown {
  if (!(error instanceof AppError) || error.of.path !== copy) return error
  return new AppError(error.code, { ...error.of, path: file }, { cause: error })
}

function addImage(store: ProjectStore, original: Original, info: ImageInfo, file: string, { role }: ImportRequest) {
  const { width, height, channels, sampleType, z, t, pixelSizeUm } = info
  const shape = { width, height, channels, sampleType, z, t, ...(pixelSizeUm === undefined ? {} : { pixelSizeUm }) }
  const added = store.images.add({ original, name: stemOf(file), ...shape, ...(role === undefined ? {} : { role }) })
  if (!added.isNew && role !== undefined) store.images.setRole(added.image.id, role)
  return added
}

function describe(
  file: string,
  { image, isNew, isPutBack }: ReturnType<ImageStore['add']>,
  hasMasks: boolean,
  mask?: ImportedMask,
  objects?: number,
): ImportedFile {
  const { id, width, height, channels, sampleType, z, t, pixelSizeUm } = image
  return {
    path: file,
    name: path.basename(file),
    status: isNew ? 'imported' : 'existing',
    ...(isPutBack ? { isPutBack } : {}),
    imageId: id,
    ...{ width, height, channels, sampleType, planes: z * t },
    ...(pixelSizeUm === undefined ? {} : { pixelSizeUm }),
    ...(hasMasks ? { mask: mask?.kind ?? 'none' } : {}),
    ...(objects === undefined ? {} : { objects }),
  }
}
