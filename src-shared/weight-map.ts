/**
 * The weight map of Ronneberger et al. 2015, equation 2: w(x) = wc(x) + w0 exp(-(d1(x) + d2(x))^2 / (2 sigma^2)), d1 and
 * d2 the exact Euclidean distances to the nearest and second nearest object (docs/science.md, "Weight map").
 */
import { forEachRowOfTwoNearest } from './distance.ts'
import { intersect, type Rect } from './planes.ts'

export interface BorderShape {
  /** Height of the border term: 10 in the paper. */
  w0: number
  /** Its width in pixels: 5 in the paper. */
  sigmaPx: number
}

/** Where the border term is less than this share of w0 it counts as zero. */
const NEGLIGIBLE = 1e-6

/** Largest d1 + d2, in pixels, at which the border term is not zero: 26.3 for sigma 5. */
export const borderReachPx = ({ sigmaPx }: Pick<BorderShape, 'sigmaPx'>): number =>
  sigmaPx * Math.sqrt(-2 * Math.log(NEGLIGIBLE))

/**
 * The border term of each pixel of a label map; zero inside objects and with fewer than two objects. It is given on
 * every pixel outside objects: whether such a pixel is background, and weighs at all, is for the targets to say.
 */
export function borderTerm(labels: Uint32Array, width: number, height: number, shape: BorderShape): Float32Array {
  const term = new Float32Array(width * height)
  if (shape.w0 === 0) return term
  const farthest = borderReachPx(shape) ** 2
  const factor = -1 / (2 * shape.sigmaPx * shape.sigmaPx)
  forEachRowOfTwoNearest(labels, width, height, (y, squared1, squared2) => {
    const start = y * width
    for (let x = 0; x < width; x++) {
      const near = squared1[x]!
      const far = squared2[x]!
      if (near === 0 || far > farthest) continue
      const sum = near + far + 2 * Math.sqrt(near * far) // (d1 + d2)^2
      if (sum <= farthest) term[start + x] = shape.w0 * Math.exp(sum * factor)
    }
  })
  return term
}

/** The border term of one window of a plane, equal to that part of the plane's: reads the labels within reach of it. */
export function borderTermOfWindow(
  labels: Uint32Array,
  width: number,
  height: number,
  shape: BorderShape,
  window: Rect,
): Float32Array {
  const plane = { x: 0, y: 0, w: width, h: height }
  const inner = intersect(window, plane)
  const outer = intersect(grown(inner, borderReachPx(shape)), plane)
  return cut(borderTerm(cut(labels, width, outer), outer.w, outer.h, shape), outer.w, {
    ...inner,
    x: inner.x - outer.x,
    y: inner.y - outer.y,
  })
}

/**
 * Brings `term` up to date, in place, after labels changed inside `changed`; returns the window that was rewritten.
 * Farther than the reach of the Gaussian from every changed pixel the term is what it was.
 */
export function updateBorderTerm(
  term: Float32Array,
  labels: Uint32Array,
  width: number,
  height: number,
  shape: BorderShape,
  changed: Rect,
): Rect {
  const window = intersect(grown(changed, borderReachPx(shape)), { x: 0, y: 0, w: width, h: height })
  const part = borderTermOfWindow(labels, width, height, shape, window)
  for (let y = 0; y < window.h; y++) {
    term.set(part.subarray(y * window.w, (y + 1) * window.w), (window.y + y) * width + window.x)
  }
  return window
}

/**
 * wc of each class: painted pixels / (classes x painted pixels of the class), so that every class weighs the same over
 * the training set and a painted pixel weighs 1 on average. A class nobody has painted gets 0.
 */
export function classWeights(paintedPixels: ArrayLike<number>): number[] {
  const counts = Array.from(paintedPixels)
  const all = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (count === 0 ? 0 : all / (counts.length * count)))
}

function grown({ x, y, w, h }: Rect, by: number): Rect {
  const margin = Math.ceil(by)
  return { x: x - margin, y: y - margin, w: w + 2 * margin, h: h + 2 * margin }
}

function cut<T extends Uint32Array | Float32Array>(data: T, width: number, { x, y, w, h }: Rect): T {
  const part = new (data.constructor as new (length: number) => T)(w * h)
  for (let row = 0; row < h; row++) {
    part.set(data.subarray((y + row) * width + x, (y + row) * width + x + w), row * w)
  }
  return part
}
