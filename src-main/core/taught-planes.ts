/** Which painted planes a run learns from and which it is judged by. */

import { AppError } from '../../src-shared/errors.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import type { ImageRecord, ProjectStore } from '../store/index.ts'
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
 * The painted planes of the images that are not set aside for tests; with a memory, what is counted of them is counted
 * once. Errors: 'image-unknown' when a pattern names no
 * image of the project, 'not-ready' when nothing of what is left is painted.
 */
export function chooseTaughtPlanes(store: ProjectStore, choice: PlaneChoice, memory?: PaintMemory): TaughtPlane[] {
  const { layer = DEFAULT_LAYER } = choice
  const all = store.images.list()
  const wanted = choice.imageIds && new Set(choice.imageIds)
  const named = imagesMatching(all, choice.images).filter(({ id }) => wanted?.has(id) ?? true)
  const judged = choice.validate === undefined ? [] : imagesMatching(all, choice.validate)
  const isJudged = new Set(judged.map(({ id }) => id))
  const images = [...named.filter(({ id }) => !isJudged.has(id)), ...judged].filter(({ role }) => role !== 'test')
  const classIndex = new Map(store.classes.list().map(({ id }, index) => [id, index + 1]))
  const planes = images.flatMap((image) => {
    const role = isJudged.has(image.id) || image.role === 'validation' ? 'validation' : 'train'
    return paintedPlanesOf(store, image, layer, classIndex, memory).map((plane) => ({ ...plane, role }) as TaughtPlane)
  })
  if (planes.length > 0) return planes
  const reason = all.length === 0 ? 'the project has no images; import some first.' : NOTHING_PAINTED
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

function paintedPlanesOf(
  store: ProjectStore,
  image: ImageRecord,
  layer: string,
  classIndex: Map<number, number>,
  memory: PaintMemory | undefined,
): Omit<TaughtPlane, 'role'>[] {
  const states = store.labels.planes(image.id).filter((state) => state.layer === layer)
  const objects = states.length === 0 ? [] : store.objects.list(image.id, layer)
  const classOf = new Map(objects.map(({ id, classId }) => [id, classIndex.get(classId) ?? 1]))
  return states.flatMap(({ isComplete, ...state }) => {
    const key: PlaneKey = { imageId: image.id, layer, z: state.z, t: state.t }
    const ids = [...store.labels.areas(key).keys()]
    if (ids.length === 0 && !isComplete) return []
    const present = ids.filter(isObjectId)
    const objectClasses = Object.fromEntries(
      present.filter((id) => (classOf.get(id) ?? 1) !== 1).map((id) => [String(id), classOf.get(id)!]),
    )
    const { width, height } = image
    const read: PaintedPlane['read'] = (rect) => store.labels.readRegion(key, rect).data
    const remembered = memory?.of(store, key, { isComplete, objectClasses })
    return [{ image, key, width, height, isComplete, objectClasses, objects: present.length, read, remembered }]
  })
}
