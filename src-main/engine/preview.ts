/** The held-out region whose prediction is shown while a network is trained, and its snapshots as bytes. */
import type { Rect } from '../../src-shared/planes.ts'
import { NOT_COUNTED, PREVIEW_SIDE_PX, type PreviewRegion } from '../../src-shared/previews.ts'
import type { SamplePlane } from '../../src-shared/sampler-patch.ts'
import { bestWindow, countColumns } from './best-window.ts'

/** A held-out rectangle and what is taught there. */
export interface PreviewSource {
  plane: SamplePlane
  rect: Rect
  classIndex: Uint8Array
  weight: Float32Array
}

/** What stands beside the snapshots: the grey picture and the truth, a byte each per pixel. */
export interface PreviewBase {
  /** Mean of the network's input channels, the plane's percentiles at 0 and 255. */
  grey: Uint8Array
  /** Class index, or `NOT_COUNTED`. */
  truth: Uint8Array
}

/**
 * The part that shows the most of what is painted: those with objects and background first, of them the one with the
 * most known pixels, of equal ones the first. A large part that is hardly painted would be all hatched.
 */
export function choosePreview(sources: readonly PreviewSource[], classes: number): Preview | null {
  const previews = sources.map((source) => new Preview(source, classes))
  return previews.reduce<Preview | null>((best, one) => (best === null || showsMore(one, best) ? one : best), null)
}

function showsMore(one: Preview, other: Preview): boolean {
  if (one.hasObjectsAndBackground !== other.hasObjectsAndBackground) return one.hasObjectsAndBackground
  return one.knownPixels > other.knownPixels
}

export class Preview {
  readonly region: PreviewRegion
  readonly source: PreviewSource
  /** Whether something of both is known in the region. */
  readonly hasObjectsAndBackground: boolean
  /** How many pixels of the region have a known truth. */
  readonly knownPixels: number
  /** Inside the source's rectangle. */
  readonly #window: Rect

  constructor(source: PreviewSource, classes: number) {
    const { rect, weight, plane } = source
    const { imageId, name, z, t } = plane.item
    this.source = source
    this.#window = bestWindow(rect.w, rect.h, PREVIEW_SIDE_PX, (strip, cellPx) =>
      countColumns(strip, cellPx, (x, y) => weight[(strip.y + y) * rect.w + x]! > 0),
    )
    const { x, y, w, h } = this.#window
    this.region = { format: 1, imageId, name, z, t, rect: { x: rect.x + x, y: rect.y + y, w, h }, classes }
    const { background, objects } = this.#known()
    this.hasObjectsAndBackground = background > 0 && objects > 0
    this.knownPixels = background + objects
  }

  base(): PreviewBase {
    const { plane, classIndex, weight, rect } = this.source
    const { w, h } = this.#window
    const values = plane.readPixels(this.region.rect) // [channels, h, w]
    const grey = new Uint8Array(w * h)
    const truth = new Uint8Array(w * h)
    const channels = values.length / (w * h)
    for (let at = 0; at < grey.length; at++) {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += values[c * w * h + at]!
      grey[at] = Math.max(0, Math.min(255, Math.round((255 * sum) / channels)))
      const from = (this.#window.y + Math.floor(at / w)) * rect.w + this.#window.x + (at % w)
      truth[at] = weight[from]! > 0 ? classIndex[from]! : NOT_COUNTED
    }
    return { grey, truth }
  }

  /** The region's part of the probabilities `[K, h, w]` of the source's rectangle, as bytes (p * 255) `[K, h, w]`. */
  cut(probabilities: Float32Array): Uint8Array<ArrayBuffer> {
    const { rect } = this.source
    const { x, y, w, h } = this.#window
    const snapshot = new Uint8Array(this.region.classes * w * h)
    for (let c = 0, to = 0; c < this.region.classes; c++) {
      for (let row = 0; row < h; row++) {
        const from = (c * rect.h + y + row) * rect.w + x
        for (let column = 0; column < w; column++, to++) snapshot[to] = asByte(probabilities[from + column]!)
      }
    }
    return snapshot
  }

  #known(): { background: number; objects: number } {
    const { classIndex, weight, rect } = this.source
    const { x, y, w, h } = this.#window
    const known = { background: 0, objects: 0 }
    for (let row = y; row < y + h; row++) {
      for (let at = row * rect.w + x, end = at + w; at < end; at++) {
        if (weight[at]! > 0) known[classIndex[at] === 0 ? 'background' : 'objects']++
      }
    }
    return known
  }
}

/** A probability in 255ths; what rounding took above 1 or below 0 is brought back. */
const asByte = (p: number): number => Math.max(0, Math.min(255, Math.round(p * 255)))

/** Probabilities of exactly the region, `[K, h, w]`, as bytes. */
export const snapshotOf = (probabilities: Float32Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(probabilities, asByte)
