import { untrack } from 'svelte'
import type { PredictionView } from '../../../src-shared/api.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import type { Samples } from '../../../src-shared/pixels.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { Display } from '../../annotator/view.ts'
import { Viewport } from '../../annotator/viewport.ts'
import type { Rgba } from '../../pictures/rgba.ts'
import { shadesOf } from '../../pictures/shades.ts'
import { sentenceOf } from '../toasts.svelte.ts'
import type { PlaneMaps, PlanePart } from './maps.ts'
import { PAINTED, type Source, type SourceId, sourceFor } from './sources.ts'

export type Side = 'a' | 'b'
export const SIDES: readonly Side[] = ['a', 'b']

/** What one of the two shows. */
export interface Shown {
  status: 'loading' | 'ready' | 'failed'
  error: string
  source: SourceId
  labels: Uint32Array | null
}

const NOTHING: Shown = { status: 'loading', error: '', source: PAINTED, labels: null }

/** Two maps of one plane side by side under one viewport. */
export class Comparison {
  isOpen = $state(false)
  /** What was asked for; what is not there any more is replaced by what is. */
  wanted = $state.raw<Record<Side, SourceId>>({ a: PAINTED, b: '' })
  shown = $state.raw<Record<Side, Shown>>({ a: NOTHING, b: NOTHING })
  /** Covered by maps and picture. */
  rect = $state.raw<Rect>({ x: 0, y: 0, w: 1, h: 1 })
  samples = $state.raw<Samples | null>(null)
  error = $state('')
  /** Object of A that each object of B stands for, of the two maps that are shown. */
  counterparts = $state.raw<ReadonlyMap<number, number>>(new Map())
  /** The plane's point under the pointer, in both. */
  cursor = $state.raw<{ x: number; y: number } | null>(null)
  /** Grows whenever the view has moved. */
  moved = $state(0)
  viewport = new Viewport(1, 1)

  readonly #maps: PlaneMaps
  readonly #predictions: () => readonly PredictionView[]
  #loading: AbortController | undefined
  #part: PlanePart | undefined
  #display: { samples: Samples; display: Display; shades: Rgba } | undefined

  /** `predictions` answers all of the project: one that was chosen need not have the open plane. */
  constructor(maps: PlaneMaps, predictions: () => readonly PredictionView[]) {
    this.#maps = maps
    this.#predictions = predictions
  }

  /** Shows the two as the plane was seen, or again after something has been painted. */
  async load(part: PlanePart, sources: readonly Source[]): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const isSame = this.#part !== undefined && samePart(this.#part, part)
    this.#part = part
    if (!isSame) this.#reset(part)
    await Promise.all([
      isSame && this.samples ? undefined : this.#loadSamples(part, loading.signal),
      ...SIDES.map((side) => this.#loadSide(side, part, sources, loading.signal)),
    ])
    await this.#findCounterparts(loading.signal)
  }

  /** What a side shows of those that there are. */
  sourceOf(side: Side, sources: readonly Source[]): Source {
    const wanted = sourceFor(this.wanted[side], sources, this.#predictions())
    const usual = side === 'a' ? sources[0] : sources[1]
    return wanted ?? usual ?? sources[0]!
  }

  choose(side: Side, id: SourceId): void {
    this.wanted = { ...this.wanted, [side]: id }
  }

  open(): void {
    this.isOpen = true
  }

  close(): void {
    this.isOpen = false
    this.cursor = null
    this.#loading?.abort()
    this.#part = undefined
    this.samples = null
    this.#display = undefined
    this.shown = { a: NOTHING, b: NOTHING }
    this.counterparts = new Map()
  }

  /** The picture as the plane is shown, made anew when that changes. */
  shades(display: Display): Rgba | null {
    const { samples, rect } = this
    if (!samples) return null
    if (this.#display?.samples !== samples || this.#display.display !== display) {
      this.#display = { samples, display, shades: shadesOf(samples, rect.w * rect.h, display) }
    }
    return this.#display.shades
  }

  /** Acts on the one view of both. */
  view(act: (viewport: Viewport) => void): void {
    act(this.viewport)
    this.#tellMoved()
  }

  /** Label of a side at a pixel of the plane; 0 outside. */
  labelAt(side: Side, { x, y }: { x: number; y: number }): number {
    const { rect } = this
    const [column, row] = [Math.floor(x) - rect.x, Math.floor(y) - rect.y]
    if (column < 0 || row < 0 || column >= rect.w || row >= rect.h) return 0
    return this.shown[side].labels?.[row * rect.w + column] ?? 0
  }

  #reset({ image, rect }: PlanePart): void {
    const { width, height, devicePixelRatio } = this.viewport
    this.viewport = new Viewport(image.width, image.height)
    this.viewport.resize(width, height, devicePixelRatio)
    this.viewport.fit()
    this.rect = rect
    this.samples = null
    this.shown = { a: NOTHING, b: NOTHING }
    this.counterparts = new Map()
    this.#tellMoved()
  }

  /** Without depending on it: an effect may move the view. */
  #tellMoved(): void {
    this.moved = untrack(() => this.moved) + 1
  }

  async #loadSamples(part: PlanePart, signal: AbortSignal): Promise<void> {
    try {
      this.error = ''
      const samples = await this.#maps.samples(part, signal)
      if (!signal.aborted) this.samples = samples
    } catch (error) {
      if (!signal.aborted) this.error = sentenceOf(error)
    }
  }

  async #findCounterparts(signal: AbortSignal): Promise<void> {
    const { a, b } = this.shown
    if (signal.aborted || !a.labels || !b.labels) return
    const mapOf = ({ labels, source }: Shown) => ({
      labels: labels!,
      firstId: source === PAINTED ? LABEL.firstObject : 1,
    })
    try {
      const found = await this.#maps.computer.do('counterparts', { a: mapOf(a), b: mapOf(b) })
      if (!signal.aborted) this.counterparts = found
    } catch {
      // Too little memory, say: each keeps its own colours.
    }
  }

  async #loadSide(side: Side, part: PlanePart, sources: readonly Source[], signal: AbortSignal): Promise<void> {
    const { id, prediction } = this.sourceOf(side, sources)
    const set = (shown: Omit<Shown, 'source'>) => {
      if (!signal.aborted) this.shown = { ...this.shown, [side]: { ...shown, source: id } }
    }
    if (this.shown[side].source !== id || !this.shown[side].labels) {
      set({ status: 'loading', error: '', labels: null })
      this.counterparts = new Map() // they are of other maps
    }
    try {
      const map = prediction ? this.#maps.predicted(part, prediction) : this.#maps.painted(part, signal)
      const { labels } = await map
      set({ status: 'ready', error: '', labels })
    } catch (error) {
      set({ status: 'failed', error: sentenceOf(error), labels: null })
    }
  }
}

const samePart = (one: PlanePart, other: PlanePart): boolean =>
  one.plane.imageId === other.plane.imageId &&
  one.plane.z === other.plane.z &&
  one.plane.t === other.plane.t &&
  one.rect.x === other.rect.x &&
  one.rect.y === other.rect.y
