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

/** What a field is made of: it goes to the worker and comes back without a copy. */
export interface WeightFieldState {
  /** What the arrays cover, in pixels of the plane; they go row by row. */
  rect: Rect
  rules: WeightRules
  labels: Uint32Array
  /** Labels with the background ring; the same array as `labels` where there is none. */
  ringed: Uint32Array
  /** Labels as they teach: with the ring, carved. */
  taught: Uint32Array
  /** Border term; 0 inside objects. */
  term: Float32Array
  /** Class index of each pixel, `TEACHES_NOTHING` where the weight is 0. The weight is wc[class] + (class 0 ? term : 0). */
  classIndex: Uint8Array
}

/** A carved pixel this far from a stroke can change: the rule that an object never vanishes looks at all of it. */
const CARVE_REACH_PX = 96
/** Carving is judged wrongly this near to the edge of what it was given, where objects are cut off. */
const CARVE_EDGE_PX = 32

/** Width of the background ring in whole pixels, 0 where there is none. */
const ringOf = ({ isComplete, ringPx }: WeightRules): number => (isComplete ? 0 : Math.ceil(ringPx))

/** Pixels of labels wanted around a window, so that it equals that part of the plane's map. */
export const weightMarginPx = (rules: WeightRules): number =>
  Math.ceil(rules.w0 > 0 ? borderReachPx(rules) : 0) + Math.ceil(rules.ringPx) + 2

export class WeightField {
  readonly state: WeightFieldState

  constructor(state: WeightFieldState) {
    this.state = state
  }

  /** The field of a window. `labels` are those of `rect`, row by row; they become the field's own. */
  static of(rect: Rect, labels: Uint32Array, rules: WeightRules): WeightField {
    const { w, h } = rect
    const ringed = ringOf(rules) === 0 ? labels : withBackgroundRing(labels, w, h, rules.ringPx)
    const taught = rules.carve ? carve(ringed, w, h) : ringed.slice()
    const term = borderTerm(taught, w, h, rules)
    const field = new WeightField({ rect, rules, labels, ringed, taught, term, classIndex: new Uint8Array(w * h) })
    field.#classify({ x: 0, y: 0, w, h })
    return field
  }

  /** Its buffers, each once, to be handed over. */
  get buffers(): ArrayBuffer[] {
    const { labels, ringed, taught, term, classIndex } = this.state
    return [...new Set([labels, ringed, taught, term, classIndex].map(({ buffer }) => buffer as ArrayBuffer))]
  }

  get rect(): Rect {
    return this.state.rect
  }

  /** Pixels whose two nearest objects are looked for after a change of a rectangle: what an update costs, nearly. */
  updateCostPx(rect: Rect): number {
    const { w, h } = this.#grown(this.#local(intersect(rect, this.rect)), 2 * Math.ceil(borderReachPx(this.#rules)))
    return w * h
  }

  /** Labels inside `rect` are now others; answers the rectangle of the plane in which the map may have changed. */
  update(rect: Rect, labels: Uint32Array): Rect {
    const inside = intersect(rect, this.rect)
    if (inside.w === 0 || inside.h === 0) return inside
    for (let y = inside.y; y < inside.y + inside.h; y++) {
      const from = (y - rect.y) * rect.w + inside.x - rect.x
      this.state.labels.set(
        labels.subarray(from, from + inside.w),
        (y - this.rect.y) * this.rect.w + inside.x - this.rect.x,
      )
    }
    const local = this.#local(inside)
    const taught = this.#teach(local)
    if (taught.w === 0) return { ...inside, w: 0, h: 0 }
    this.#classify(taught)
    const { w, h } = this.rect
    const rewritten = updateBorderTerm(this.state.term, this.state.taught, w, h, this.#rules, taught)
    return this.#global(union(rewritten, taught))
  }

  /** Ring and carving around what has changed; answers where taught labels differ from before. */
  #teach(changed: Rect): Rect {
    this.#renewRing(changed)
    const reach = ringOf(this.#rules) + (this.#rules.carve ? CARVE_REACH_PX : 0)
    const judged = this.#grown(changed, reach)
    const given = this.#grown(judged, this.#rules.carve ? CARVE_EDGE_PX : 0)
    const ringed = cut(this.state.ringed, this.rect.w, given)
    const taught = this.#rules.carve ? carve(ringed, given.w, given.h) : ringed
    let [left, top, right, bottom] = [judged.x + judged.w, judged.y + judged.h, judged.x - 1, judged.y - 1]
    for (let y = judged.y; y < judged.y + judged.h; y++) {
      let from = (y - given.y) * given.w + judged.x - given.x
      let to = y * this.rect.w + judged.x
      for (let x = judged.x; x < judged.x + judged.w; x++, from++, to++) {
        if (this.state.taught[to] === taught[from]) continue
        this.state.taught[to] = taught[from]!
        if (x < left) left = x
        if (x > right) right = x
        if (y < top) top = y
        bottom = y
      }
    }
    return right < left ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: right - left + 1, h: bottom - top + 1 }
  }

  get #rules(): WeightRules {
    return this.state.rules
  }

  #renewRing(changed: Rect): void {
    if (ringOf(this.#rules) === 0) return
    const part = this.#grown(changed, ringOf(this.#rules))
    const wide = this.#grown(part, ringOf(this.#rules))
    const ringed = withBackgroundRing(cut(this.state.labels, this.rect.w, wide), wide.w, wide.h, this.#rules.ringPx)
    for (let row = 0; row < part.h; row++) {
      const from = (part.y - wide.y + row) * wide.w + part.x - wide.x
      this.state.ringed.set(ringed.subarray(from, from + part.w), (part.y + row) * this.rect.w + part.x)
    }
  }

  #classify({ x, y, w, h }: Rect): void {
    const classOf = new ClassOfLabel(this.#rules)
    for (let row = y; row < y + h; row++) {
      for (let at = row * this.rect.w + x; at < row * this.rect.w + x + w; at++) {
        const index = classOf.label(this.state.taught[at]!)
        this.state.classIndex[at] = index < 0 ? TEACHES_NOTHING : index
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

function cut(data: Uint32Array, width: number, { x, y, w, h }: Rect): Uint32Array {
  const part = new Uint32Array(w * h)
  for (let row = 0; row < h; row++) {
    part.set(data.subarray((y + row) * width + x, (y + row) * width + x + w), row * w)
  }
  return part
}
