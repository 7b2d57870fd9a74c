/** Which painted planes a run learns from and which it is judged by. */

import { AppError } from '../../src-shared/errors.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import type { ImageRecord, ProjectStore } from '../store/index.ts'
import { letOthersWork } from './job.ts'
import { matchesPattern } from './names.ts'
import type { PaintMemory } from './paint-memory.ts'
import type { PaintedPlane } from './painted.ts'

/** A painted plane as a run will see it. */
export interface TaughtPlane extends PaintedPlane {
  image: ImageRecord
  key: PlaneKey
  role: 'train' | 'validation'
  /** Number of objects on the plane. */
  objects: number
}

export interface PlaneChoice {
  /** Only images whose names match. */
  images?: string
  /** Only these images. */
  imageIds?: readonly number[]
  /** Images that are validated on in this run, beside those whose role is validation. */
  validate?: string
  layer?: string
}

/**
 * The painted planes of the images that are not set aside for tests, all as they are at one moment. Errors:
 * 'image-unknown' when a pattern names no image of the project, 'not-ready' when nothing of what is left is painted.
 */
export function chooseTaughtPlanes(store: ProjectStore, choice: PlaneChoice): TaughtPlane[] {
  const planes = [...taughtPlanes(store, choice)]
  requirePainted(store, planes)
  return planes
}

/** The same, one after the other, with pauses in which others may work; what is counted of them is counted once. */
export async function lookForTaughtPlanes(
  store: ProjectStore,
  choice: PlaneChoice,
  memory: PaintMemory | undefined,
  signal: AbortSignal | undefined,
): Promise<TaughtPlane[]> {
  const planes: TaughtPlane[] = []
  for (const plane of taughtPlanes(store, choice, memory)) {
    planes.push(plane)
    await letOthersWork()
    signal?.throwIfAborted()
  }
  requirePainted(store, planes)
  return planes
}

function* taughtPlanes(store: ProjectStore, choice: PlaneChoice, memory?: PaintMemory): Generator<TaughtPlane> {
  const { layer = DEFAULT_LAYER } = choice
  const all = store.images.list()
  const wanted = choice.imageIds && new Set(choice.imageIds)
  const named = imagesMatching(all, choice.images).filter(({ id }) => wanted?.has(id) ?? true)
  const judged = choice.validate === undefined ? [] : imagesMatching(all, choice.validate)
  const isJudged = new Set(judged.map(({ id }) => id))
  const images = [...named.filter(({ id }) => !isJudged.has(id)), ...judged].filter(({ role }) => role !== 'test')
  for (const image of images) {
    const role = isJudged.has(image.id) || image.role === 'validation' ? 'validation' : 'train'
    for (const plane of paintedPlanesOf(store, image, layer, memory)) yield { ...plane, role }
  }
}

function requirePainted({ images }: ProjectStore, planes: readonly TaughtPlane[]): void {
  if (planes.length > 0) return
  const reason = images.list().length === 0 ? 'the project has no images; import some first.' : NOTHING_PAINTED
  throw new AppError('not-ready', { reason })
}

const NOTHING_PAINTED = 'nothing is painted in these images; paint a few objects or import masks first.'

function imagesMatching(images: readonly ImageRecord[], pattern: string | undefined): ImageRecord[] {
  if (pattern === undefined) return [...images]
  const found = images.filter(
    ({ name, fileName }) => matchesPattern(name, pattern) || matchesPattern(fileName, pattern),
  )
  if (found.length === 0) throw new AppError('image-unknown', { name: pattern })
  return found
}

function* paintedPlanesOf(
  store: ProjectStore,
  image: ImageRecord,
  layer: string,
  memory: PaintMemory | undefined,
): Generator<Omit<TaughtPlane, 'role'>> {
  const states = store.labels.planes(image.id).filter((state) => state.layer === layer)
  const classOf = states.length === 0 ? new Map() : laterClasses(store, image.id, layer)
  for (const state of states) {
    const { isComplete, z, t } = state
    const key: PlaneKey = { imageId: image.id, layer, z, t }
    const labels = memory?.labelsOf(store, state) ?? Uint32Array.from(store.labels.areas(key).keys())
    if (labels.length === 0 && !isComplete) continue
    const objects = labels.filter(isObjectId)
    const objectClasses: Record<string, number> = {}
    if (classOf.size > 0) {
      for (const id of objects) if (classOf.has(id)) objectClasses[id] = classOf.get(id)!
    }
    const { width, height } = image
    const read: PaintedPlane['read'] = (rect) => store.labels.readRegion(key, rect).data
    const remembered = memory?.of(store, state, { isComplete, objectClasses })
    yield { image, key, width, height, isComplete, objectClasses, objects: objects.length, read, remembered }
  }
}

/** Class index of the objects of a layer that have another class than the first. */
function laterClasses({ classes, objects }: ProjectStore, imageId: number, layer: string): Map<number, number> {
  const later = classes.list().slice(1)
  return new Map(
    later.flatMap((ofClass, index) =>
      objects.ofClass(imageId, layer, ofClass.id).map((id) => [id, index + 2] as const),
    ),
  )
}
