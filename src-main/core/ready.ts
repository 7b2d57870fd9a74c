/** Asks, before a run starts, whether it can become anything. */
import { AppError } from '../../src-shared/errors.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { type PaintedImage, type Readiness, readiness } from '../../src-shared/readiness.ts'
import type { Job } from './job.ts'
import type { TaughtPlane } from './taught-planes.ts'

export interface PaintedRun {
  planes: readonly TaughtPlane[]
  /** Pixels of each class that teach, per plane. */
  painted: readonly Float64Array[]
  heldOut: readonly (readonly Rect[])[]
  classNames: readonly string[]
  ringPx: number
  /** What the model to start from was taught; absent: the weights are fresh. */
  fromClassNames?: readonly string[]
  /** The model to start from has learned from some of what is validated on. */
  hasSeenHeldOut?: boolean
}

/** What stands in the way of training on these planes, and what makes a poor network. */
export function judgeReadiness({
  planes,
  painted,
  heldOut,
  classNames,
  ringPx,
  fromClassNames,
  hasSeenHeldOut,
}: PaintedRun): Readiness {
  const teaching = planes.flatMap((plane, index) => (plane.role === 'train' ? [index] : []))
  const judged = planes.filter((plane, index) => plane.role === 'validation' || heldOut[index]!.length > 0)
  return readiness({
    classNames,
    ringPx,
    fromClassNames,
    hasSeenHeldOut,
    training: joinedByImage(teaching.map((index) => ({ plane: planes[index]!, pixels: painted[index]! }))),
    validationPlanes: judged.length,
    validationObjects: judged.reduce((sum, plane) => sum + plane.objects, 0),
  })
}

/** Throws 'not-ready' with what is missing; tells the job what makes a poor network. */
export function requireReadiness({ canStart, problems }: Readiness, job: Job): void {
  const sentences = (wanted: string) => problems.filter(({ severity }) => severity === wanted)
  if (!canStart) {
    const reason = sentences('blocks')
      .map(({ sentence }) => sentence)
      .join(' ')
    throw new AppError('not-ready', { reason })
  }
  for (const { sentence } of sentences('warns')) job.note(sentence.charAt(0).toUpperCase() + sentence.slice(1))
}

/** Planes of one stack count as one image. */
function joinedByImage(painted: { plane: TaughtPlane; pixels: Float64Array }[]): PaintedImage[] {
  return [...Map.groupBy(painted, ({ plane }) => plane.image.id).values()].map((planes) => ({
    name: planes[0]!.plane.image.name,
    objects: planes.reduce((sum, { plane }) => sum + plane.objects, 0),
    paintedPixels: planes[0]!.pixels.map((_, k) => planes.reduce((sum, { pixels }) => sum + pixels[k]!, 0)),
  }))
}
