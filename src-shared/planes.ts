/** An axis-aligned rectangle of whole pixels: x, y of the upper left pixel, w by h pixels. */
export interface Rect {
  x: number
  y: number
  w: number
  h: number
}

/** One plane of annotation: an image, one of its layers ('objects' by default), a z index and a time index, from 0. */
export interface PlaneKey {
  imageId: number
  layer: string
  z: number
  t: number
}

/** The layer every image has. */
export const DEFAULT_LAYER = 'objects'

/** Physical size of a pixel in micrometres. */
export interface PixelSizeUm {
  x: number
  y: number
  z?: number
}

/** The part of `a` inside `b`; w or h is 0 when they do not meet. */
export function intersect(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x)
  const y = Math.max(a.y, b.y)
  const w = Math.max(0, Math.min(a.x + a.w, b.x + b.w) - x)
  const h = Math.max(0, Math.min(a.y + a.h, b.y + b.h) - y)
  return { x, y, w, h }
}
