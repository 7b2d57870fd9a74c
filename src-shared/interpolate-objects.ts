/**
 * An object between two planes that show it: shape-based interpolation (Raya and Udupa 1990, "Shape-based interpolation
 * of multidimensional objects"; Herman, Zheng and Bucholtz 1992). Each outline becomes a signed distance map, the maps
 * are blended, and where the blend is negative is the object. Both outlines are first moved so that their centroids
 * coincide, on the way from one to the other: without that a thin or moving object would vanish in the middle.
 */
import { distanceTo } from './distance.ts'

/** Pixels of one object inside a rectangle of a plane, row by row; non-zero is object. */
export interface ObjectMask {
  x: number
  y: number
  w: number
  h: number
  data: Uint8Array
}

/**
 * The object at `share` (0: as `from`, 1: as `to`) of the way. Exactly `from` at 0 and `to` at 1; empty (w = 0) only
 * when both are.
 */
export function interpolateObject(from: ObjectMask, to: ObjectMask, share: number): ObjectMask {
  const [start, end] = [centroid(from), centroid(to)]
  if (!start || !end) return { x: 0, y: 0, w: 0, h: 0, data: new Uint8Array() }
  const here = { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share }
  const one = moved(from, Math.round(here.x - start.x), Math.round(here.y - start.y))
  const other = moved(to, Math.round(here.x - end.x), Math.round(here.y - end.y))
  const x = Math.min(one.x, other.x)
  const y = Math.min(one.y, other.y)
  const w = Math.max(one.x + one.w, other.x + other.w) - x
  const h = Math.max(one.y + one.h, other.y + other.h) - y
  const inOne = signedDistance(placed(one, { x, y, w, h }), w, h)
  const inOther = signedDistance(placed(other, { x, y, w, h }), w, h)
  const data = new Uint8Array(w * h)
  for (let at = 0; at < data.length; at++) {
    if (inOne[at]! * (1 - share) + inOther[at]! * share < 0) data[at] = 1
  }
  return { x, y, w, h, data }
}

/**
 * Distance in pixels to the outline, which runs between the pixels: negative inside the mask, positive outside, never 0.
 * What lies beyond the rectangle is outside. Infinity everywhere for an empty mask.
 */
export function signedDistance(mask: Uint8Array, width: number, height: number): Float32Array {
  // One pixel of outside all around, so that a mask that fills the rectangle has an outline too.
  const [w, h] = [width + 2, height + 2]
  const inside = new Uint8Array(w * h)
  const outside = new Uint8Array(w * h).fill(1)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!mask[y * width + x]) continue
      inside[(y + 1) * w + x + 1] = 1
      outside[(y + 1) * w + x + 1] = 0
    }
  }
  const toInside = distanceTo(inside, w, h)
  const toOutside = distanceTo(outside, w, h)
  const signed = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y + 1) * w + x + 1
      signed[y * width + x] = inside[at] ? 0.5 - toOutside[at]! : toInside[at]! - 0.5
    }
  }
  return signed
}

const moved = (mask: ObjectMask, dx: number, dy: number): ObjectMask => ({ ...mask, x: mask.x + dx, y: mask.y + dy })

/** The mask in a larger rectangle that holds it. */
function placed(mask: ObjectMask, into: { x: number; y: number; w: number; h: number }): Uint8Array {
  const data = new Uint8Array(into.w * into.h)
  for (let row = 0; row < mask.h; row++) {
    const to = (mask.y - into.y + row) * into.w + mask.x - into.x
    data.set(mask.data.subarray(row * mask.w, (row + 1) * mask.w), to)
  }
  return data
}

/** Mean of the pixel centres; undefined without pixels. */
function centroid({ x, y, w, data }: ObjectMask): { x: number; y: number } | undefined {
  let [count, sumX, sumY] = [0, 0, 0]
  for (let at = 0; at < data.length; at++) {
    if (!data[at]) continue
    count++
    sumX += at % w
    sumY += Math.floor(at / w)
  }
  return count === 0 ? undefined : { x: x + sumX / count, y: y + sumY / count }
}
