/** The thread in which proposed objects are made of a plane's probabilities, so that painting never waits for it. */
import { parentPort } from 'node:worker_threads'
import { objectsOfClasses } from '../../../src-shared/objects.ts'
import { likeliestClasses } from '../../../src-shared/objects-classes.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import {
  acceptedFill,
  objectsAt,
  type PlacePx,
  type Proposed,
  type ProposedFill,
  rejectedFill,
} from './proposed-fill.ts'

export interface FillJob {
  /** Pixel file of the plane's probabilities, channel 0 background. */
  file: string
  objects: ObjectsPlan
  /** A pixel of each chosen object; all objects where left out. */
  chosen?: PlacePx[]
  /** A pixel of each object that is left out. */
  except?: PlacePx[]
  /** 1 where nobody has painted. */
  free: SharedArrayBuffer
  /** Accepted objects get a ring of this width around them; rejected ones become background. */
  fate: { accept: { ringPx: number } } | 'reject'
}

export type FillAnswer = ({ ok: true } & ProposedFill) | { ok: false; message: string; stack?: string }

/** Objects of planes up to this size are kept for the next job: one Backspace follows another. */
const MOST_KEPT_PX = 1 << 24
let kept: { key: string; proposed: Proposed } | undefined

function proposedOf({ file, objects }: FillJob): Proposed {
  const key = JSON.stringify([file, objects])
  const proposed = kept?.key === key ? kept.proposed : computed(file, objects)
  const isKept = proposed.labels.length <= MOST_KEPT_PX
  kept = isKept ? { key, proposed } : undefined
  return isKept ? { ...proposed, labels: proposed.labels.slice() } : proposed
}

function computed(path: string, objects: ObjectsPlan): Proposed {
  const file = PixelFile.open(path)
  try {
    const { width, height, channels, sampleType } = file.header
    const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: width, h: height } })
    const most = sampleType === 'uint8' ? 255 : sampleType === 'uint16' ? 65535 : 1
    const foreground = new Float32Array(width * height)
    for (let at = 0; at < foreground.length; at++) foreground[at] = 1 - data[at]! / most
    const likeliest = channels > 2 ? likeliestClasses(data, channels) : null
    return { width, height, ...objectsOfClasses(foreground, likeliest, width, height, objects) }
  } finally {
    file.close()
  }
}

function filled(job: FillJob): ProposedFill {
  const proposed = proposedOf(job)
  const isChosen = objectsAt(proposed, job.chosen, job.except)
  const free = new Uint8Array(job.free)
  if (job.fate === 'reject') return rejectedFill(proposed, isChosen, free)
  return acceptedFill(proposed, isChosen, free, job.fate.accept.ringPx)
}

parentPort?.on('message', (job: FillJob) => {
  try {
    const { values, classes } = filled(job)
    const answer: FillAnswer = { ok: true, values, classes }
    parentPort!.postMessage(answer, [values.buffer as ArrayBuffer])
  } catch (error) {
    const { message, stack } = error as Error
    parentPort!.postMessage({ ok: false, message, stack } satisfies FillAnswer)
  }
})
