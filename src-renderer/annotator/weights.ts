/**
 * The weight map of what is seen, as it is shown. A window is computed in the worker when the view or the rules change;
 * then its field comes here, and what a stroke changes is computed in the frame that draws the stroke, since a message
 * there and back takes longer than the work. What would hold the frame up goes to the worker, field and all.
 */
import type { LabelMap } from '../../src-shared/labels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { union } from '../../src-shared/tile-map.ts'
import { TEACHES_NOTHING, WeightField, type WeightRules, weightMarginPx } from './weight-field.ts'
import type { WeightsAnswer, WeightsRequest } from './weights-messages.ts'

/** Where questions go: a worker, or a desk of the same thread in tests. */
export interface WeightsPost {
  ask(request: WeightsRequest): void
  answered: ((answer: WeightsAnswer) => void) | null
  /** What was asked is not answered any more (too little memory, say), and a field that came with it is gone. */
  failed: (() => void) | null
  dispose(): void
}

/** Labels at a level, in pixels of that level. */
export interface LabelSource {
  readRegion(rect: Rect): LabelMap
  /** All labels of the rectangle are here. */
  isReady(rect: Rect): boolean
}

/** The map as it can be shown. */
export interface WeightWindow {
  /** What is shown, in pixels of the plane. */
  rect: Rect
  /** The arrays and what they cover; null while the worker has them, and what was shown before still holds. */
  field: { rect: Rect; term: Float32Array; classIndex: Uint8Array } | null
}

/** A window has at most so many pixels; larger views are computed in parts as they are looked at. */
export const MOST_WINDOW_PX = 1 << 22
/** Updates that cost more than this are the worker's: 4 ms at 60 ns a pixel. */
const MOST_UPDATE_PX = 1 << 16

export class Weights {
  readonly #post: WeightsPost
  /** Another window has come, or a part of the map has, from the worker. */
  readonly #came: (rect: Rect, isWhole: boolean) => void
  /** There is no map; it is tried again with the next change of labels, view or rules. */
  readonly #failed: () => void
  #source: LabelSource | null = null
  #plane: Rect = { x: 0, y: 0, w: 0, h: 0 }
  #rules: WeightRules | null = null
  /** What is shown of the field that is here, or with the worker. */
  #inner: Rect | null = null
  #field: WeightField | null = null
  /** Of the field shown. */
  #shownRules: WeightRules | null = null
  #asked: { ticket: number; inner: Rect; rules: WeightRules; isWindow: boolean } | null = null
  #ticket = 0
  /** Where labels have changed since the field was brought up to date. */
  #dirty: Rect | null = null
  /** The same since the window was asked for that is being computed. */
  #dirtySince: Rect | null = null
  #wanted: Rect | null = null

  constructor(post: WeightsPost, came: (rect: Rect, isWhole: boolean) => void, failed: () => void = () => {}) {
    this.#post = post
    this.#came = came
    this.#failed = failed
    post.answered = (answer) => this.#answered(answer)
    post.failed = () => this.#lost()
  }

  get window(): WeightWindow | null {
    return this.#inner && { rect: this.#inner, field: this.#field?.state ?? null }
  }

  /** Another plane, or none. */
  open(source: LabelSource | null, plane: Rect): void {
    this.#source = source
    this.#plane = plane
    this.#forget()
  }

  /** Computes the window anew, unless the rules are what they were. */
  setRules(rules: WeightRules): void {
    if (JSON.stringify(rules) === JSON.stringify(this.#rules)) return
    this.#rules = rules
    this.#next()
  }

  /** Shows the map of what is visible; null when it is not shown. */
  show(visible: Rect | null): void {
    this.#wanted = visible
    if (visible) this.#next()
    else this.#forget()
  }

  /** What `show` needs labels of, with the surroundings that bear on it; null when nothing is shown. */
  get needed(): Rect | null {
    const window = this.#wanted ? this.#windowAround(this.#wanted) : null
    return window && this.#rules ? this.#grown(window) : null
  }

  /** Labels inside a rectangle of the plane have changed, or have come. */
  labelsChanged(rect: Rect): void {
    if (!this.#wanted) return
    if (this.#inner) this.#dirty = joined(this.#dirty, rect)
    if (this.#asked?.isWindow) this.#dirtySince = joined(this.#dirtySince, rect)
    this.#next()
  }

  /** Brings the map up to date where that takes no longer than a part of a frame; answers what may have changed. */
  update(): Rect | null {
    if (!this.#field || !this.#dirty || !this.#source || this.#isHeavy) return null
    const rect = intersect(this.#dirty, this.#field.rect)
    this.#dirty = null
    if (rect.w === 0 || rect.h === 0) return null
    const changed = intersect(this.#field.update(rect, this.#source.readRegion(rect).data), this.#inner!)
    return changed.w > 0 && changed.h > 0 ? changed : null
  }

  /** Border term and class of a pixel; null where the map is not known. */
  at(x: number, y: number): { term: number; classIndex: number | null } | null {
    if (!this.#field) return null
    const { rect, term, classIndex } = this.#field.state
    const [column, row] = [Math.floor(x) - rect.x, Math.floor(y) - rect.y]
    if (column < 0 || row < 0 || column >= rect.w || row >= rect.h) return null
    const index = classIndex[row * rect.w + column]!
    return { term: term[row * rect.w + column]!, classIndex: index === TEACHES_NOTHING ? null : index }
  }

  dispose(): void {
    this.#post.dispose()
  }

  /** The change at hand would hold a frame up. */
  get #isHeavy(): boolean {
    return this.#dirty !== null && this.#field !== null && this.#field.updateCostPx(this.#dirty) > MOST_UPDATE_PX
  }

  #next(): void {
    if (this.#asked || !this.#wanted || !this.#rules || !this.#source) return
    const visible = intersect(this.#wanted, this.#plane)
    if (visible.w === 0 || visible.h === 0) return
    const isCurrent = this.#inner && this.#shownRules === this.#rules && contains(this.#inner, visible)
    if (!isCurrent) this.#askWindow(this.#source, this.#rules)
    else if (this.#isHeavy) this.#askUpdate(this.#source, this.#field!)
  }

  #askWindow(source: LabelSource, rules: WeightRules): void {
    const inner = this.#windowAround(this.#wanted!)
    const rect = this.#grown(inner)
    if (!source.isReady(rect)) return // tried again when the tiles come
    this.#dirtySince = null
    const ticket = this.#ask(inner, rules, true)
    this.#post.ask({ type: 'window', ticket, rect, labels: source.readRegion(rect).data, rules })
  }

  #askUpdate(source: LabelSource, field: WeightField): void {
    const rect = intersect(this.#dirty!, field.rect)
    this.#dirty = null
    this.#field = null
    const ticket = this.#ask(this.#inner!, this.#shownRules!, false)
    this.#post.ask({ type: 'update', ticket, rect, labels: source.readRegion(rect).data, field: field.state })
  }

  #ask(inner: Rect, rules: WeightRules, isWindow: boolean): number {
    this.#asked = { ticket: ++this.#ticket, inner, rules, isWindow }
    return this.#ticket
  }

  #answered({ ticket, field, changed }: WeightsAnswer): void {
    const asked = this.#asked
    if (asked?.ticket !== ticket) return // of a plane that was left
    this.#asked = null
    this.#field = new WeightField(field)
    this.#inner = asked.inner
    this.#shownRules = asked.rules
    if (asked.isWindow) this.#dirty = this.#dirtySince
    const part = intersect(changed, asked.inner)
    if (part.w > 0 && part.h > 0) this.#came(part, asked.isWindow)
    this.#next()
  }

  /** Not asked again at once: it would be lost again. */
  #lost(): void {
    if (!this.#asked) return
    this.#forget()
    this.#failed()
  }

  #forget(): void {
    this.#asked = null
    this.#dirty = null
    this.#inner = null
    this.#field = null
    this.#shownRules = null
  }

  /** All of a small plane; of a large one what is seen and half of that around it. */
  #windowAround(visible: Rect): Rect {
    if (this.#plane.w * this.#plane.h <= MOST_WINDOW_PX) return this.#plane
    let margin = Math.ceil(Math.max(visible.w, visible.h) / 4)
    while (margin > 0 && (visible.w + 2 * margin) * (visible.h + 2 * margin) > MOST_WINDOW_PX) margin >>= 1
    const { x, y, w, h } = visible
    return intersect({ x: x - margin, y: y - margin, w: w + 2 * margin, h: h + 2 * margin }, this.#plane)
  }

  #grown({ x, y, w, h }: Rect): Rect {
    const margin = weightMarginPx(this.#rules!)
    return intersect({ x: x - margin, y: y - margin, w: w + 2 * margin, h: h + 2 * margin }, this.#plane)
  }
}

const joined = (known: Rect | null, rect: Rect): Rect => (known ? union(known, rect) : rect)

const contains = (outer: Rect, inner: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.w <= outer.x + outer.w &&
  inner.y + inner.h <= outer.y + outer.h
