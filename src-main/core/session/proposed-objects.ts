/**
 * Objects of a prediction become annotation, or background where they are wrong: one step of undo, and nothing that was
 * painted before or meanwhile is lost. Made in a thread and in pieces, so that painting does not wait.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Params } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { intersect, type PlaneKey, type Rect } from '../../../src-shared/planes.ts'
import { TILE_PX, type TilePosition, tileRect } from '../../../src-shared/tile-map.ts'
import type { FilledObjects, PlaneChange } from '../../store/index.ts'
import { letOthersWork } from '../job.ts'
import type { PlacePx } from './proposed-fill.ts'
import type { FillJob } from './proposed-objects-worker.ts'
import type { Session } from './session.ts'
import { classIdsOf } from './views.ts'

/** How long tiles are made ready before others may work, in milliseconds. */
const TURN_MS = 8
/** So far beyond a region its neighbours are looked for, in pixels: what is cut there is far from any ring. */
const AROUND_PX = 128

export interface FillOutcome {
  changes: PlaneChange[]
  /** Objects that were accepted, or are remembered as rejected. */
  objectIds: number[]
  /** A pixel of each chosen object that was left out when others were accepted. */
  leftOut: PlacePx[]
  /** Names the step in answers of undo and redo. */
  action: string
}

/**
 * Makes the chosen objects annotation of the plane's layer, with origin "run N" and state accepted. Pixels that are
 * painted already stay; of an object that they cut, the largest piece is taken; one that is mostly painted is left out.
 * With `ringPx`, unpainted pixels that near to an accepted object become background, but for what is proposed there and
 * was not chosen. Errors: 'prediction-missing',
 * 'plane-missing'.
 */
export const acceptObjects = (
  session: Session,
  { ringPx = 0, ...request }: Params<'prediction.accept'>,
  signal: AbortSignal,
): Promise<FillOutcome> => fillPlane(session, 'accept', { accept: { ringPx } }, request, signal)

/**
 * Writes background on all pixels of the chosen objects that nobody has painted, and remembers the objects as rejected.
 * Errors: as accepting.
 */
export const rejectObjects = (
  session: Session,
  request: Params<'prediction.reject'>,
  signal: AbortSignal,
): Promise<FillOutcome> => fillPlane(session, 'reject', 'reject', request, signal)

async function fillPlane(
  session: Session,
  kind: 'accept' | 'reject',
  fate: FillJob['fate'],
  { id, plane, objects, region: wanted, ...which }: Omit<Params<'prediction.accept'>, 'ringPx'>,
  signal: AbortSignal,
): Promise<FillOutcome> {
  const { store, objectThread } = session
  const { width, height } = store.images.get(plane.imageId)
  store.labels.state(plane) // refuses a plane that there is not
  const { file, classNames, origin } = predictedPlane(session, id, plane)
  const whole = { x: 0, y: 0, w: width, h: height }
  const region = wanted ? intersect(wanted, whole) : whole
  const reach = fate === 'reject' ? 0 : Math.ceil(fate.accept.ringPx)
  const part = intersect(grown(region, reach), whole)
  const around = wanted && reach > 0 ? { around: intersect(grown(part, AROUND_PX), whole) } : {}
  const free = await freePixels(session, plane, part, signal)
  const { values, classes, tiles, leftOut } = await objectThread.fill(
    { file, objects, region, part, ...around, ...which, free, fate },
    signal,
  )
  const action = randomUUID()
  if (classes.length === 0) return { changes: [], objectIds: [], leftOut, action }
  const first = store.objects.reserveIds(plane.imageId, plane.layer, classes.length)
  const source = { plane, kind, actionId: action, valuesOf: tileReader(values, part, first) }
  const classIds = classIdsOf(session.store, classNames)
  const pairs = Array.from(classes, (index, place) => [first + place, classIds[index]!] as const)
  const state = kind === 'accept' ? 'accepted' : 'rejected'
  const filled: FilledObjects = { origin, state, objects: pairs }
  return { ...(await writeInPieces(session, source, tiles.values(), filled, signal)), leftOut, action }
}

const grown = ({ x, y, w, h }: Rect, by: number): Rect => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by })

/** Where the probabilities of a plane are, and what made them. Errors: 'prediction-missing'. */
function predictedPlane(session: Session, id: string, { imageId, z, t }: PlaneKey) {
  const { predictions } = session.store
  const record = predictions.get(id)
  const plane = predictions.planesOf(id).find((of) => of.imageId === imageId && of.z === z && of.t === t)
  if (!plane) throw new AppError('prediction-missing', { prediction: id })
  const file = path.join(predictions.folderOf(id), plane.file)
  return { file, classNames: session.views.factsOf(record).classNames, origin: `run ${record.runId ?? id}` as const }
}

/** 1 where nobody has painted in a part of the plane; only painted tiles are read. */
async function freePixels(
  { store }: Session,
  plane: PlaneKey,
  part: Rect,
  signal: AbortSignal,
): Promise<SharedArrayBuffer> {
  const buffer = new SharedArrayBuffer(part.w * part.h)
  const free = new Uint8Array(buffer)
  for (let at = 0; at < free.length; at += 1 << 24) {
    free.fill(1, at, at + (1 << 24))
    await letOthersWork()
  }
  for (const tile of store.labels.tiles(plane)) {
    const rect = intersect(tileRect(tile), part)
    if (rect.w === 0 || rect.h === 0) continue
    signal.throwIfAborted()
    await letOthersWork()
    const { data } = store.labels.readRegion(plane, rect)
    for (let at = 0, row = 0; row < rect.h; row++) {
      const to = (rect.y - part.y + row) * part.w + rect.x - part.x
      for (let x = 0; x < rect.w; x++, at++) if (data[at] !== LABEL.unpainted) free[to + x] = 0
    }
  }
  return buffer
}

async function writeInPieces(
  { store }: Session,
  source: Parameters<Session['store']['labels']['fill']>[0],
  positions: Iterator<TilePosition>,
  filled: FilledObjects,
  signal: AbortSignal,
): Promise<Omit<FillOutcome, 'action' | 'leftOut'>> {
  const fill = store.labels.fill(source)
  try {
    while (fill.prepare(positions, TURN_MS)) {
      await letOthersWork()
      signal.throwIfAborted()
    }
    return fill.commit(filled)
  } catch (error) {
    fill.abandon()
    throw error
  }
}

/** The values of a tile, out of those of the part, with the ids that its objects have got. */
const tileReader =
  (values: Uint32Array, part: Rect, first: number) =>
  (at: TilePosition): Uint32Array => {
    const tile = new Uint32Array(TILE_PX * TILE_PX)
    const whole = tileRect(at)
    const { x, y, w, h } = intersect(whole, part)
    for (let row = 0; row < h; row++) {
      const from = (y - part.y + row) * part.w + x - part.x
      const to = (y - whole.y + row) * TILE_PX + x - whole.x
      for (let column = 0; column < w; column++) {
        const value = values[from + column]!
        tile[to + column] = value >= LABEL.firstObject ? value - LABEL.firstObject + first : value
      }
    }
    return tile
  }
