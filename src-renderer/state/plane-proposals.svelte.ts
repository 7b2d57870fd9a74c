import type { ChosenProposals, PredictionView } from '../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../src-shared/scores/aims.ts'
import type { Asking, DataRoot } from './connection.ts'
import type { ObjectMaker } from './object-maker.ts'
import { covers, fetchRegion, isCut, isLarge, type ProposedPlane, regionFor } from './proposal-region.ts'
import type { Proposal } from './proposals.ts'
import { type PlacePx, SettledProposals } from './settled-proposals.ts'
import { sentenceOf } from './toasts.svelte.ts'

/** How long the view rests before proposals are made of another part of a large plane. */
const REST_MS = 250

/** What the proposals need of the rest of the window. */
export interface ProposalHost {
  ask: Asking
  data: DataRoot
  maker: ObjectMaker
  /** Shows a place of the plane. */
  jump(box: Proposal['box']): void
  /** Width of the ring that accepting draws. */
  ringPx(): number
  /** What is seen of the plane. */
  visible(): Rect
  /** Shows the proposed objects of a part of the plane, 0 background; null for none. */
  shown(proposed: { labels: Uint32Array; region: Rect } | null, chosen: ReadonlySet<number>): void
  /** Wraps a request that changes the plane. */
  changing<T>(task: () => Promise<T>): Promise<T>
  failed(error: unknown): void
}

/** The objects that a prediction proposes for the open plane, as the sliders make them now. */
export class PlaneProposals {
  prediction = $state.raw<PredictionView | null>(null)
  plan = $state<ObjectsPlan>({ ...DEFAULT_OBJECTS })
  /** 'zoom-in': of a large plane, and too much of it is seen to make objects of while a slider moves. */
  status = $state<'none' | 'loading' | 'ready' | 'zoom-in' | 'failed'>('none')
  error = $state('')
  /** What objects are made for; null once a slider was moved. */
  aim = $state<ObjectsAim | null>('balanced')
  /** The best way for an aim is being looked for. */
  isChoosing = $state(false)
  /** Not yet accepted or rejected, the most doubtful first; of a part of the plane only those that lie in it whole. */
  objects = $state.raw<readonly Proposal[]>([])
  chosen = $state.raw<ReadonlySet<number>>(new Set())
  /** 0 background, 1..n, of `region`; null while there is nothing. */
  labels = $state.raw<Uint32Array | null>(null)
  /** The plane is so large that its proposals are those of the part that is looked at. */
  isPartial = $state(false)
  isWorking = $state(false)

  readonly #host: ProposalHost
  readonly #settled = new SettledProposals()
  #of: ProposedPlane | null = null
  #region: Rect = { x: 0, y: 0, w: 0, h: 0 }
  /** The map without what was settled or is cut. */
  #open: Uint32Array | null = null
  #loading: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: ProposalHost) {
    this.#host = host
  }

  /** There are objects to accept, or may be beside the part that is shown. */
  get canAcceptAll(): boolean {
    return this.objects.length > 0 || (this.isPartial && this.prediction !== null)
  }

  get isTouched(): boolean {
    const own = this.prediction?.objects
    return own !== undefined && (Object.keys(own) as (keyof ObjectsPlan)[]).some((key) => own[key] !== this.plan[key])
  }

  /** Shows a prediction of a plane, or nothing. */
  async open(of: ProposedPlane | null, prediction: PredictionView | null): Promise<void> {
    this.#loading?.abort()
    clearTimeout(this.#timer)
    this.#of = of
    this.prediction = prediction
    this.isPartial = of !== null && isLarge(of)
    this.#settled.clear()
    this.#show([], null)
    if (!of || !prediction) {
      this.status = 'none'
      return
    }
    this.plan = { ...prediction.objects }
    this.aim = 'balanced'
    await this.#load(of, prediction)
  }

  /** Another part of the plane is looked at; proposals of a large one follow a moment later. */
  look(visible: Rect): void {
    if (!this.isPartial || !this.#of || !this.prediction) return
    clearTimeout(this.#timer)
    const isKnown = (this.status === 'ready' || this.status === 'loading') && covers(this.#region, this.#of, visible)
    if (isKnown && regionFor(this.#of, visible)) return
    this.#timer = setTimeout(() => {
      if (this.#of && this.prediction) void this.#load(this.#of, this.prediction)
    }, REST_MS)
  }

  set<K extends keyof ObjectsPlan>(name: K, value: ObjectsPlan[K]): void {
    this.plan[name] = value
    this.aim = null
    if (name === 'threshold') this.plan.seedThreshold = Math.max(this.plan.seedThreshold, this.plan.threshold)
    void this.#make()
  }

  /** Objects made for another aim, as the run's held-out parts say is best; the sliders go there. */
  async makeFor(aim: ObjectsAim): Promise<void> {
    const { prediction } = this
    if (!prediction) return
    if (aim === 'balanced') return this.reset()
    this.isChoosing = true
    try {
      const plan = await this.#host.ask.ask('prediction.objects', { id: prediction.id, aim })
      if (this.prediction?.id !== prediction.id) return
      this.plan = { ...plan }
      this.aim = aim
      await this.#make()
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.isChoosing = false
    }
  }

  /** Back to what training chose. */
  reset(): void {
    if (!this.prediction) return
    this.aim = 'balanced'
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
    this.#host.shown(this.#open && { labels: this.#open, region: this.#region }, this.chosen)
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

  /** All objects of the plane, also those beside the part that is shown, but for those accepted or rejected before. */
  async acceptAll(): Promise<void> {
    if (!this.#of) return
    await this.#work(async () => {
      const except = this.#settled.places
      const action = await this.#accept(except.length > 0 ? { except } : {})
      const everyId = this.objects.map(({ id }) => id)
      this.#settled.add(action, this.isPartial ? $state.snapshot(this.plan) : this.#placesOf(everyId))
      this.#show([], this.labels)
    })
  }

  async acceptChosen(): Promise<void> {
    const ids = [...this.chosen]
    if (!this.#of || ids.length === 0) return
    await this.#work(async () => this.#settle(await this.#accept({ chosen: this.#placesOf(ids) }), ids))
  }

  /** Writes background where the chosen objects are, so that the next run learns that nothing is there. */
  async rejectChosen(): Promise<void> {
    const ids = [...this.chosen]
    if (!this.#of || ids.length === 0) return
    await this.#work(async () => {
      const params = this.#request({ chosen: this.#placesOf(ids) })
      const { action } = await this.#host.changing(() => this.#host.ask.ask('prediction.reject', params))
      this.#settle(action, ids)
    })
  }

  /** What an action has settled is open again when it is taken back, and settled when it is done again. */
  replayed(action: string, isUndone: boolean): void {
    if (this.#settled.replayed(action, isUndone)) void this.#make()
  }

  dispose(): void {
    this.#loading?.abort()
    clearTimeout(this.#timer)
    this.#host.maker.dispose()
  }

  /** Answers the name of the action. */
  async #accept(which: Pick<ChosenProposals, 'chosen' | 'except'>): Promise<string> {
    const ringPx = this.#host.ringPx()
    const params = { ...this.#request(which), ...(ringPx > 0 ? { ringPx } : {}) }
    return (await this.#host.changing(() => this.#host.ask.ask('prediction.accept', params))).action
  }

  #request(which: Pick<ChosenProposals, 'chosen' | 'except'>): ChosenProposals {
    return { id: this.prediction!.id, plane: this.#of!.plane, objects: $state.snapshot(this.plan), ...which }
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
    this.#settled.add(action, this.#placesOf(ids))
    const wanted = new Set(ids)
    this.#show(
      this.objects.filter(({ id }) => !wanted.has(id)),
      this.labels,
    )
  }

  /** A pixel of each object. */
  #placesOf(ids: readonly number[]): PlacePx[] {
    const { labels } = this
    const { x: left, y: top, w } = this.#region
    const wanted = new Set(ids)
    return this.objects.flatMap(({ id, box }) => {
      if (!wanted.has(id) || !labels) return []
      const row = (box.y - top) * w + box.x - left
      return [{ x: box.x + labels.subarray(row, row + box.w).indexOf(id), y: box.y }]
    })
  }

  /** The object at a place, in a map of the region; 0 beside it. */
  #at(labels: Uint32Array, { x, y }: PlacePx): number {
    const { x: left, y: top, w, h } = this.#region
    return x >= left && y >= top && x < left + w && y < top + h ? labels[(y - top) * w + x - left]! : 0
  }

  async #load(of: ProposedPlane, prediction: PredictionView): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const region = regionFor(of, this.#host.visible())
    if (!region) {
      this.status = 'zoom-in'
      this.#show([], null)
      return
    }
    if (this.status !== 'ready') this.status = 'loading'
    try {
      const bytes = await fetchRegion(this.#host.data, of, prediction, region, loading.signal)
      const chosen = this.#placesOf([...this.chosen])
      this.#region = region
      this.#host.maker.setPlane(bytes, region.w, region.h)
      await this.#make(chosen)
      if (!loading.signal.aborted) this.status = 'ready'
    } catch (error) {
      if (loading.signal.aborted) return
      this.status = 'failed'
      this.error = sentenceOf(error)
    }
  }

  /** What was chosen stays chosen where it is there still. */
  async #make(chosen = this.#placesOf([...this.chosen])): Promise<void> {
    if (this.status !== 'loading' && this.status !== 'ready') return
    const [of, region, plan] = [this.#of, this.#region, $state.snapshot(this.plan)]
    const found = await this.#host.maker.make(plan)
    if (!found || !of || of !== this.#of || region !== this.#region) return
    const settled = new Set(this.#settled.places.map((place) => this.#at(found.labels, place)))
    const isEverything = this.#settled.isEverything(plan)
    const open = found.objects
      .map((object) => ({ ...object, box: { ...object.box, x: object.box.x + region.x, y: object.box.y + region.y } }))
      .filter(({ id, box }) => !isEverything && !settled.has(id) && !isCut(box, region, of, plan))
      .sort((a, b) => b.doubt - a.doubt)
    this.#show(open, found.labels)
    this.choose(chosen.map((place) => this.#at(this.#open!, place)).filter((id) => id !== 0))
  }

  #show(objects: readonly Proposal[], labels: Uint32Array | null): void {
    this.objects = objects
    this.labels = labels
    this.#open = labels && only(labels, objects)
    this.choose([])
  }
}

/** The map with the listed objects alone. */
function only(labels: Uint32Array, objects: readonly Proposal[]): Uint32Array {
  const isOpen = new Set(objects.map(({ id }) => id))
  return labels.map((id) => (isOpen.has(id) ? id : 0))
}
