import type { ChosenProposals, PredictionView } from '../../src-shared/api.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { AskError } from './ask-error.ts'
import { ObjectsChoice } from './objects-choice.svelte.ts'
import { samePlane } from './plane-link.ts'
import { accept, type ProposalHost, reject, type SettledByHost, type ShownProposals } from './proposal-host.ts'
import { ProposalMap } from './proposal-map.ts'
import { covers, isCut, isLarge, type ProposedPlane, regionFor } from './proposal-region.ts'
import type { Proposal } from './proposals.ts'
import { readProbabilities } from './regions.ts'
import { type PlacePx, type Settled, SettledProposals } from './settled-proposals.ts'
import { sentenceOf } from './toasts.svelte.ts'

/** How long the view rests before proposals are made of another part of a large plane. */
const REST_MS = 250

const NOTHING_CHANGED =
  'Nothing was changed: most of what is proposed there is painted already; paint or erase by hand.'
const SOME_LEFT_OUT =
  'Objects of which most is painted already were not accepted, and are proposed still; paint or erase by hand.'

/** Objects that are being accepted or rejected: those shown, and how they are known when others are shown. */
interface Settling {
  on: ProposedPlane
  fate: Settled['fate']
  objects: readonly Proposal[]
  places: readonly PlacePx[]
  /** The places; or the plan, where all of a plane is accepted that is not known whole. */
  of: Settled['of']
}

/** Those that the host has settled, and the rest, which it has left out; `map` is that in which they were chosen. */
function divided(settling: Settling, leftOut: readonly PlacePx[], map: ProposalMap | null) {
  const ids = new Set(leftOut.map((place) => map?.at(place)))
  const part = (isLeftOut: boolean): Settling => {
    const indices = settling.objects.flatMap(({ id }, index) => (ids.has(id) === isLeftOut ? [index] : []))
    const objects = indices.map((index) => settling.objects[index]!)
    const places = indices.map((index) => settling.places[index]!)
    return { ...settling, objects, places, of: settling.of === settling.places ? places : settling.of }
  }
  return { settled: part(false), rest: part(true) }
}

/** The objects that a prediction proposes for the open plane, as the sliders make them now. */
export class PlaneProposals {
  prediction = $state.raw<PredictionView | null>(null)
  /** 'zoom-in': of a large plane, and too much of it is seen to make objects of while a slider moves. */
  status = $state<'none' | 'loading' | 'ready' | 'zoom-in' | 'failed'>('none')
  error = $state('')
  /** Not yet accepted or rejected, the most doubtful first; of a part of the plane only those that lie in it whole. */
  objects = $state.raw<readonly Proposal[]>([])
  chosen = $state.raw<ReadonlySet<number>>(new Set())
  /** Objects that are found and not proposed, because they are in the annotation already. */
  inAnnotation = $state(0)
  /** The plane is so large that its proposals are those of the part that is looked at. */
  isPartial = $state(false)
  isWorking = $state(false)

  /** How objects are made. */
  readonly choice: ObjectsChoice
  readonly #host: ProposalHost
  readonly #settled = new SettledProposals()
  /** What the host has been asked to settle and has not answered yet. */
  readonly #settling = new Set<Settling>()
  #of: ProposedPlane | null = null
  #region: Rect = { x: 0, y: 0, w: 0, h: 0 }
  /** All that was found in the region; null while there is nothing. */
  #map: ProposalMap | null = null
  /** The map as it is drawn: without what was settled, is painted or is cut. */
  #shown: ShownProposals | null = null
  /** Objects are found and not offered because of what is painted. */
  #isPaintDeciding = false
  /** What is known to be painted was read after something had been settled here, or is being read. */
  #hasPaintedOurs = false
  #look = 0
  #loading: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: ProposalHost) {
    this.#host = host
    this.choice = new ObjectsChoice(host, () => this.#make())
  }

  /** There are objects to accept, or may be beside the part that is shown. */
  get canAcceptAll(): boolean {
    return this.objects.length > 0 || (this.isPartial && this.prediction !== null)
  }

  /** Shows a prediction of a plane, or nothing. */
  async open(of: ProposedPlane | null, prediction: PredictionView | null): Promise<void> {
    this.#loading?.abort()
    clearTimeout(this.#timer)
    this.#of = of
    this.prediction = prediction
    this.isPartial = of !== null && isLarge(of)
    this.#settled.clear()
    this.inAnnotation = 0
    this.#show([], null)
    if (!of || !prediction) {
      this.status = 'none'
      return
    }
    this.choice.begin(prediction, of.plane.imageId)
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

  toggle(id: number): void {
    const next = new Set(this.chosen)
    if (!next.delete(id)) next.add(id)
    this.choose(next)
  }

  choose(ids: Iterable<number>): void {
    this.chosen = new Set(ids)
    this.#host.shown(this.#shown, this.chosen)
  }

  /** The class of the project that accepting an object gives to it. */
  classIdOf({ classIndex }: Proposal): number {
    return this.prediction?.classIds[classIndex] ?? -1
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
    const [on, objects] = [this.#of, this.#undecided(this.objects)]
    if (!on || (objects.length === 0 && !this.isPartial)) return
    const [places, proposed] = [this.#placesOf(objects), this.#proposed]
    const except = [...this.#settled.places, ...this.#placesInSettling]
    const which = except.length > 0 ? { except } : {}
    const of = this.isPartial ? proposed.objects : places
    await this.#settle({ on, fate: 'accepted', objects, places, of }, () => accept(this.#host, proposed, which))
  }

  acceptChosen(): Promise<void> {
    return this.#settleChosen('accepted', accept)
  }

  /** Writes background where the chosen objects are, so that the next run learns that nothing is there. */
  rejectChosen(): Promise<void> {
    return this.#settleChosen('rejected', reject)
  }

  /**
   * What an action has settled is open again when it is taken back, and settled when it is done again. An action from
   * before the plane was opened may have painted, or may paint now, what is proposed.
   */
  replayed(action: string, isUndone: boolean): void {
    const isOurs = this.#settled.replayed(action, isUndone)
    if (isOurs && !this.#hasPaintedOurs) void this.#make()
    else if (isOurs || this.inAnnotation > 0 || this.#isPaintDeciding || !isUndone) {
      void this.#lookAgain().catch((error) => this.#host.failed(error))
    }
  }

  dispose(): void {
    this.#loading?.abort()
    clearTimeout(this.#timer)
    this.#host.maker.dispose()
  }

  /** What is decided about now. */
  get #proposed() {
    return { id: this.prediction!.id, plane: this.#of!.plane, objects: $state.snapshot(this.choice.plan) }
  }

  async #settleChosen(fate: Settled['fate'], ask: typeof reject): Promise<void> {
    const [on, objects] = [this.#of, this.#undecided(this.#chosenObjects)]
    if (!on || objects.length === 0) return
    const [places, proposed] = [this.#placesOf(objects), this.#proposed]
    const which = this.#at(places)
    await this.#settle({ on, fate, objects, places, of: places }, () => ask(this.#host, proposed, which))
  }

  /**
   * Has the host settle objects, and books its answer on the plane that they are of: meanwhile another may be opened, or
   * a slider make other objects of this one.
   */
  async #settle(settling: Settling, ask: () => Promise<SettledByHost | null>): Promise<void> {
    const map = this.#map
    this.#settling.add(settling)
    this.isWorking = true
    try {
      const answer = await ask()
      if (settling.on !== this.#of) return await this.#paintedBehind(settling.on)
      if (answer === null) return await this.#leftOut(settling, NOTHING_CHANGED)
      const { settled, rest } = divided(settling, answer.leftOut, map)
      this.#settled.add({ ...answer, fate: settling.fate, of: settled.of })
      if (map === this.#map) this.#close(settled)
      else await this.#make()
      if (answer.leftOut.length > 0) await this.#leftOut(rest, SOME_LEFT_OUT)
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.#settling.delete(settling)
      this.isWorking = this.#settling.size > 0
    }
  }

  /** What is painted was another's, and tells which objects need no decision any more; of the others it is said. */
  async #leftOut({ places }: Settling, sentence: string): Promise<void> {
    await this.#lookAgain()
    const ids = new Set(places.map((place) => this.#map?.at(place)))
    if (this.objects.some(({ id }) => ids.has(id))) this.#host.failed(new AskError('nothing-to-settle', sentence))
  }

  /** A plane was painted that was left meanwhile. Opened again, it may have read what is painted before that. */
  async #paintedBehind({ plane }: ProposedPlane): Promise<void> {
    const isBack = this.#of && samePlane(plane, this.#of.plane)
    if (isBack && this.prediction) await this.#load(this.#of!, this.prediction)
  }

  /** Objects that are shown are settled; of the others those chosen meanwhile stay chosen. */
  #close({ fate, objects }: Settling): void {
    const isSettled = new Set(objects)
    const left = this.objects.filter((object) => !isSettled.has(object))
    const chosen = left.filter(({ id }) => this.chosen.has(id))
    if (fate === 'accepted') this.inAnnotation += this.objects.length - left.length
    this.#show(left, this.#map)
    if (chosen.length > 0) this.choose(chosen.map(({ id }) => id))
  }

  /** Those that the host has not been asked to settle; a slider may have made other objects of them meanwhile. */
  #undecided(objects: readonly Proposal[]): Proposal[] {
    const ids = new Set(this.#placesInSettling.map((place) => this.#map?.at(place)))
    return objects.filter(({ id }) => !ids.has(id))
  }

  /** Of the plane that is open. */
  get #placesInSettling(): PlacePx[] {
    const here = [...this.#settling].filter(({ on }) => this.#of && samePlane(on.plane, this.#of.plane))
    return here.flatMap(({ places }) => places)
  }

  get #chosenObjects(): Proposal[] {
    return this.objects.filter(({ id }) => this.chosen.has(id))
  }

  /** Those of places, for the host. A large plane is known in part alone, and the host makes the same of the same part. */
  #at(chosen: PlacePx[]): Pick<ChosenProposals, 'chosen' | 'region'> {
    return { chosen, ...(this.isPartial && this.#map ? { region: this.#map.region } : {}) }
  }

  /** A pixel of each object. */
  #placesOf(objects: readonly Proposal[]): PlacePx[] {
    return this.#map?.placesOf(objects) ?? []
  }

  async #load(of: ProposedPlane, prediction: PredictionView): Promise<void> {
    this.#loading?.abort()
    const loading = new AbortController()
    this.#loading = loading
    const region = regionFor(of, this.#host.visible())
    if (!region) {
      this.status = 'zoom-in'
      this.inAnnotation = 0
      this.#show([], null)
      return
    }
    if (this.status !== 'ready') this.status = 'loading'
    try {
      const [bytes, painted] = await Promise.all([
        readProbabilities(this.#host.data, prediction, of.plane, region, loading.signal),
        this.#host.painted(of.plane, region, loading.signal),
      ])
      const chosen = this.#placesOf(this.#chosenObjects)
      this.#region = region
      this.#host.maker.setPlane(bytes, region.w, region.h)
      this.#takePainted(painted)
      await this.#make(chosen)
      if (!loading.signal.aborted && this.status === 'loading') this.status = 'ready'
    } catch (error) {
      if (!loading.signal.aborted) this.#fail(error)
    }
  }

  /** Something that is painted has changed. */
  async #lookAgain(): Promise<void> {
    const [of, region] = [this.#of, this.#region]
    if (!of || !this.prediction || this.status !== 'ready') return
    this.#hasPaintedOurs = true
    const look = ++this.#look
    const painted = await this.#host.painted(of.plane, region)
    if (look !== this.#look || of !== this.#of || region !== this.#region) return // a later look tells
    this.#takePainted(painted)
    await this.#make()
  }

  #takePainted(painted: Uint32Array | null): void {
    this.#hasPaintedOurs = !this.#settled.isEmpty
    this.#host.maker.setPainted(painted)
  }

  /** What was chosen stays chosen where it is there still. */
  async #make(chosen = this.#placesOf(this.#chosenObjects)): Promise<void> {
    if (this.status !== 'loading' && this.status !== 'ready') return
    const [of, region, plan] = [this.#of, this.#region, $state.snapshot(this.choice.plan)]
    const found = await this.#host.maker.make(plan).catch((error) => {
      if (of === this.#of) this.#fail(error)
    })
    if (!found || !of || of !== this.#of || region !== this.#region) return
    const map = new ProposalMap(found.labels, region)
    const idsAt = (places: readonly PlacePx[]) => new Set(places.map((place) => map.at(place)))
    const whole = found.objects
      .map((object) => ({ ...object, box: { ...object.box, x: object.box.x + region.x, y: object.box.y + region.y } }))
      .filter(({ box }) => !isCut(box, region, of, plan))
    const [settled, accepted] = [idsAt(this.#settled.places), idsAt(this.#settled.acceptedPlaces)]
    const allBut = this.#settled.allBut(plan)
    const stays = allBut && idsAt(allBut)
    const isAccepted = (id: number) => accepted.has(id) || (stays !== undefined && !stays.has(id))
    const { inAnnotation, asNoObject } = found.decided
    this.#isPaintDeciding = inAnnotation.size + asNoObject.size > 0
    const isOpen = (id: number) => !settled.has(id) && !isAccepted(id) && !inAnnotation.has(id) && !asNoObject.has(id)
    const open = whole.filter(({ id }) => isOpen(id))
    this.inAnnotation = whole.filter(({ id }) => isAccepted(id) || inAnnotation.has(id)).length
    this.#show(
      open.sort((a, b) => b.doubt - a.doubt),
      map,
    )
    this.choose(chosen.map((place) => map.at(place)).filter((id) => this.#shown!.classIds.has(id)))
  }

  #fail(error: unknown): void {
    this.status = 'failed'
    this.error = sentenceOf(error)
    this.#show([], null)
  }

  #show(objects: readonly Proposal[], map: ProposalMap | null): void {
    this.objects = objects
    this.#map = map
    const classIds = new Map(objects.map((object) => [object.id, this.classIdOf(object)]))
    this.#shown = map && { labels: map.labels, region: map.region, classIds }
    this.choose([])
  }
}
