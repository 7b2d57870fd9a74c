/** Objects of a prediction become annotation: one step of undo, and nothing that was painted before is lost. */
import path from 'node:path'
import type { Params } from '../../../src-shared/api.ts'
import { componentsOfEqualValues } from '../../../src-shared/components.ts'
import { distanceTo } from '../../../src-shared/distance.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { objectsOfClasses } from '../../../src-shared/objects.ts'
import { likeliestClasses } from '../../../src-shared/objects-classes.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import type { PlaneChange } from '../../store/index.ts'
import type { Session } from './session.ts'

/** An object of which less than this share is free has been painted already, and is left out. */
const LEAST_FREE = 0.5

type Request = Params<'prediction.accept'>

/**
 * Makes the chosen objects (as `objects` numbers them) objects of the plane's layer, with origin "run N" and state
 * accepted. Pixels that are painted already stay; of an object that they cut, the largest piece is taken; one that is
 * mostly painted is left out. With `ringPx`, unpainted pixels that near to an accepted object become background.
 * Errors: 'prediction-missing', 'plane-missing'.
 */
export async function acceptObjects(
  session: Session,
  { id, plane, objects, chosen, ringPx = 0 }: Request,
  signal: AbortSignal,
): Promise<{ changes: PlaneChange[]; created: number[] }> {
  const { store } = session
  const { width, height } = store.images.get(plane.imageId)
  store.labels.state(plane) // refuses a plane that there is not
  const predicted = readPlane(session, id, plane)
  const { labels: found, classIndex } = objectsOfClasses(
    predicted.foreground,
    predicted.likeliest,
    width,
    height,
    objects,
  )
  signal.throwIfAborted()
  const rect = { x: 0, y: 0, w: width, h: height }
  const map = store.labels.readRegion(plane, rect)
  const wanted = piecesToTake(found, map.data, width, height, chosen && new Set(chosen))
  if (wanted.size === 0) return { changes: [], created: [] }
  const first = store.objects.reserveIds(plane.imageId, plane.layer, wanted.size)
  const idOf = new Map([...wanted.keys()].map((object, index) => [object, first + index]))
  const taken = new Uint8Array(found.length)
  for (const [object, pixels] of wanted) {
    for (const at of pixels) {
      map.data[at] = idOf.get(object)!
      taken[at] = 1
    }
  }
  if (ringPx > 0) drawRing(map.data, taken, width, height, ringPx)
  const classIds = classIdsOf(session, predicted.classNames)
  const classOf = new Map([...idOf].map(([object, objectId]) => [objectId, classIds[classIndex[object]!]!]))
  const { runId } = store.predictions.get(id)
  const changes = store.labels.step(plane.imageId, plane.layer, 'accept', (step) => {
    const origin = `run ${runId ?? id}` as const
    step.writeRegion(plane, 0, 0, map, { origin, classOf: (objectId) => classOf.get(objectId) ?? classIds[1]! })
  })
  return { changes, created: [...idOf.values()] }
}

interface Predicted {
  foreground: Float32Array
  /** Likeliest class but background of each pixel; null where there is one. */
  likeliest: Uint8Array | null
  classNames: string[]
}

/** Probabilities of a plane, whole. Errors: 'prediction-missing'. */
function readPlane(session: Session, id: string, { imageId, z, t }: Request['plane']): Predicted {
  const { predictions } = session.store
  const record = predictions.get(id)
  const plane = predictions.planesOf(id).find((of) => of.imageId === imageId && of.z === z && of.t === t)
  const isThere = session.views
    .prediction(record)
    .planes.some((of) => of.imageId === imageId && of.z === z && of.t === t)
  if (!plane || !isThere) throw new AppError('prediction-missing', { prediction: id })
  const file = PixelFile.open(path.join(predictions.folderOf(id), plane.file))
  try {
    const { width: w, height: h, channels, sampleType } = file.header
    const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w, h } })
    const most = sampleType === 'uint8' ? 255 : sampleType === 'uint16' ? 65535 : 1
    const foreground = Float32Array.from(data.subarray(0, w * h), (background) => 1 - background / most)
    const likeliest = channels > 2 ? likeliestClasses(data, channels) : null
    return { foreground, likeliest, classNames: session.views.factsOf(record).classNames }
  } finally {
    file.close()
  }
}

/** Class ids of the project by class index of the network: by name, else by place; index 0 is not used. */
function classIdsOf({ store }: Session, names: readonly string[]): number[] {
  const classes = store.classes.list()
  const count = Math.max(names.length, classes.length + 1, 2)
  return Array.from({ length: count }, (_, index) => {
    const named = classes.find(({ name }) => name === names[index])
    return (named ?? classes[index - 1] ?? classes[0]!).id
  })
}

/** Pixels of each object to take over: the largest 4-connected piece of what nobody has painted. */
function piecesToTake(
  found: Uint32Array,
  labels: Uint32Array,
  width: number,
  height: number,
  chosen: Set<number> | undefined,
): Map<number, number[]> {
  const area = new Map<number, number>()
  const free = new Uint32Array(found.length)
  for (let at = 0; at < found.length; at++) {
    const object = found[at]!
    if (object === 0 || (chosen && !chosen.has(object))) continue
    area.set(object, (area.get(object) ?? 0) + 1)
    if (labels[at] === LABEL.unpainted) free[at] = object
  }
  const pieces = piecesOf(free, width, height)
  const taken = new Map<number, number[]>()
  for (const [object, whole] of area) {
    const largest = pieces.get(object)
    if (largest && largest.length >= LEAST_FREE * whole) taken.set(object, largest)
  }
  return taken
}

/** The largest 4-connected piece of each value but 0, as pixel positions. */
function piecesOf(values: Uint32Array, width: number, height: number): Map<number, number[]> {
  const { labels: component } = componentsOfEqualValues(values, width, height)
  const pixels = new Map<number, number[]>()
  for (let at = 0; at < component.length; at++) {
    if (component[at] === 0) continue
    const list = pixels.get(component[at]!)
    if (list) list.push(at)
    else pixels.set(component[at]!, [at])
  }
  const largest = new Map<number, number[]>()
  for (const list of pixels.values()) {
    const value = values[list[0]!]!
    if (list.length > (largest.get(value)?.length ?? 0)) largest.set(value, list)
  }
  return largest
}

/** Unpainted pixels up to `ringPx` from what has been taken over become background, so that corrections teach. */
function drawRing(labels: Uint32Array, taken: Uint8Array, width: number, height: number, ringPx: number): void {
  const distance = distanceTo(taken, width, height)
  for (let at = 0; at < labels.length; at++) {
    if (labels[at] === LABEL.unpainted && distance[at]! <= ringPx) labels[at] = LABEL.background
  }
}
