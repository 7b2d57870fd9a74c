import { untrack } from 'svelte'
import type { ApiEvent, ImageView, ObjectView, PredictionView } from '../../src-shared/api.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import { Annotator, type CursorInfo } from '../annotator/annotator.ts'
import { DEFAULT_TOOL_OPTIONS, type StrokeDraft, type ToolId, type ToolOptions } from '../annotator/tool.ts'
import {
  DEFAULT_DISPLAY,
  DEFAULT_OVERLAYS,
  DEFAULT_TEACHING,
  type Display,
  mostWeight,
  type Overlays,
  type Teaching,
} from '../annotator/view.ts'
import type { Point } from '../annotator/viewport.ts'
import type { Connection } from './connection.ts'
import { planeLink, predictionLink, samePlane } from './plane-link.ts'
import type { Project } from './project.svelte.ts'
import { browserStore } from './stored.ts'
import { sentenceOf, type Toasts } from './toasts.svelte.ts'

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

/** The open plane as views see it: a mirror of the annotator, with what the host knows of the plane's objects. */
export class Page {
  status = $state<'empty' | 'loading' | 'ready' | 'failed'>('empty')
  error = $state('')
  imageId = $state<number | undefined>(undefined)
  z = $state(0)
  t = $state(0)
  tool = $state<ToolId>('brush')
  options = $state.raw<ToolOptions>(DEFAULT_TOOL_OPTIONS)
  display = $state.raw<Display>(DEFAULT_DISPLAY)
  displayLimits = $state.raw<readonly [number, number]>([0, 255])
  readonly overlays = $state<Overlays>({ ...DEFAULT_OVERLAYS })
  teaching = $state.raw<Teaching>(DEFAULT_TEACHING)
  weightsState = $state<'off' | 'shown' | 'busy' | 'zoom-in'>('off')
  cursor = $state.raw<CursorInfo | null>(null)
  unsaved = $state(0)
  isConnected = $state(true)
  history = $state.raw({ undo: 0, redo: 0 })
  zoom = $state(1)
  /** The plane's point in the middle of what is seen. */
  centre = $state.raw<Point>({ x: 0, y: 0 })
  visible = $state.raw<Rect>({ x: 0, y: 0, w: 0, h: 0 })
  isComplete = $state(false)
  objects = $state.raw<readonly ObjectView[]>([])
  selected = $state.raw<ReadonlySet<number>>(new Set())
  predictionShown = $state.raw<PredictionView | null>(null)
  /** Counts up whenever something painted has reached the disk. */
  paintedVersion = $state(0)

  /** A plane has been opened. */
  onOpened: () => unknown = () => {}
  /** An action, by its name, was taken back or done again. */
  onReplayed: (action: string, isUndone: boolean) => void = () => {}
  /** A proposed object was clicked. */
  onProposal: (id: number) => void = () => {}

  readonly #connection: Connection
  readonly #project: Project
  readonly #toasts: Toasts
  #annotator: Annotator | undefined
  #opening: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Requests under way that change the plane without the annotator. */
  #foreign = 0
  /** How each image was last shown. */
  readonly #displays = new Map<number, Display>()

  readonly image = $derived.by((): ImageView | undefined => this.#project.image(this.imageId))
  readonly plane = $derived.by((): PlaneKey | null =>
    this.imageId === undefined ? null : { imageId: this.imageId, layer: DEFAULT_LAYER, z: this.z, t: this.t },
  )
  readonly isOpen = $derived(this.status === 'ready')
  readonly hasNextPlane = $derived(this.z + 1 < (this.image?.z ?? 1))
  readonly canShowColour = $derived((this.image?.channels ?? 1) >= 3)
  readonly classWeights = $derived(this.teaching.classWeights)
  readonly mostWeight = $derived(mostWeight(this.teaching))
  readonly readout = $derived.by((): Readout | null => {
    if (!this.cursor) return null
    const { x, y, values, label, weight, probability } = this.cursor
    return { x, y, values: values ?? [], labelName: this.labelName(label), weight, probability }
  })

  constructor(connection: Connection, project: Project, toasts: Toasts) {
    this.#connection = connection
    this.#project = project
    this.#toasts = toasts
  }

  /** For `{@attach}`: the element that the annotator lives in. */
  readonly attach = (host: HTMLElement) => untrack(() => this.#attach(host))

  #attach(host: HTMLElement): () => void {
    const annotator = new Annotator(host, { storage: projectStorage(() => this.#project.view?.createdAt ?? '') })
    this.#annotator = annotator
    const stops = this.#listen(annotator)
    const follow = $effect.root(() => {
      $effect(() => annotator.layers.setOverlays($state.snapshot(this.overlays)))
      $effect(() => annotator.layers.chooseObjects(this.selected))
      $effect(() =>
        annotator.setInfo({
          classes: $state.snapshot(this.#project.classes) as never,
          readOnly: this.#project.isReadOnly,
        }),
      )
    })
    annotator.layers.setTeaching(this.teaching)
    if (this.image) void this.open(this.image, this.z, this.t)
    return () => {
      follow()
      for (const stop of stops) stop()
      this.#annotator = undefined
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
    if (isOther || this.status !== 'ready') this.status = 'loading'
    this.select([])
    try {
      const plane = this.plane!
      const { signal } = opening
      const [view, objects] = await Promise.all([
        this.#connection.ask('plane.view', { plane }, { signal }),
        this.#connection.ask('plane.objects', { plane }, { signal }),
      ])
      if (signal.aborted) return
      this.#show(image, plane, view, objects)
    } catch (error) {
      if (opening.signal.aborted) return
      this.#annotator?.close()
      this.status = 'failed'
      this.error = image.isMissing
        ? `The file of “${image.name}” is not where it was; find it again.`
        : sentenceOf(error)
    }
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

  // --- hands ----------------------------------------------------------------------------------------------------

  chooseTool(id: ToolId): void {
    this.#annotator?.painting.setTool(id)
  }

  setOptions(options: Partial<ToolOptions>): void {
    this.#annotator?.painting.setOptions(options)
  }

  scaleBrush(factor: number): void {
    this.#annotator?.painting.scaleBrush(factor)
  }

  async undo(): Promise<void> {
    await this.#annotator?.painting.undo()
  }

  async redo(): Promise<void> {
    await this.#annotator?.painting.redo()
  }

  setComplete(isComplete: boolean): void {
    this.isComplete = isComplete
    this.#annotator?.setInfo({ isComplete })
    this.#apply({ tool: 'complete', isComplete })
  }

  // --- objects --------------------------------------------------------------------------------------------------

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids)
  }

  toggleSelected(id: number): void {
    const next = new Set(this.selected)
    if (!next.delete(id)) next.add(id)
    this.selected = next
  }

  jump(box: Rect): void {
    this.#annotator?.navigation.jumpTo(box)
  }

  /** The next object in the order of ids, after the one chosen. */
  stepObject(by: number): void {
    const sorted = [...this.objects].sort((a, b) => a.id - b.id)
    if (sorted.length === 0) return
    const at = sorted.findIndex(({ id }) => this.selected.has(id))
    const next = sorted[(at + by + sorted.length) % sorted.length]!
    this.select([next.id])
    this.jump(next.box)
  }

  deleteSelected(): void {
    const objectIds = [...this.selected]
    if (objectIds.length === 0) return
    this.select([])
    this.#apply({ tool: 'delete', objectIds })
  }

  mergeSelected(): void {
    const objectIds = [...this.selected].sort((a, b) => a - b)
    if (objectIds.length < 2) return
    this.select(objectIds.slice(0, 1))
    this.#apply({ tool: 'merge', objectIds })
  }

  setClassOfSelected(classId: number): void {
    const objectIds = [...this.selected]
    if (objectIds.length > 0) this.#apply({ tool: 'setClass', objectIds, classId })
  }

  async copyToNext(): Promise<void> {
    const { plane } = this
    const objectIds = [...this.selected]
    if (!plane || objectIds.length === 0 || !this.hasNextPlane) return
    const to = { z: plane.z + 1, t: plane.t }
    await this.changing(() => this.#connection.ask('object.copyTo', { plane, objectIds, ...to }))
    await this.openPlane(plane.z + 1, plane.t)
    this.select(objectIds)
  }

  /** Fills the planes between this one and the nearest other one that shows the chosen object. */
  async interpolate(): Promise<void> {
    const { plane, image } = this
    const [objectId] = this.selected
    if (!plane || !image || objectId === undefined) return
    const toZ = await this.#nearestPlaneWith(objectId, plane, image.z)
    if (toZ === undefined) {
      this.#toasts.note('Paint this object on another plane first, with a gap between; the gap is then filled.')
      return
    }
    await this.changing(() => this.#connection.ask('object.interpolate', { plane, objectId, toZ }))
    this.#toasts.done(`Filled the planes from ${Math.min(plane.z, toZ) + 2} to ${Math.max(plane.z, toZ)}.`)
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

  // --- view -----------------------------------------------------------------------------------------------------

  fit(): void {
    this.#annotator?.navigation.fit()
  }

  actualSize(): void {
    this.#annotator?.navigation.actualSize()
  }

  zoomBy(factor: number): void {
    this.#annotator?.navigation.zoomBy(factor)
  }

  holdLabels(areHidden: boolean): void {
    this.#annotator?.layers.hideLabels(areHidden)
  }

  setDisplay(display: Partial<Display>): void {
    this.#annotator?.contrast.set(display)
  }

  autoContrast(): void {
    this.#annotator?.contrast.auto()
  }

  setTeaching(teaching: Partial<Teaching>): void {
    this.teaching = { ...this.teaching, ...teaching }
    this.#annotator?.layers.setTeaching(teaching)
  }

  showPrediction(prediction: PredictionView | null): void {
    const isSame = prediction?.id === this.predictionShown?.id
    this.predictionShown = prediction
    if (isSame && prediction === null) return
    const link =
      prediction && this.plane ? predictionLink(this.#connection, this.plane, prediction.id, prediction.classes) : null
    this.#annotator?.layers.setPrediction(link)
  }

  showProposals(labels: Uint32Array | null, chosen: ReadonlySet<number>): void {
    this.#annotator?.layers.setProposals(labels && { labels, chosen })
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
    if (!plane || this.status !== 'ready') return
    const [view, objects] = await Promise.all([
      this.#connection.ask('plane.view', { plane }),
      this.#connection.ask('plane.objects', { plane }),
    ])
    if (!this.plane || !samePlane(plane, this.plane)) return
    this.isComplete = view.isComplete
    this.#annotator?.setInfo({ isComplete: view.isComplete })
    this.#takeObjects(objects)
    this.paintedVersion++
  }

  #show(
    image: ImageView,
    plane: PlaneKey,
    view: { revision: number; isComplete: boolean; undo: number; redo: number },
    objects: ObjectView[],
  ): void {
    const { width, height, channels, sampleType, pixelSizeUm } = image
    this.isComplete = view.isComplete
    this.predictionShown = null
    this.#annotator?.open(
      planeLink(this.#connection, image, plane, {
        isForeign: () => this.#foreign > 0,
        replayed: (action, isUndone) => this.onReplayed(action, isUndone),
      }),
      {
        plane,
        width,
        height,
        channels,
        sampleType,
        ...(pixelSizeUm ? { pixelSizeUm } : {}),
        classes: $state.snapshot(this.#project.classes) as never,
        isComplete: view.isComplete,
        ringPx: this.teaching.ringPx,
        revision: view.revision,
        history: { undo: view.undo, redo: view.redo },
        readOnly: this.#project.isReadOnly,
      },
      this.#displays.get(image.id),
    )
    this.#takeObjects(objects)
    this.status = 'ready'
    void this.#findLimits()
    void this.onOpened()
  }

  /** The values that the plane really has: a slider over all of 16 bits could not be set by hand. */
  async #findLimits(): Promise<void> {
    const { plane, image } = this
    this.displayLimits = this.#annotator?.contrast.limits ?? [0, 255]
    if (!plane || !image || image.sampleType === 'uint8') return
    const channel = Math.max(0, this.display.channel)
    const of = { id: image.id, z: plane.z, t: plane.t, channel, low: 0, high: 100 }
    const found = await this.#connection.ask('image.range', of).catch(() => null)
    if (found && found[1] > found[0] && this.plane && samePlane(plane, this.plane)) this.displayLimits = found
  }

  #takeObjects(objects: readonly ObjectView[]): void {
    this.objects = objects.filter(({ state }) => state !== 'rejected')
    const known = new Set(this.objects.map(({ id }) => id))
    if ([...this.selected].some((id) => !known.has(id))) this.select([...this.selected].filter((id) => known.has(id)))
    this.#annotator?.layers.setObjects(this.objects)
  }

  #apply(draft: StrokeDraft): void {
    this.#annotator?.painting.apply(draft)
  }

  async #nearestPlaneWith(objectId: number, plane: PlaneKey, count: number): Promise<number | undefined> {
    for (let away = 2; away < count; away++) {
      for (const z of [plane.z + away, plane.z - away]) {
        if (z < 0 || z >= count) continue
        const objects = await this.#connection.ask('plane.objects', { plane: { ...plane, z } })
        if (objects.some(({ id }) => id === objectId)) return z
      }
    }
    return undefined
  }

  #listen(annotator: Annotator): (() => void)[] {
    return [
      annotator.on('cursor', (cursor) => {
        this.cursor = cursor
      }),
      annotator.on('saving', ({ unsaved, isConnected }) => {
        this.unsaved = unsaved
        this.isConnected = isConnected
      }),
      annotator.on('history', (history) => {
        this.history = history
      }),
      annotator.on('view', ({ zoom, centre, visible }) => {
        this.zoom = zoom
        this.centre = centre
        this.visible = visible
      }),
      annotator.on('options', (options) => {
        this.options = options
      }),
      annotator.on('tool', (tool) => {
        this.tool = tool
      }),
      annotator.on('display', (display) => {
        const isOtherChannel = display.channel !== this.display.channel
        this.display = display
        if (isOtherChannel) void this.#findLimits()
        if (this.imageId !== undefined) this.#displays.set(this.imageId, display)
      }),
      annotator.on('settled', () => this.refreshSoon()),
      annotator.on('failed', ({ message }) => this.#toasts.failed(message)),
      annotator.on('chosen', ({ objectId }) => (objectId === 0 ? this.select([]) : this.toggleSelected(objectId))),
      annotator.on('proposal', ({ id }) => this.onProposal(id)),
      annotator.on('weights', (state) => {
        this.weightsState = state
      }),
      annotator.on('loading', ({ failures }) => {
        if (failures === 3) this.#toasts.failed('Parts of this image do not come; look at the connection.')
      }),
      annotator.on('broken', ({ message }) => {
        this.status = 'failed'
        this.error = message
      }),
    ]
  }
}

/** Unsaved strokes survive a reload in the browser's store, apart for each project. */
function projectStorage(project: () => string) {
  const store = browserStore()
  const keyOf = (key: string) => `${key}@${project()}`
  return {
    getItem: (key: string) => store.getItem(keyOf(key)),
    setItem: (key: string, value: string) => store.setItem(keyOf(key), value),
    removeItem: (key: string) => store.removeItem(keyOf(key)),
  }
}
