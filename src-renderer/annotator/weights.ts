/**
 * The weight map of what is seen, as it is shown: asks the worker for a window when the view or the rules change and for
 * the surroundings of a stroke while it is painted, one question at a time.
 */
import type { LabelMap } from '../../src-shared/labels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { union } from '../../src-shared/tile-map.ts'
import { TEACHES_NOTHING, type WeightRules, weightMarginPx } from './weight-field.ts'
import type { WeightsAnswer, WeightsRequest } from './weights-messages.ts'

/** Where questions go: a worker, or a desk of the same thread in tests. */
export interface WeightsPost {
  ask(request: WeightsRequest): void
  answered: ((answer: WeightsAnswer) => void) | null
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
  rect: Rect
  term: Float32Array
  classIndex: Uint8Array
}

/** A window has at most so many pixels; larger views are computed in parts as they are looked at. */
export const MOST_WINDOW_PX = 1 << 22

export class Weights {
  readonly #post: WeightsPost
  /** A part of the map has come. `isWhole`: the window is another one. */
  readonly #changed: (rect: Rect, isWhole: boolean) => void
  #source: LabelSource | null = null
  #plane: Rect = { x: 0, y: 0, w: 0, h: 0 }
  #rules: WeightRules | null = null
  #window: WeightWindow | null = null
  #asked: { rect: Rect; rules: WeightRules } | null = null
  #ticket = 0
  #isWaiting = false
  #dirty: Rect | null = null
  #wanted: Rect | null = null

  constructor(post: WeightsPost, changed: (rect: Rect, isWhole: boolean) => void) {
    this.#post = post
    this.#changed = changed
    post.answered = (answer) => this.#answered(answer)
  }

  get window(): WeightWindow | null {
    return this.#window
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
    this.#asked = null
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
    if (this.#asked && this.#source) this.#dirty = this.#dirty ? union(this.#dirty, rect) : rect
    this.#next()
  }

  /** Border term and class of a pixel; null where the map is not known. */
  at(x: number, y: number): { term: number; classIndex: number | null } | null {
    if (!this.#window) return null
    const { rect, term, classIndex } = this.#window
    const [column, row] = [Math.floor(x) - rect.x, Math.floor(y) - rect.y]
    if (column < 0 || row < 0 || column >= rect.w || row >= rect.h) return null
    const index = classIndex[row * rect.w + column]!
    return { term: term[row * rect.w + column]!, classIndex: index === TEACHES_NOTHING ? null : index }
  }

  /** True while the map shown is not that of the labels shown. */
  get isBusy(): boolean {
    return this.#isWaiting || this.#dirty !== null
  }

  dispose(): void {
    this.#post.dispose()
  }

  #next(): void {
    if (this.#isWaiting || !this.#wanted || !this.#rules || !this.#source) return
    const visible = intersect(this.#wanted, this.#plane)
    if (visible.w === 0 || visible.h === 0) return
    const isCurrent = this.#asked?.rules === this.#rules && contains(this.#asked.rect, visible)
    if (!isCurrent) this.#askWindow()
    else if (this.#dirty) this.#askUpdate(this.#dirty)
  }

  #askWindow(): void {
    const inner = this.#windowAround(this.#wanted!)
    const rect = this.#grown(inner)
    if (!this.#source!.isReady(rect)) return // tried again when the tiles come
    const labels = this.#source!.readRegion(rect).data
    this.#dirty = null
    this.#asked = { rect: inner, rules: this.#rules! }
    this.#send({ type: 'window', ticket: ++this.#ticket, rect, inner, labels, rules: this.#rules! })
  }

  #askUpdate(dirty: Rect): void {
    this.#dirty = null
    const rect = intersect(dirty, this.#grown(this.#asked!.rect))
    if (rect.w === 0 || rect.h === 0) return
    this.#send({ type: 'update', ticket: ++this.#ticket, rect, labels: this.#source!.readRegion(rect).data })
  }

  #send(request: WeightsRequest): void {
    this.#isWaiting = true
    this.#post.ask(request)
  }

  #answered({ ticket, part }: WeightsAnswer): void {
    if (ticket !== this.#ticket) return
    this.#isWaiting = false
    if (part && this.#asked) {
      const isWhole =
        !this.#window || !isSame(this.#window.rect, this.#asked.rect) || isSame(part.rect, this.#asked.rect)
      if (isWhole && isSame(part.rect, this.#asked.rect)) this.#window = part
      else if (this.#window) copyInto(this.#window, part)
      this.#changed(part.rect, isWhole)
    }
    this.#next()
  }

  #forget(): void {
    this.#ticket++
    this.#isWaiting = false
    this.#asked = null
    this.#dirty = null
    this.#window = null
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

const contains = (outer: Rect, inner: Rect): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.w <= outer.x + outer.w &&
  inner.y + inner.h <= outer.y + outer.h

const isSame = (a: Rect, b: Rect): boolean => contains(a, b) && contains(b, a)

function copyInto(window: WeightWindow, { rect, term, classIndex }: WeightWindow): void {
  for (let row = 0; row < rect.h; row++) {
    const to = (rect.y + row - window.rect.y) * window.rect.w + rect.x - window.rect.x
    window.term.set(term.subarray(row * rect.w, (row + 1) * rect.w), to)
    window.classIndex.set(classIndex.subarray(row * rect.w, (row + 1) * rect.w), to)
  }
}
