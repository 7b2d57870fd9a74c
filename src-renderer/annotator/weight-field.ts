/**
 * The weight map of a window of a plane, kept up to date stroke by stroke: background ring, carving, classes and border
 * term in the order of the targets (docs/science.md, "Targets"). Class weights are applied where it is shown.
 */
import { withBackgroundRing } from '../../src-shared/background-ring.ts'
import { carve } from '../../src-shared/carve.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { ClassOfLabel } from '../../src-shared/targets.ts'
import { union } from '../../src-shared/tile-map.ts'
import { type BorderShape, borderReachPx, borderTerm, updateBorderTerm } from '../../src-shared/weight-map.ts'

/** Class of a pixel that teaches nothing. */
export const TEACHES_NOTHING = 255

export interface WeightRules extends BorderShape {
  ringPx: number
  carve: boolean
  isComplete: boolean
  /** Class index by object id; objects not listed have 1. */
  objectClasses: Record<string, number>
}

/** A part of the weight map: w = wc[class] + (class 0 ? term : 0), 0 where nothing teaches. */
export interface WeightPart {
  rect: Rect
  /** Border term, row by row; 0 inside objects. */
  term: Float32Array
  /** Class index of each pixel, `TEACHES_NOTHING` where the weight is 0. */
  classIndex: Uint8Array
}

/** A carved pixel this far from a stroke can change: the rule that an object never vanishes looks at all of it. */
const CARVE_REACH_PX = 96
/** Carving is judged wrongly this near to the edge of what it was given, where objects are cut off. */
const CARVE_EDGE_PX = 32

/** Pixels of labels wanted around a window, so that it equals that part of the plane's map. */
export const weightMarginPx = (rules: WeightRules): number =>
  Math.ceil(rules.w0 > 0 ? borderReachPx(rules) : 0) + Math.ceil(rules.ringPx) + 2

export class WeightField {
  /** What the labels cover, in pixels of the plane. */
  readonly rect: Rect
  readonly #labels: Uint32Array
  readonly #rules: WeightRules
  /** Labels with the background ring; the labels themselves where there is none. */
  readonly #ringed: Uint32Array
  readonly #taught: Uint32Array
  readonly #term: Float32Array
  readonly #classIndex: Uint8Array

  /** `labels` are those of `rect`, row by row; they become the field's own. */
  constructor(rect: Rect, labels: Uint32Array, rules: WeightRules) {
    const { w, h } = rect
    this.rect = rect
    this.#labels = labels
    this.#rules = rules
    this.#ringed = this.#ring === 0 ? labels : withBackgroundRing(labels, w, h, rules.ringPx)
    this.#taught = rules.carve ? carve(this.#ringed, w, h) : this.#ringed.slice()
    this.#term = borderTerm(this.#taught, w, h, rules)
    this.#classIndex = new Uint8Array(w * h)
    this.#classify({ x: 0, y: 0, w, h })
  }

  /** The map inside a rectangle of the plane. */
  read(rect: Rect): WeightPart {
    const part = intersect(rect, this.rect)
    const local = this.#local(part)
    return {
      rect: part,
      term: cut(this.#term, this.rect.w, local, Float32Array),
      classIndex: cut(this.#classIndex, this.rect.w, local, Uint8Array),
    }
  }

  /** Labels inside `rect` are now others; answers the rectangle of the plane in which the map may have changed. */
  update(rect: Rect, labels: Uint32Array): Rect {
    const inside = intersect(rect, this.rect)
    if (inside.w === 0 || inside.h === 0) return inside
    for (let y = inside.y; y < inside.y + inside.h; y++) {
      const from = (y - rect.y) * rect.w + inside.x - rect.x
      this.#labels.set(labels.subarray(from, from + inside.w), (y - this.rect.y) * this.rect.w + inside.x - this.rect.x)
    }
    const local = this.#local(inside)
    const taught = this.#teach(local)
    if (taught.w === 0) return { ...inside, w: 0, h: 0 }
    this.#classify(taught)
    const { w, h } = this.rect
    const rewritten = updateBorderTerm(this.#term, this.#taught, w, h, this.#rules, taught)
    return this.#global(union(rewritten, taught))
  }

  /** Ring and carving around what has changed; answers where taught labels differ from before. */
  #teach(changed: Rect): Rect {
    this.#renewRing(changed)
    const reach = this.#ring + (this.#rules.carve ? CARVE_REACH_PX : 0)
    const judged = this.#grown(changed, reach)
    const given = this.#grown(judged, this.#rules.carve ? CARVE_EDGE_PX : 0)
    const ringed = cut(this.#ringed, this.rect.w, given, Uint32Array)
    const taught = this.#rules.carve ? carve(ringed, given.w, given.h) : ringed
    let [left, top, right, bottom] = [judged.x + judged.w, judged.y + judged.h, judged.x - 1, judged.y - 1]
    for (let y = judged.y; y < judged.y + judged.h; y++) {
      let from = (y - given.y) * given.w + judged.x - given.x
      let to = y * this.rect.w + judged.x
      for (let x = judged.x; x < judged.x + judged.w; x++, from++, to++) {
        if (this.#taught[to] === taught[from]) continue
        this.#taught[to] = taught[from]!
        if (x < left) left = x
        if (x > right) right = x
        if (y < top) top = y
        bottom = y
      }
    }
    return right < left ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: right - left + 1, h: bottom - top + 1 }
  }

  /** Width of the ring in whole pixels, 0 where there is none. */
  get #ring(): number {
    return this.#rules.isComplete ? 0 : Math.ceil(this.#rules.ringPx)
  }

  #renewRing(changed: Rect): void {
    if (this.#ring === 0) return
    const part = this.#grown(changed, this.#ring)
    const wide = this.#grown(part, this.#ring)
    const ringed = withBackgroundRing(
      cut(this.#labels, this.rect.w, wide, Uint32Array),
      wide.w,
      wide.h,
      this.#rules.ringPx,
    )
    for (let row = 0; row < part.h; row++) {
      const from = (part.y - wide.y + row) * wide.w + part.x - wide.x
      this.#ringed.set(ringed.subarray(from, from + part.w), (part.y + row) * this.rect.w + part.x)
    }
  }

  #classify({ x, y, w, h }: Rect): void {
    const classOf = new ClassOfLabel(this.#rules)
    for (let row = y; row < y + h; row++) {
      for (let at = row * this.rect.w + x; at < row * this.rect.w + x + w; at++) {
        const index = classOf.label(this.#taught[at]!)
        this.#classIndex[at] = index < 0 ? TEACHES_NOTHING : index
      }
    }
  }

  #grown({ x, y, w, h }: Rect, by: number): Rect {
    const plane = { x: 0, y: 0, w: this.rect.w, h: this.rect.h }
    return intersect({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by }, plane)
  }

  readonly #local = (rect: Rect): Rect => ({ ...rect, x: rect.x - this.rect.x, y: rect.y - this.rect.y })
  readonly #global = (rect: Rect): Rect => ({ ...rect, x: rect.x + this.rect.x, y: rect.y + this.rect.y })
}

function cut<T extends Uint8Array | Uint32Array | Float32Array>(
  data: T,
  width: number,
  { x, y, w, h }: Rect,
  Kind: new (length: number) => T,
): T {
  const part = new Kind(w * h)
  for (let row = 0; row < h; row++) {
    part.set(data.subarray((y + row) * width + x, (y + row) * width + x + w) as T & Uint8Array, row * w)
  }
  return part
}
