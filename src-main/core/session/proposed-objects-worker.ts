/** The thread in which proposed objects are made of a plane's probabilities, so that painting never waits for it. */
import { parentPort } from 'node:worker_threads'
import { objectsOfClasses } from '../../../src-shared/objects.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import type { TilePosition } from '../../../src-shared/tile-map.ts'
import { readObjectProbabilities } from '../object-probabilities.ts'
import {
  acceptedFill,
  inPart,
  objectsAt,
  type PlacePx,
  type Proposed,
  type ProposedFill,
  rejectedFill,
  spare,
  tilesWith,
} from './proposed-fill.ts'

export interface FillJob {
  /** Pixel file of the plane's probabilities, channel 0 background. */
  file: string
  objects: ObjectsPlan
  /** What of the plane is made into objects. */
  region: Rect
  /** What of the plane may be written: the region and what a ring reaches around it. */
  part: Rect
  /** A wider part, where the region ends in the plane: the ring spares what is proposed beyond its edge. */
  around?: Rect
  /** A pixel of each chosen object; all objects where left out. */
  chosen?: PlacePx[]
  /** A pixel of each object that is left out. */
  except?: PlacePx[]
  /** 1 where nobody has painted, of the part. */
  free: SharedArrayBuffer
  /** Accepted objects get a ring of this width around them; rejected ones become background. */
  fate: { accept: { ringPx: number } } | 'reject'
}

/** What is to be written in the part. */
export interface FillOfPart extends ProposedFill {
  /** The plane's tiles in which that is anything. */
  tiles: TilePosition[]
}

export type FillAnswer = ({ ok: true } & FillOfPart) | { ok: false; message: string; stack?: string }

/** Objects of this many pixels are kept for the next job: one Backspace follows another. */
const MOST_KEPT_PX = 1 << 24
let kept = new Map<string, Proposed>()

/** What a job looks at: the objects of the region in a map of the part, to be changed, and those of a wider part. */
function proposedOf({ file, objects, region, part, around }: FillJob): { proposed: Proposed; wider?: Proposed } {
  const before = kept
  kept = new Map()
  const objectsOf = (rect: Rect): Proposed => {
    const key = JSON.stringify([file, objects, rect])
    const found = before.get(key) ?? computed(file, objects, rect)
    if (found.labels.length <= MOST_KEPT_PX) kept.set(key, found)
    return found
  }
  const own = objectsOf(region)
  const isOurs = own.labels.length > MOST_KEPT_PX && region.w === part.w && region.h === part.h
  return { proposed: isOurs ? own : inPart(own, part), ...(around ? { wider: objectsOf(around) } : {}) }
}

function computed(path: string, objects: ObjectsPlan, rect: Rect): Proposed {
  const { x, y } = rect
  const { width, height, foreground, likeliest } = readObjectProbabilities(path, { rect })
  return { x, y, width, height, ...objectsOfClasses(foreground, likeliest, width, height, objects) }
}

function filled(job: FillJob): FillOfPart {
  const { proposed, wider } = proposedOf(job)
  const isChosen = objectsAt(proposed, job.chosen, job.except)
  const free = new Uint8Array(job.free)
  if (wider) spare(proposed, isChosen, free, wider)
  const { fate, part } = job
  const fill =
    fate === 'reject'
      ? rejectedFill(proposed, isChosen, free)
      : acceptedFill(proposed, isChosen, free, fate.accept.ringPx)
  return { ...fill, tiles: tilesWith(fill.values, part) }
}

parentPort?.on('message', (job: FillJob) => {
  try {
    const fill = filled(job)
    parentPort!.postMessage({ ok: true, ...fill } satisfies FillAnswer, [fill.values.buffer as ArrayBuffer])
  } catch (error) {
    const { message, stack } = error as Error
    parentPort!.postMessage({ ok: false, message, stack } satisfies FillAnswer)
  }
})
