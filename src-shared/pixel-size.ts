/** Physical sizes of pixels: which are believed, and when two are so different that a network would see other cells. */
import * as v from 'valibot'
import type { PixelSizeUm } from './planes.ts'
import type { ObjectsPlan } from './run-plan.ts'

/** Sides that are believed, in micrometres: from a hundredth of a nanometre to a decimetre. */
export const PIXEL_SIDE_UM = { least: 1e-5, most: 1e5 } as const

const side = v.pipe(v.number(), v.minValue(PIXEL_SIDE_UM.least), v.maxValue(PIXEL_SIDE_UM.most))

/** Micrometres; z is the distance of planes. */
export const pixelSizeSchema = v.strictObject({ x: side, y: side, z: v.optional(side) })

/** Pixels of the network to one of an image. */
export interface Scale {
  x: number
  y: number
}

/** A network sees sizes in pixels: pixel sizes that differ by more are other sizes of cells to it. */
const LARGEST_RATIO = 1.05

/** How an image is brought to the wanted pixel size; undefined where a size is not known, or they agree within 5 %. */
export function scaleBetween(
  found: PixelSizeUm | undefined,
  wanted: Pick<PixelSizeUm, 'x' | 'y'> | undefined,
): Scale | undefined {
  if (found === undefined || wanted === undefined) return undefined
  const scale: Scale = { x: found.x / wanted.x, y: found.y / wanted.y }
  const ratio = Math.max(scale.x, 1 / scale.x, scale.y, 1 / scale.y)
  return ratio > LARGEST_RATIO ? scale : undefined
}

/** Width and height of an image after scaling, at least one pixel each. */
export const scaledSize = ({ width, height }: { width: number; height: number }, { x, y }: Scale) => ({
  width: Math.max(1, Math.round(width * x)),
  height: Math.max(1, Math.round(height * y)),
})

/**
 * How a network makes objects, whose areas and distances are its own pixels, on the grid of an image that was predicted
 * at `scale`. Distances are kept to a tenth of a pixel.
 */
export const objectsOnImage = (objects: ObjectsPlan, { x, y }: Scale): ObjectsPlan => ({
  ...objects,
  minimumAreaPx: Math.round(objects.minimumAreaPx / (x * y)),
  regrowPx: Math.round((10 * objects.regrowPx) / Math.sqrt(x * y)) / 10,
})
