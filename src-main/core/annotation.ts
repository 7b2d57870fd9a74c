/** Painting without a window: strokes from a file, undo and redo. */
import { randomUUID } from 'node:crypto'
import { AppError } from '../../src-shared/errors.ts'
import { type ImageRecord, ProjectStore } from '../store/index.ts'
import { type Job, throwIfStopped } from './job.ts'
import { type PlacedStroke, readStrokes } from './stroke-file.ts'

export interface AnnotateRequest {
  /** Name, file name or id of an image. */
  image: string
  strokesFile?: string
  /** How many actions to take back, or to do again, after the strokes. */
  undo?: number
  redo?: number
  layer: string
  z: number
  t: number
}

export interface AnnotateReport {
  image: string
  imageId: number
  layer: string
  /** Strokes in the file, and how many of them changed something: one sent before, by its id, does not. */
  strokes: number
  changed: number
  undone: number
  redone: number
  /** Of the plane that z and t name. */
  revision: number
  objects: number
}

/**
 * Applies strokes (each is one undoable action), then undoes or redoes. The whole file is checked before the first
 * stroke is painted. Errors: 'image-unknown', 'strokes-invalid', 'plane-missing', 'project-busy'.
 */
export async function annotate(project: string, request: AnnotateRequest, job: Job): Promise<AnnotateReport> {
  const store = await ProjectStore.open(project, { program: 'cellbrush annotate' })
  try {
    const image = findImage(store, request.image)
    const { layer, z, t } = request
    const strokes = request.strokesFile === undefined ? [] : strokesOf(store, image, request.strokesFile, request)
    const painted = paint(store, image, strokes, request, job)
    const repeat = (count: number, act: () => unknown): number => {
      let done = 0
      while (done < count && act() !== null) done++
      return done
    }
    const undone = repeat(request.undo ?? 0, () => store.labels.undo(image.id, layer))
    const redone = repeat(request.redo ?? 0, () => store.labels.redo(image.id, layer))
    const { revision } = store.labels.state({ imageId: image.id, layer, z, t })
    const objects = store.objects.list(image.id, layer).filter(({ state }) => state !== 'rejected').length
    return { image: image.name, imageId: image.id, layer, ...painted, undone, redone, revision, objects }
  } finally {
    store.close()
  }
}

/** The one image a person means by a name or an id. Errors: 'image-unknown', 'usage' when several share the name. */
export function findImage(store: ProjectStore, wanted: string): ImageRecord {
  const all = store.images.list()
  const exact = all.filter(({ name, fileName }) => name === wanted || fileName === wanted)
  const found = exact.length > 0 ? exact : all.filter(({ id }) => String(id) === wanted)
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new AppError('image-unknown', { name: wanted })
  const ids = found.map(({ id }) => id).join(', ')
  throw new AppError('usage', { reason: `Several images are called "${wanted}"; use one of their ids: ${ids}.` })
}

function strokesOf(store: ProjectStore, image: ImageRecord, file: string, { z, t }: AnnotateRequest): PlacedStroke[] {
  const batch = randomUUID()
  const strokes = readStrokes(file, {
    classIdOf: (name) => store.classes.find(name)?.id,
    idOf: (line) => `${batch}-${line}`,
  })
  for (const stroke of strokes) {
    const at = { z: stroke.z ?? z, t: stroke.t ?? t }
    if (at.z < image.z && at.t < image.t) continue
    throw new AppError('plane-missing', { image: image.name, ...at, depth: image.z, times: image.t })
  }
  return strokes
}

function paint(
  store: ProjectStore,
  image: ImageRecord,
  strokes: readonly PlacedStroke[],
  { layer, z, t }: AnnotateRequest,
  job: Job,
): { strokes: number; changed: number } {
  let changed = 0
  for (const [index, { stroke, line: _, ...place }] of strokes.entries()) {
    throwIfStopped(job)
    const key = { imageId: image.id, layer: place.layer ?? layer, z: place.z ?? z, t: place.t ?? t }
    const before = store.labels.state(key).revision
    if (store.labels.apply(key, stroke).revision > before) changed++
    job.progress({ label: 'Painting', done: index + 1, total: strokes.length, unit: 'strokes' })
  }
  return { strokes: strokes.length, changed }
}
