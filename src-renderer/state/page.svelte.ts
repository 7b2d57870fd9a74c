import { untrack } from 'svelte'
import type { ApiEvent, ImageView, ObjectView, ReplayView, Result } from '../../src-shared/api.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, intersect, type PlaneKey } from '../../src-shared/planes.ts'
import { Annotator } from '../annotator/annotator.ts'
import type { PlaneInfo, PlaneLink } from '../annotator/link.ts'
import type { Display } from '../annotator/view.ts'
import { AnnotatorMirror } from './annotator-mirror.svelte.ts'
import type { Connection } from './connection.ts'
import { ContrastLimits } from './contrast-limits.svelte.ts'
import { KeptSender } from './kept-sender.ts'
import { planeInfo, planeLink, predictionLink, samePlane, unseenChange } from './plane-link.ts'
import { PlaneObjects } from './plane-objects.svelte.ts'
import type { Project } from './project.svelte.ts'
import { ShownPrediction } from './shown-prediction.svelte.ts'
import { sentenceOf, type Toasts } from './toasts.svelte.ts'
import { planeText } from './words.ts'

/** How long changes rest before the list of objects is asked for again. */
const REST_MS = 150

/** Width of the background ring where somebody switches it on without saying how wide. */
export const USUAL_RING_PX = 8

export interface Readout {
  x: number
  y: number
  values: readonly number[]
  labelName: string
  weight: number | null
  probability: number | null
}

/** The open plane as views see it: a mirror of the annotator, with what the host knows of the plane. */
export class Page extends AnnotatorMirror {
  /**
   * 'loading' and 'changing': what `plane` names is not on the screen yet and nothing can be painted; while it changes,
   * the plane before stays in sight.
   */
  status = $state<'empty' | 'loading' | 'changing' | 'ready' | 'failed'>('empty')
  error = $state('')
  imageId = $state<number | undefined>(undefined)
  z = $state(0)
  t = $state(0)
  isComplete = $state(false)
  /** Counts up whenever something painted has reached the disk. */
  paintedVersion = $state(0)
  readonly objectList: PlaneObjects
  readonly prediction: ShownPrediction

  /** A plane has been opened, or the open one closed. */
  onOpened: () => unknown = () => {}
  /** An action, by its name, was taken back or done again. */
  onReplayed: (action: string, isUndone: boolean) => void = () => {}
  /** A proposed object was clicked. */
  onProposal: (id: number) => void = () => {}

  readonly #connection: Connection
  readonly #project: Project
  readonly #toasts: Toasts
  readonly #kept: KeptSender
  readonly #limits: ContrastLimits
  #opening: AbortController | undefined
  /** Why no plane can be drawn in this window; empty where they can. */
  #obstacle = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Requests under way that change the plane without the annotator. */
  #foreign = 0
  /** How each image was last shown. */
  readonly #displays = new Map<number, Display>()

  readonly image = $derived.by((): ImageView | undefined => this.#project.image(this.imageId))
  readonly plane = $derived.by((): PlaneKey | null =>
    this.imageId === undefined ? null : { imageId: this.imageId, layer: DEFAULT_LAYER, z: this.z, t: this.t },
  )
  readonly isOpen = $derived(this.status === 'ready' || this.status === 'changing')
  /** As text: a derived object would be another one with every stroke. */
  readonly #pixelSize = $derived(JSON.stringify(this.image?.pixelSizeUm))
  readonly hasNextPlane = $derived(this.z + 1 < (this.image?.z ?? 1))
  readonly canShowColour = $derived((this.image?.channels ?? 1) >= 3)
  readonly readout = $derived.by((): Readout | null => {
    if (!this.cursor) return null
    const { x, y, values, label, weight, probability } = this.cursor
    return { x, y, values: values ?? [], labelName: this.labelName(label), weight, probability }
  })

  constructor(connection: Connection, project: Project, toasts: Toasts) {
    super()
    this.#connection = connection
    this.#project = project
    this.#toasts = toasts
    this.#limits = new ContrastLimits(connection)
    const page = this
    this.#kept = new KeptSender(project, toasts, {
      get plane() {
        return page.plane
      },
      reopen: () => this.reopen(),
      send: (image, plane) => this.#sendKept(image, plane),
    })
    this.prediction = new ShownPrediction((prediction, classIndex) => {
      const link = prediction && this.plane ? predictionLink(connection, this.plane, prediction, classIndex) : null
      this.annotator?.layers.setPrediction(link)
    })
    this.objectList = new PlaneObjects({
      ask: connection,
      toasts,
      get plane() {
        return page.plane
      },
      get planeCount() {
        return page.image?.z ?? 1
      },
      apply: (draft) => this.apply(draft),
      jump: (box) => this.jump(box),
      openPlane: (z, t) => this.openPlane(z, t),
      changing: (task) => this.changing(task),
    })
  }

  /** Values that the plane has, least and greatest. */
  get displayLimits(): readonly [number, number] {
    return this.#limits.current
  }

  /** The objects painted on the plane. */
  get objects(): readonly ObjectView[] {
    return this.objectList.all
  }

  /** Chooses some of them, and no others. */
  select(ids: Iterable<number>): void {
    this.objectList.select(ids)
  }

  /** For `{@attach}`: the element that the annotator lives in. */
  readonly attach = (host: HTMLElement) => untrack(() => this.#attach(host))

  #attach(host: HTMLElement): () => void {
    this.#obstacle = ''
    const annotator = new Annotator(host, { storage: this.#kept.strokes })
    const stops = [this.mirror(annotator), ...this.#listen(annotator)]
    const follow = $effect.root(() => {
      $effect(() => annotator.layers.chooseObjects(this.objectList.selected))
      $effect(() => {
        void this.#pixelSize
        // A plane that is being opened brings its own.
        untrack(() => this.isOpen && annotator.setInfo({ pixelSizeUm: this.image?.pixelSizeUm }))
      })
      $effect(() => annotator.setInfo({ classes: this.#classes(), readOnly: this.#project.isReadOnly }))
      $effect(() => {
        if (!this.#project.isReadOnly) untrack(() => this.sendKept())
      })
    })
    if (this.image) void this.open(this.image, this.z, this.t)
    return () => {
      follow()
      for (const stop of stops) stop()
      annotator.dispose()
    }
  }

  // --- opening --------------------------------------------------------------------------------------------------

  async open(image: ImageView, z = 0, t = 0): Promise<void> {
    this.#opening?.abort()
    const opening = new AbortController()
    this.#opening = opening
    const isOther = image.id !== this.imageId
    this.imageId = image.id
    this.z = Math.min(z, image.z - 1)
    this.t = Math.min(t, image.t - 1)
    this.status = isOther || !this.isOpen ? 'loading' : 'changing'
    this.annotator?.painting.hold()
    this.select([])
    try {
      const plane = this.plane!
      const { signal } = opening
      const [view, objects] = await Promise.all([
        this.#connection.ask('plane.view', { plane }, { signal }),
        this.#connection.ask('plane.objects', { plane }, { signal }),
      ])
      if (signal.aborted) return
      if (this.#obstacle) this.#fail(this.#obstacle)
      else this.#show(image, plane, view, objects)
    } catch (error) {
      if (opening.signal.aborted) return
      this.#fail(
        image.isMissing ? `The file of “${image.name}” is not where it was; find it again.` : sentenceOf(error),
      )
    }
  }

  /** Shows nothing; what was painted goes on being saved. */
  close(): void {
    this.#opening?.abort()
    this.annotator?.close()
    this.imageId = undefined
    this.status = 'empty'
    this.cursor = null
    this.#take([])
    void this.onOpened()
  }

  #fail(sentence: string): void {
    this.annotator?.close()
    this.status = 'failed'
    this.error = sentence
  }

  openPlane(z: number, t: number): Promise<void> {
    return this.image ? this.open(this.image, z, t) : Promise.resolve()
  }

  reopen(): Promise<void> {
    return this.openPlane(this.z, this.t)
  }

  async stepPlane(by: number): Promise<void> {
    const { image } = this
    if (!image) return
    const isStack = image.z > 1
    const count = isStack ? image.z : image.t
    const at = Math.max(0, Math.min(count - 1, (isStack ? this.z : this.t) + by))
    if (at !== (isStack ? this.z : this.t)) await (isStack ? this.openPlane(at, this.t) : this.openPlane(this.z, at))
  }

  /** Runs a request that changes planes without the annotator, which hears of the changes as of another window's. */
  async changing<T>(task: () => Promise<T>): Promise<T> {
    this.#foreign++
    try {
      return await task()
    } finally {
      this.#foreign--
    }
  }

  /** Sends what an earlier window has painted and could not save. */
  sendKept(): void {
    this.#kept.sendAll()
  }

  #sendKept(image: ImageView, plane: PlaneKey): void {
    const unseen = { revision: 0, isComplete: false, undo: 0, redo: 0 }
    this.annotator?.sendKept(this.#linkTo(image, plane), this.#infoOf(image, plane, unseen))
  }

  // --- what is known of it --------------------------------------------------------------------------------------

  setComplete(isComplete: boolean): void {
    this.isComplete = isComplete
    this.annotator?.setInfo({ isComplete })
    this.apply({ tool: 'complete', isComplete })
  }

  labelName(label: number): string {
    if (label === LABEL.unpainted) return this.isComplete ? 'background' : 'unpainted'
    if (label === LABEL.background) return 'background'
    if (label === LABEL.boundary) return 'boundary'
    if (label === LABEL.ignore) return 'unknown'
    const classId = this.objects.find(({ id }) => id === label)?.classId
    const name = classId === undefined ? undefined : this.#project.classOf(classId)?.name
    return isObjectId(label) ? `${name ?? 'object'} ${label}` : ''
  }

  /** Shows the probability of one class, or of being any object with 0. */
  showProbabilityOf(classIndex: number): void {
    this.overlays.probability = true
    this.prediction.chooseClass(classIndex)
  }

  // --- the host -------------------------------------------------------------------------------------------------

  hear(event: ApiEvent): void {
    if (event.type !== 'plane-changed' || !this.plane || !samePlane(event.change.plane, this.plane)) return
    this.refreshSoon()
  }

  /** Asks again for the objects, a moment after the last change. */
  refreshSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#refresh().catch((error) => this.#toasts.error(error)), REST_MS)
  }

  async #refresh(): Promise<void> {
    const { plane } = this
    if (!plane || !this.isOpen) return
    const [view, objects] = await Promise.all([
      this.#connection.ask('plane.view', { plane }),
      this.#connection.ask('plane.objects', { plane }),
    ])
    if (!this.plane || !samePlane(plane, this.plane)) return
    this.isComplete = view.isComplete
    this.annotator?.setInfo({ isComplete: view.isComplete })
    this.#take(objects)
    this.paintedVersion++
  }

  #show(image: ImageView, plane: PlaneKey, view: Result<'plane.view'>, objects: ObjectView[]): void {
    this.isComplete = view.isComplete
    this.prediction.forget()
    const link = this.#linkTo(image, plane)
    const info = this.#infoOf(image, plane, view)
    this.annotator?.open(link, info, this.#displays.get(image.id))
    this.#take(objects)
    this.status = 'ready'
    this.#findLimits()
    void this.onOpened()
  }

  #linkTo(image: ImageView, plane: PlaneKey): PlaneLink {
    return planeLink(this.#connection, image, plane, {
      isForeign: () => this.#foreign > 0,
      replayed: (reply, isUndone) => {
        this.onReplayed(reply.action, isUndone)
        void this.#showReplayed(reply, plane, isUndone)
      },
      saved: () => this.#kept.saved(),
      kept: (failure) => this.#kept.failed(failure),
    })
  }

  #infoOf(image: ImageView, plane: PlaneKey, view: Result<'plane.view'>): PlaneInfo {
    const { ringPx } = this.teaching
    return planeInfo(image, plane, view, { classes: this.#classes(), ringPx, readOnly: this.#project.isReadOnly })
  }

  /** Goes to the plane that an undo or a redo has changed where that is another than the one it was asked for on. */
  async #showReplayed({ changes }: ReplayView, on: PlaneKey, isUndone: boolean): Promise<void> {
    const change = this.plane && unseenChange(changes, on, this.plane)
    const image = change && this.#project.image(change.plane.imageId)
    if (!change || !image) return
    const { plane, rect } = change
    if (!samePlane(plane, this.plane!)) {
      this.#toasts.note(`${isUndone ? 'Taken back' : 'Done again'} on ${planeText(image, plane)}.`)
    }
    await this.open(image, plane.z, plane.t)
    const isThere = this.status === 'ready' && samePlane(plane, this.plane!)
    const seen = intersect(rect, this.visible)
    if (isThere && rect.w > 0 && (seen.w === 0 || seen.h === 0)) this.jump(rect)
  }

  #classes(): PlaneInfo['classes'] {
    return $state.snapshot(this.#project.classes) as PlaneInfo['classes']
  }

  #findLimits(): void {
    const { plane, image } = this
    const shown = this.annotator?.contrast.limits ?? [0, 255]
    if (plane && image) void this.#limits.find(image, plane, this.display.channel, shown)
  }

  #take(objects: readonly ObjectView[]): void {
    this.objectList.take(objects)
    this.annotator?.layers.setObjects(this.objectList.all)
    this.#takeClassOfLabel()
  }

  /** The class of the object that strokes go on with is the one shown, and the one it comes back with once it has gone. */
  #takeClassOfLabel(): void {
    const { label, classId } = this.options
    const found = this.objects.find(({ id }) => id === label)
    if (found && found.classId !== classId) this.setOptions({ classId: found.classId })
  }

  #listen(annotator: Annotator): (() => void)[] {
    const { objectList } = this
    let channel = this.display.channel
    return [
      annotator.on('display', (display) => {
        if (display.channel !== channel) this.#findLimits()
        channel = display.channel
        if (this.imageId !== undefined) this.#displays.set(this.imageId, display)
      }),
      annotator.on('options', () => this.#takeClassOfLabel()),
      annotator.on('settled', () => this.refreshSoon()),
      annotator.on('failed', ({ message }) => this.#toasts.failed(message)),
      annotator.on('chosen', ({ objectId }) => (objectId === 0 ? objectList.select([]) : objectList.toggle(objectId))),
      annotator.on('proposal', ({ id }) => this.onProposal(id)),
      annotator.on('loading', ({ failures }) => {
        if (failures === 3) this.#toasts.failed('Parts of this image do not come; look at the connection.')
      }),
      annotator.on('broken', ({ message }) => {
        this.#obstacle = message
        this.#fail(message)
      }),
    ]
  }
}
