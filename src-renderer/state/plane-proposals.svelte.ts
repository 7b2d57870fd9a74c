import type { ChosenProposals, PredictionView } from '../../src-shared/api.ts'
import { predictionTileUrl } from '../../src-shared/data-urls.ts'
import { DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import { TILE_PX, tilesOf } from '../../src-shared/tile-map.ts'
import type { Asking, DataRoot } from './connection.ts'
import type { ObjectMaker } from './object-maker.ts'
import type { Proposal } from './proposals.ts'
import { sentenceOf } from './toasts.svelte.ts'

export interface ProposedPlane {
  plane: PlaneKey
  width: number
  height: number
}

/** Planes with more pixels are not made into objects in the window; "accept all" still works on them. */
const MOST_PX = 1 << 24

/** What the proposals need of the rest of the window. */
export interface ProposalHost {
  ask: Asking
  data: DataRoot
  maker: ObjectMaker
  /** Shows a place of the plane. */
  jump(box: Proposal['box']): void
  /** Width of the ring that accepting draws. */
  ringPx(): number
  /** Shows the proposed objects over the plane, 0 background; null for none. */
  shown(labels: Uint32Array | null, chosen: ReadonlySet<number>): void
  /** Wraps a request that changes the plane. */
  changing<T>(task: () => Promise<T>): Promise<T>
  failed(error: unknown): void
}

/** An action that decided on proposals, and a pixel of each of them: ids change with the sliders, places do not. */
interface Settled {
  action: string
  places: number[]
  isUndone: boolean
}

/** The objects that a prediction proposes for the open plane, as the sliders make them now. */
export class PlaneProposals {
  prediction = $state.raw<PredictionView | null>(null)
  plan = $state<ObjectsPlan>({ ...DEFAULT_OBJECTS })
  status = $state<'none' | 'loading' | 'ready' | 'too-large' | 'failed'>('none')
  error = $state('')
  /** Not yet accepted or rejected, the most doubtful first. */
  objects = $state.raw<readonly Proposal[]>([])
  chosen = $state.raw<ReadonlySet<number>>(new Set())
  /** 0 background, 1..n, of the whole plane; null while there is nothing. */
  labels = $state.raw<Uint32Array | null>(null)
  isWorking = $state(false)

  readonly #host: ProposalHost
  #of: ProposedPlane | null = null
  /** What was accepted or rejected, action by action. */
  #settled: Settled[] = []
  /** The map without what was settled. */
  #open: Uint32Array | null = null
  #loading: AbortController | undefined

  constructor(host: ProposalHost) {
    this.#host = host
  }

  get isTouched(): boolean {
    const own = this.prediction?.objects
    return own !== undefined && (Object.keys(own) as (keyof ObjectsPlan)[]).some((key) => own[key] !== this.plan[key])
  }

  /** Shows a prediction of a plane, or nothing. */
  async open(of: ProposedPlane | null, prediction: PredictionView | null): Promise<void> {
    this.#loading?.abort()
    this.#of = of
    this.prediction = prediction
    this.#settled = []
    this.#show([], null)
    if (!of || !prediction) {
      this.status = 'none'
      return
    }
    this.plan = { ...prediction.objects }
    if (of.width * of.height > MOST_PX) {
      this.status = 'too-large'
      return
    }
    await this.#load(of, prediction)
  }

  set<K extends keyof ObjectsPlan>(name: K, value: ObjectsPlan[K]): void {
    this.plan[name] = value
    if (name === 'threshold') this.plan.seedThreshold = Math.max(this.plan.seedThreshold, this.plan.threshold)
    void this.#make()
  }

  /** Back to what validation chose. */
  reset(): void {
    if (!this.prediction) return
    this.plan = { ...this.prediction.objects }
    void this.#make()
  }

  toggle(id: number): void {
    const next = new Set(this.chosen)
    if (!next.delete(id)) next.add(id)
    this.choose(next)
  }

  choose(ids: Iterable<number>): void {
    this.chosen = new Set(ids)
    this.#host.shown(this.#open, this.chosen)
  }

  show(object: Proposal): void {
    this.choose([object.id])
    this.#host.jump(object.box)
  }

  /** The next one in the order of doubt. */
  nextDoubt(): void {
    if (this.objects.length === 0) return
    const at = this.objects.findIndex(({ id }) => this.chosen.has(id))
    this.show(this.objects[(at + 1) % this.objects.length]!)
  }

  acceptAll(): Promise<void> {
    const isEverything = this.#settledPlaces().length === 0
    return this.#accept(isEverything ? undefined : this.objects.map(({ id }) => id))
  }

  acceptChosen(): Promise<void> {
    return this.#accept([...this.chosen])
  }

  /** Writes background where the chosen objects are, so that the next run learns that nothing is there. */
  async rejectChosen(): Promise<void> {
    const ids = [...this.chosen]
    if (!this.#of || ids.length === 0) return
    await this.#work(async () => {
      const params = this.#request(ids)
      const { action } = await this.#host.changing(() => this.#host.ask.ask('prediction.reject', params))
      this.#settle(action, ids)
    })
  }

  /** What an action has settled is open again when it is taken back, and settled when it is done again. */
  replayed(action: string, isUndone: boolean): void {
    const settled = this.#settled.find((of) => of.action === action)
    if (!settled || settled.isUndone === isUndone) return
    settled.isUndone = isUndone
    void this.#make()
  }

  dispose(): void {
    this.#loading?.abort()
    this.#host.maker.dispose()
  }

  async #accept(ids: number[] | undefined): Promise<void> {
    if (!this.#of || ids?.length === 0) return
    await this.#work(async () => {
      const ringPx = this.#host.ringPx()
      const params = { ...this.#request(ids), ...(ringPx > 0 ? { ringPx } : {}) }
      const { action } = await this.#host.changing(() => this.#host.ask.ask('prediction.accept', params))
      this.#settle(action, ids ?? this.objects.map(({ id }) => id))
    })
  }

  #request(ids: readonly number[] | undefined): ChosenProposals {
    const { plane, width } = this.#of!
    const chosen = ids && this.#placesOf(ids).map((at) => ({ x: at % width, y: Math.floor(at / width) }))
    return { id: this.prediction!.id, plane, objects: $state.snapshot(this.plan), ...(chosen ? { chosen } : {}) }
  }

  async #work(task: () => Promise<void>): Promise<void> {
    this.isWorking = true
    try {
      await task()
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.isWorking = false
    }
  }

  #settle(action: string, ids: readonly number[]): void {
    this.#settled = [
      ...this.#settled.filter((of) => !of.isUndone),
      { action, places: this.#placesOf(ids), isUndone: false },
    ]
    const wanted = new Set(ids)
    this.#show(
      this.objects.filter(({ id }) => !wanted.has(id)),
      this.labels,
    )
  }

  #settledPlaces(): number[] {
    return this.#settled.flatMap(({ isUndone, places }) => (isUndone ? [] : places))
  }

  /** A pixel of each object, as an index in the plane. */
  #placesOf(ids: readonly number[]): number[] {
    const { labels } = this
    const width = this.#of?.width ?? 0
    const wanted = new Set(ids)
    return this.objects.flatMap(({ id, box }) => {
      if (!wanted.has(id) || !labels) return []
      const row = box.y * width + box.x
      return [row + labels.subarray(row, row + box.w).indexOf(id)]
    })
  }

  async #load(of: ProposedPlane, prediction: PredictionView): Promise<void> {
    const loading = new AbortController()
    this.#loading = loading
    this.status = 'loading'
    try {
      const bytes = await this.#fetchPlane(of, prediction, loading.signal)
      this.#host.maker.setPlane(bytes, of.width, of.height)
      await this.#make()
      if (!loading.signal.aborted) this.status = 'ready'
    } catch (error) {
      if (loading.signal.aborted) return
      this.status = 'failed'
      this.error = sentenceOf(error)
    }
  }

  async #fetchPlane(of: ProposedPlane, { id, classes }: PredictionView, signal: AbortSignal): Promise<Uint8Array> {
    const { width, height, plane } = of
    const bytes = new Uint8Array(classes * width * height)
    const tiles = [...tilesOf({ x: 0, y: 0, w: width, h: height })]
    const fetchTile = async ({ tx, ty }: { tx: number; ty: number }) => {
      const url = predictionTileUrl(id, plane.imageId, plane.z, plane.t, { level: 0, tx, ty })
      const tile = new Uint8Array(await (await this.#host.data.get(url, { signal })).arrayBuffer())
      const across = Math.min(TILE_PX, width - tx * TILE_PX)
      const down = Math.min(TILE_PX, height - ty * TILE_PX)
      for (let index = 0; index < classes; index++) {
        for (let row = 0; row < down; row++) {
          const from = (index * TILE_PX + row) * TILE_PX
          const to = (index * height + ty * TILE_PX + row) * width + tx * TILE_PX
          bytes.set(tile.subarray(from, from + across), to)
        }
      }
    }
    const queue = tiles.values()
    const fetchSome = async () => {
      for (const tile of queue) await fetchTile(tile)
    }
    await Promise.all(Array.from({ length: 6 }, fetchSome))
    return bytes
  }

  async #make(): Promise<void> {
    if (this.status !== 'loading' && this.status !== 'ready') return
    const of = this.#of
    const found = await this.#host.maker.make($state.snapshot(this.plan))
    if (!found || of !== this.#of) return
    const settled = new Set(this.#settledPlaces().map((at) => found.labels[at]!))
    const open = found.objects.filter(({ id }) => !settled.has(id)).sort((a, b) => b.doubt - a.doubt)
    this.#show(open, found.labels)
  }

  #show(objects: readonly Proposal[], labels: Uint32Array | null): void {
    this.objects = objects
    this.labels = labels
    this.#open = labels && this.#settledPlaces().length > 0 ? only(labels, objects) : labels
    this.choose([])
  }
}

/** The map with the listed objects alone. */
function only(labels: Uint32Array, objects: readonly Proposal[]): Uint32Array {
  const isOpen = new Set(objects.map(({ id }) => id))
  return labels.map((id) => (isOpen.has(id) ? id : 0))
}
