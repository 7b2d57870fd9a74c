import type { PredictionView } from '../../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import { MISTAKE_KINDS, type MistakeKind, type PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import type { Tally } from '../../../src-shared/scores/tally.ts'
import { samePlane } from '../plane-link.ts'
import { sentenceOf } from '../toasts.svelte.ts'
import { isWhole, type PlaneMaps, type PlanePart } from './maps.ts'

/** Maps that the list is about, of one rectangle of a plane. */
export interface MistakeMaps {
  plane: PlaneKey
  rect: Rect
  painted: Uint32Array
  predicted: Uint32Array
  predictionId: string
}

/** What a prediction got wrong on the open plane, the largest mistake first. */
export class MistakeList {
  status = $state<'none' | 'loading' | 'ready' | 'failed'>('none')
  error = $state('')
  all = $state.raw<readonly PlacedMistake[]>([])
  tally = $state.raw<Tally | null>(null)
  maps = $state.raw<MistakeMaps | null>(null)
  /** Only a part of a large plane was judged. */
  isPart = $state(false)
  /** Kinds that are listed. */
  kinds = $state.raw<ReadonlySet<MistakeKind>>(new Set(MISTAKE_KINDS))
  chosen = $state.raw<PlacedMistake | null>(null)
  /** Outlined in the plane. */
  isMarked = $state(true)

  readonly shown = $derived(this.all.filter(({ kind }) => this.kinds.has(kind)))
  readonly counts = $derived.by(() => {
    const counts: Record<MistakeKind, number> = { missed: 0, invented: 0, split: 0, merged: 0 }
    for (const { kind } of this.all) counts[kind]++
    return counts
  })

  readonly #maps: PlaneMaps
  readonly #jump: (box: Rect) => void
  #loading: AbortController | undefined

  /** @param jump shows a box of the plane. */
  constructor(maps: PlaneMaps, jump: (box: Rect) => void) {
    this.#maps = maps
    this.#jump = jump
  }

  /** Judges a prediction by what is painted now; null for nothing. */
  async open(part: PlanePart | null, prediction: PredictionView | null): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    if (!part || !prediction) return this.#clear()
    const { maps: last } = this
    const isSame = last?.predictionId === prediction.id && samePlane(last.plane, part.plane)
    if (!isSame || this.status !== 'ready') {
      this.#clear()
      this.status = 'loading'
    }
    try {
      const [painted, predicted] = await Promise.all([
        this.#maps.painted(part, loading.signal),
        this.#maps.predicted(part, prediction),
      ])
      const maps = { width: part.rect.w, painted: painted.labels, predicted: predicted.labels }
      const found = await this.#maps.computer.do('judge', { ...maps, isComplete: painted.isComplete })
      if (loading.signal.aborted) return
      const { plane, rect } = part
      this.all = found.mistakes.map(({ box, ...mistake }) => ({
        ...mistake,
        box: { ...box, x: box.x + rect.x, y: box.y + rect.y },
      }))
      this.tally = found.tally
      const labels = { painted: painted.labels, predicted: predicted.labels }
      this.maps = { plane, rect, ...labels, predictionId: prediction.id }
      this.isPart = !isWhole(part)
      this.chosen = null
      this.status = 'ready'
    } catch (error) {
      if (loading.signal.aborted) return
      this.#clear()
      this.status = 'failed'
      this.error = sentenceOf(error)
    }
  }

  toggleKind(kind: MistakeKind): void {
    const next = new Set(this.kinds)
    if (!next.delete(kind)) next.add(kind)
    this.kinds = next
    if (this.chosen && !next.has(this.chosen.kind)) this.chosen = null
  }

  choose(mistake: PlacedMistake): void {
    this.chosen = mistake
    this.#jump(mistake.box)
  }

  /** The next one of those listed, or the one before; round the list. */
  step(by: 1 | -1): void {
    const { shown } = this
    if (shown.length === 0) return
    const at = this.chosen ? shown.indexOf(this.chosen) : -1
    const from = at < 0 && by < 0 ? 0 : at
    this.choose(shown[(from + by + shown.length) % shown.length]!)
  }

  #clear(): void {
    this.all = []
    this.tally = null
    this.maps = null
    this.chosen = null
    this.status = 'none'
  }
}
