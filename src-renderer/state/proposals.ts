/** Objects out of a plane's probabilities, with how doubtful each is; the same steps as the host's when it accepts them. */
import { type DecidedByPaint, decidedByPaint } from '../../src-shared/already-painted.ts'
import { objectsOfClasses } from '../../src-shared/objects.ts'
import { likeliestClasses } from '../../src-shared/objects-classes.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'

export interface Proposal {
  /** Number in the map, from 1, as `prediction.accept` counts them. */
  id: number
  /** Class index, 1 the first class of the project. */
  classIndex: number
  areaPx: number
  box: Rect
  /** 0 (all pixels certain) to 1 (all at one half): the mean of 1 - |2f - 1| over its pixels. */
  doubt: number
}

export interface Proposals {
  /** 0 background, 1..n, row by row. */
  labels: Uint32Array<ArrayBuffer>
  objects: Proposal[]
  decided: DecidedByPaint
}

function foregroundOf(bytes: Uint8Array, size: number): Float32Array {
  const foreground = new Float32Array(size)
  for (let at = 0; at < size; at++) foreground[at] = 1 - bytes[at]! / 255
  return foreground
}

/** What the sliders do not change of a plane. */
export interface ProbabilityPlane {
  foreground: Float32Array
  /** Likeliest class but background of each pixel; null where there is one. */
  likeliest: Uint8Array | null
  width: number
  height: number
}

/** `bytes` are probabilities p * 255, class by class, [K, h, w]; class 0 is background. */
export function probabilityPlane(bytes: Uint8Array, width: number, height: number): ProbabilityPlane {
  const classes = bytes.length / (width * height)
  const likeliest = classes > 2 ? likeliestClasses(bytes, classes) : null
  return { foreground: foregroundOf(bytes, width * height), likeliest, width, height }
}

/** `painted` is what is painted where the plane is, codes and ids of labels.ts; null for nothing. */
export function proposalsOf(plane: ProbabilityPlane, plan: ObjectsPlan, painted: Uint32Array | null = null): Proposals {
  const { foreground, likeliest, width, height } = plane
  const { labels, classIndex } = objectsOfClasses(foreground, likeliest, width, height, plan)
  return {
    labels: labels as Uint32Array<ArrayBuffer>,
    objects: measured(labels, foreground, width, height, classIndex),
    decided: painted ? decidedByPaint(labels, painted) : { inAnnotation: new Set(), asNoObject: new Set() },
  }
}

function measured(
  labels: Uint32Array,
  foreground: Float32Array,
  width: number,
  height: number,
  classIndex: Uint8Array,
): Proposal[] {
  const found: { areaPx: number; doubt: number; left: number; top: number; right: number; bottom: number }[] = []
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const id = labels[at]!
      if (id === 0) continue
      found[id] ??= { areaPx: 0, doubt: 0, left: x, top: y, right: x, bottom: y }
      const object = found[id]
      object.areaPx++
      object.doubt += 1 - Math.abs(2 * foreground[at]! - 1)
      if (x < object.left) object.left = x
      if (x > object.right) object.right = x
      object.bottom = y
    }
  }
  return found.flatMap(({ areaPx, doubt, left, top, right, bottom }, id) => ({
    id,
    classIndex: classIndex[id]!,
    areaPx,
    box: { x: left, y: top, w: right - left + 1, h: bottom - top + 1 },
    doubt: doubt / areaPx,
  }))
}
