/** Objects out of a plane's probabilities, with how doubtful each is; the same steps as the host's when it accepts them. */
import { classesOfObjects, objectsFromProbabilities } from '../../src-shared/objects.ts'
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
}

/** `bytes` are probabilities p * 255, class by class, [K, h, w]; class 0 is background. */
export function foregroundOf(bytes: Uint8Array, size: number): Float32Array {
  const foreground = new Float32Array(size)
  for (let at = 0; at < size; at++) foreground[at] = 1 - bytes[at]! / 255
  return foreground
}

export function proposalsOf(
  bytes: Uint8Array,
  foreground: Float32Array,
  width: number,
  height: number,
  plan: ObjectsPlan,
): Proposals {
  const size = width * height
  const classes = bytes.length / size
  const labels = objectsFromProbabilities(foreground, width, height, plan) as Uint32Array<ArrayBuffer>
  const classIndex = classes > 2 ? classesOfObjects(labels, Float32Array.from(bytes), classes) : null
  return { labels, objects: measured(labels, foreground, width, height, classIndex) }
}

function measured(
  labels: Uint32Array,
  foreground: Float32Array,
  width: number,
  height: number,
  classIndex: Uint8Array | null,
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
    classIndex: classIndex?.[id] ?? 1,
    areaPx,
    box: { x: left, y: top, w: right - left + 1, h: bottom - top + 1 },
    doubt: doubt / areaPx,
  }))
}
