/**
 * The annotator: one plane on a canvas, its tools, its overlays. Give it an element to live in, then open planes on it;
 * everything a person can ask of it is a method, everything it has to say is an event.
 */
import type { ObjectView } from '../../src-shared/api.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { tilesOf } from '../../src-shared/tile-map.ts'
import type { AnnotatorEvents, AnnotatorSettings, ViewState } from './annotator-events.ts'
import { Editor, outboxKey } from './editor.ts'
import { Emitter } from './emitter.ts'
import { Hands, type Reach } from './hands.ts'
import { fromMiddle, ImageTiles } from './image-tiles.ts'
import type { PlaneInfo, PlaneLink, PredictionLink } from './link.ts'
import { ObjectTable } from './object-table.ts'
import { PointerInput } from './pointer.ts'
import { ProbabilityTiles } from './probability-tiles.ts'
import type { ProposedObjects, Scene } from './renderer.ts'
import { type Frame, Stage } from './stage.ts'
import { DEFAULT_TOOL_OPTIONS, type StrokeDraft, type ToolId, type ToolOptions } from './tool.ts'
import { ToolHost } from './tool-host.ts'
import {
  classWeight,
  DEFAULT_DISPLAY,
  DEFAULT_OVERLAYS,
  DEFAULT_TEACHING,
  type Display,
  limitsOf,
  mostWeight,
  type Overlays,
  type Teaching,
} from './view.ts'
import { levelRect, type Point, Viewport } from './viewport.ts'
import { MOST_WINDOW_PX, Weights } from './weights.ts'
import { WorkerWeightsPost } from './weights-post.ts'

export type { AnnotatorEvents, AnnotatorSettings, CursorInfo, ViewState } from './annotator-events.ts'

/** Image pixels. */
const LEAST_RADIUS_PX = 0.5
const MOST_RADIUS_PX = 512

/** The plane that is open, with all that belongs to it alone. */
interface Open {
  info: PlaneInfo
  editor: Editor
  image: ImageTiles
  hasDisplay: boolean
}

export class Annotator {
  readonly #stage: Stage
  readonly #events = new Emitter<AnnotatorEvents>()
  readonly #tools = new ToolHost()
  readonly #hands: Hands
  readonly #pointer: PointerInput
  readonly #settings: AnnotatorSettings
  /** Editors of planes that were left before everything was saved, by their outbox's key. */
  readonly #saving = new Map<string, Editor>()
  readonly #objects = new ObjectTable()
  readonly #weights: Weights
  #open: Open | null = null
  #viewport = new Viewport(1, 1)
  #options: ToolOptions
  #display = DEFAULT_DISPLAY
  #overlays: Overlays
  #teaching = DEFAULT_TEACHING
  #objectClasses: Record<string, number> = {}
  #probability: ProbabilityTiles | null = null
  #proposals: ProposedObjects | null = null
  #areLabelsHidden = false
  #weightsState: AnnotatorEvents['weights'] = 'off'

  constructor(host: HTMLElement, settings: AnnotatorSettings = {}) {
    this.#settings = settings
    this.#options = { ...DEFAULT_TOOL_OPTIONS, ...settings.options }
    this.#overlays = { ...DEFAULT_OVERLAYS, ...settings.overlays }
    this.#weights = new Weights(new WorkerWeightsPost(), (rect, isWhole) => this.#weightsCame(rect, isWhole))
    this.#stage = new Stage(host, {
      frame: () => this.#frame(),
      resized: (width, height, devicePixelRatio) => this.#resized(width, height, devicePixelRatio),
      broken: (message) => this.#events.emit('broken', { message }),
    })
    this.#hands = new Hands(this.#reach())
    this.#pointer = new PointerInput(this.#stage.root, this.#hands)
    this.#stage.resize()
  }

  /** Answers how to stop listening. */
  on<E extends keyof AnnotatorEvents>(event: E, listener: (payload: AnnotatorEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  // --- planes -----------------------------------------------------------------------------------------------------

  /**
   * Shows a plane. A stroke under way is taken back; strokes of the plane before go on being saved. The view is kept
   * where the size is the same, else fitted. Without `display` the contrast is chosen from the picture.
   */
  open(link: PlaneLink, info: PlaneInfo, display?: Partial<Display>): void {
    const isSameSize = this.#open?.info.width === info.width && this.#open.info.height === info.height
    this.#leave()
    const left = this.#saving.get(outboxKey(info))
    left?.detach()
    this.#saving.delete(outboxKey(info))
    const editor = new Editor({
      link,
      info,
      options: this.#options,
      view: this.#editorView(),
      storage: this.#settings.storage,
      ...(left ? { outbox: left.outbox } : {}),
    })
    const image = new ImageTiles(
      info,
      link,
      ({ level }) => this.#imageCame(level),
      (_error, failures) => this.#events.emit('loading', { isLoading: true, failures }),
    )
    const first = this.#firstDisplay(info)
    this.#display = { ...first, ...display }
    const isChosen = this.#display.low !== first.low || this.#display.high !== first.high
    this.#open = { info, editor, image, hasDisplay: isChosen }
    if (!isSameSize) this.#newViewport(info)
    this.#listen(editor)
    this.#stage.renderer?.forget('all')
    this.#stage.forgetMinimap()
    this.#teaching = { ...this.#teaching, ringPx: info.ringPx }
    this.#weights.open(editor.page, { x: 0, y: 0, w: info.width, h: info.height })
    this.#setRules()
    this.#tools.open(info.readOnly ? null : editor)
    editor.start()
    this.#hands.styleCursor()
    this.#events.emit('history', editor.history)
    this.#events.emit('display', this.#display)
    this.#viewChanged()
  }

  /** Shows nothing. */
  close(): void {
    this.#leave()
    this.#stage.redraw()
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  /** What has become known of the open plane. */
  setInfo(info: Partial<Pick<PlaneInfo, 'isComplete' | 'classes' | 'pixelSizeUm' | 'readOnly'>>): void {
    if (!this.#open) return
    const { readOnly } = this.#open.info
    Object.assign(this.#open.info, info)
    if (info.readOnly !== undefined && info.readOnly !== readOnly) {
      this.#tools.open(info.readOnly ? null : this.#open.editor)
      this.#hands.styleCursor()
    }
    this.#setRules()
    this.#stage.redraw()
  }

  /** What is known of the objects of the plane: classes and states. */
  setObjects(objects: readonly Pick<ObjectView, 'id' | 'classId' | 'state'>[]): void {
    const index = new Map((this.#open?.info.classes ?? []).map(({ id }, at) => [id, at + 1]))
    this.#objects.setObjects(objects, (classId) => index.get(classId) ?? 1)
    this.#setObjectClasses(
      Object.fromEntries(
        objects.map(({ id, classId }) => [id, index.get(classId) ?? 1]).filter(([, classIndex]) => classIndex !== 1),
      ),
    )
    this.#stage.redraw()
  }

  /** Lifts objects, those of a list that are chosen, say. */
  chooseObjects(objectIds: Iterable<number>): void {
    this.#objects.choose(objectIds)
    this.#stage.redraw()
  }

  /** Probabilities for the overlays; null for none. */
  setPrediction(link: PredictionLink | null): void {
    this.#probability?.dispose()
    this.#probability = link && new ProbabilityTiles(link, () => this.#stage.redraw())
    this.#stage.renderer?.forget('probability')
    this.#viewChanged()
  }

  /** Proposed objects of the whole plane; null for none. */
  setProposals(proposals: ProposedObjects | null): void {
    this.#proposals = proposals
    this.#stage.renderer?.forget('proposals')
    this.#stage.redraw()
  }

  // --- tools ------------------------------------------------------------------------------------------------------

  get tool(): ToolId {
    return this.#tools.tool.id
  }

  /** Chooses a tool; a stroke under way is taken back. */
  setTool(id: ToolId, options: Partial<ToolOptions> = {}): void {
    this.#tools.choose(id)
    this.setOptions(options)
    this.#events.emit('tool', id)
    this.#hands.styleCursor()
  }

  get options(): ToolOptions {
    return this.#options
  }

  setOptions(options: Partial<ToolOptions>): void {
    if (Object.keys(options).length === 0) return
    const radiusPx = clamp(options.radiusPx ?? this.#options.radiusPx, LEAST_RADIUS_PX, MOST_RADIUS_PX)
    const all = { ...this.#options, ...options, radiusPx }
    if (this.#open) this.#open.editor.setOptions(all)
    else this.#takeOptions(all)
  }

  /** Makes the brush so many times as large. */
  scaleBrush(factor: number): void {
    this.setOptions({ radiusPx: Math.round(this.#options.radiusPx * factor * 100) / 100 })
  }

  /** Applies a stroke that no tool has drawn (merging chosen objects, say): shown at once, one undo step. */
  apply(draft: StrokeDraft): void {
    const editor = this.#open?.editor
    if (!editor || this.#open?.info.readOnly) return
    this.#tools.cancel()
    try {
      editor.apply(draft)
    } catch (error) {
      this.#events.emit('failed', { message: error instanceof Error ? error.message : String(error) })
    }
  }

  /** False when there was nothing to take back. */
  undo(): Promise<boolean> {
    if (this.#tools.cancel()) return Promise.resolve(true)
    return this.#open?.editor.undo() ?? Promise.resolve(false)
  }

  redo(): Promise<boolean> {
    this.#tools.cancel()
    return this.#open?.editor.redo() ?? Promise.resolve(false)
  }

  /** Strokes of all planes that the host has not answered. */
  get unsaved(): number {
    const editors = [...this.#saving.values(), ...(this.#open ? [this.#open.editor] : [])]
    return editors.reduce((count, { outbox }) => count + outbox.unsaved.length, 0)
  }

  // --- view -------------------------------------------------------------------------------------------------------

  get display(): Display {
    return this.#display
  }

  setDisplay(display: Partial<Display>): void {
    const isOtherChannel = display.channel !== undefined && display.channel !== this.#display.channel
    this.#display = { ...this.#display, ...display }
    if (this.#open) this.#open.hasDisplay = true
    if (isOtherChannel) this.#stage.renderer?.forget('image')
    this.#stage.forgetMinimap()
    this.#events.emit('display', this.#display)
    this.#stage.redraw()
  }

  /** Black and white at two percentiles of the picture. False while it has not come. */
  autoContrast(lowPercent = 0.2, highPercent = 99.8): boolean {
    const range = this.#open?.image.range(this.#display.channel, lowPercent, highPercent)
    if (!range) return false
    this.setDisplay({ low: range[0], high: range[1] })
    return true
  }

  /** Values that the picture can have; of floats those that it has. */
  get displayLimits(): [number, number] {
    if (!this.#open) return [0, 255]
    const { info, image } = this.#open
    const isFloat = info.sampleType === 'float32' || info.sampleType === 'float64'
    return (isFloat ? image.range(this.#display.channel, 0, 100) : null) ?? limitsOf(info.sampleType)
  }

  get overlays(): Overlays {
    return this.#overlays
  }

  setOverlays(overlays: Partial<Overlays>): void {
    this.#overlays = { ...this.#overlays, ...overlays }
    this.#viewChanged()
  }

  get teaching(): Teaching {
    return this.#teaching
  }

  /** What makes the weight map. Class weights are a factor; everything else is computed anew. */
  setTeaching(teaching: Partial<Teaching>): void {
    this.#teaching = { ...this.#teaching, ...teaching }
    this.#setRules()
    this.#viewChanged()
  }

  /** The upper end of the weight map's legend. */
  get mostWeight(): number {
    return mostWeight(this.#teaching)
  }

  /** Hides labels and weights for as long as a key is held. */
  hideLabels(areHidden: boolean): void {
    this.#areLabelsHidden = areHidden
    this.#stage.redraw()
  }

  get view(): ViewState {
    return { zoom: this.#viewport.zoom, centre: { ...this.#viewport.centre } }
  }

  set view({ zoom, centre }: ViewState) {
    this.#viewport.zoomTo(zoom)
    this.#viewport.centreOn(centre)
    this.#viewChanged()
  }

  get visible(): Rect {
    return this.#viewport.visible
  }

  fit(): void {
    this.#viewport.fit()
    this.#viewChanged()
  }

  /** One image pixel is one pixel of the screen. */
  actualSize(): void {
    this.#viewport.actualSize(this.#hands.at ?? undefined)
    this.#viewChanged()
  }

  /** Around the pointer, or the middle. */
  zoomBy(factor: number): void {
    const middle = { x: this.#viewport.width / 2, y: this.#viewport.height / 2 }
    this.#viewport.zoomBy(factor, this.#hands.at ?? middle)
    this.#viewChanged()
  }

  /** Shows a rectangle of the plane as large as it will go. */
  zoomTo(rect: Rect): void {
    this.#viewport.show(rect)
    this.#viewChanged()
  }

  /** Brings a place into view with its surroundings; zooms only when it would be tiny or does not fit. */
  jumpTo(box: Rect): void {
    const { zoom, width, height } = this.#viewport
    const largest = Math.max((box.w * zoom) / width, (box.h * zoom) / height)
    if (largest > 0.8 || largest < 0.03) this.#viewport.show(grown(box, Math.max(box.w, box.h)))
    else this.#viewport.centreOn({ x: box.x + box.w / 2, y: box.y + box.h / 2 })
    this.#viewChanged()
  }

  labelAt(x: number, y: number): number {
    return this.#open?.editor.labelAt(x, y) ?? 0
  }

  /** w(x) of a pixel, 0 where nothing teaches; null while the weight map is not shown. */
  weightAt(x: number, y: number): number | null {
    const at = this.#weights.at(x, y)
    if (!at) return null
    if (at.classIndex === null) return 0
    return classWeight(this.#teaching, at.classIndex) + (at.classIndex === 0 ? at.term : 0)
  }

  /** True when everything that the view wants is here, computed and drawn. */
  get isSettled(): boolean {
    const open = this.#open
    if (!open) return !this.#stage.isWaiting
    return !open.image.isLoading && !open.editor.isLoading && !this.#weights.isBusy && !this.#stage.isWaiting
  }

  /** Milliseconds of script that each of the last pointer events took. */
  get pointerTimesMs(): readonly number[] {
    return this.#pointer.timesMs
  }

  get frameTimesMs(): readonly number[] {
    return this.#stage.frameTimesMs
  }

  dispose(): void {
    this.#leave()
    for (const editor of this.#saving.values()) editor.dispose()
    this.#pointer.dispose()
    this.#weights.dispose()
    this.#probability?.dispose()
    this.#stage.dispose()
  }

  // --- planes: inside ---------------------------------------------------------------------------------------------

  #newViewport({ width, height }: PlaneInfo): void {
    const { width: across, height: down, devicePixelRatio } = this.#viewport
    this.#viewport = new Viewport(width, height)
    this.#viewport.resize(across, down, devicePixelRatio)
    this.#viewport.fit()
  }

  #leave(): void {
    const open = this.#open
    if (!open) return
    this.#tools.open(null)
    open.editor.close()
    open.image.dispose()
    if (!open.editor.outbox.isIdle) this.#saving.set(outboxKey(open.info), open.editor)
    this.#open = null
    this.#objects.setObjects([], () => 1)
    this.#objectClasses = {}
    this.#weights.open(null, { x: 0, y: 0, w: 0, h: 0 })
    this.#proposals = null
    this.#hands.lifted = 0
    this.setPrediction(null)
  }

  #listen(editor: Editor): void {
    const isCurrent = () => this.#open?.editor === editor
    const { events } = editor
    events.on('labels', ({ rect, shown }) => {
      if (isCurrent()) this.#labelsChanged(rect, shown)
    })
    events.on('saving', ({ isConnected }) => {
      if (!isCurrent() && editor.outbox.isIdle) this.#saving.delete(outboxKey(editor.info))
      this.#events.emit('saving', { unsaved: this.unsaved, isConnected })
    })
    events.on('failed', (failure) => this.#events.emit('failed', failure))
    events.on('history', (depth) => isCurrent() && this.#events.emit('history', depth))
    events.on('options', (options) => isCurrent() && this.#takeOptions(options))
    events.on('settled', (settled) => isCurrent() && this.#events.emit('settled', settled))
    events.on('made', ({ objectId, classId }) => {
      const classIndex = (this.#open?.info.classes.findIndex(({ id }) => id === classId) ?? -1) + 1
      this.#objects.setClass(objectId, classIndex || 1)
      if (classIndex > 1) this.#setObjectClasses({ ...this.#objectClasses, [objectId]: classIndex })
    })
  }

  #takeOptions(options: ToolOptions): void {
    this.#options = options
    this.#events.emit('options', options)
    this.#stage.redrawHud()
  }

  #firstDisplay({ sampleType, channels }: PlaneInfo): Display {
    const [low, high] = limitsOf(sampleType)
    const isColour = sampleType === 'uint8' && channels >= 3
    return { ...DEFAULT_DISPLAY, low, high, channel: isColour ? -1 : 0 }
  }

  #editorView() {
    const viewport = () => this.#viewport
    return {
      get visible() {
        return viewport().visible
      },
      get zoom() {
        return viewport().zoom
      },
      readGrey: (rect: Rect) => this.#open?.image.readGrey(rect, this.#display) ?? null,
    }
  }

  // --- what comes -------------------------------------------------------------------------------------------------

  #imageCame(level: number): void {
    const open = this.#open
    if (!open) return
    if (level === open.image.levels - 1) {
      this.#stage.forgetMinimap()
      const isPhoto = open.info.sampleType === 'uint8' && open.info.channels >= 3
      if (!open.hasDisplay && !isPhoto) this.autoContrast()
    }
    this.#events.emit('loading', { isLoading: open.image.isLoading, failures: 0 })
    this.#stage.redraw()
    this.#hands.lookAgain()
  }

  #labelsChanged(rect: Rect, shown: Rect): void {
    this.#stage.renderer?.labelsChanged(shown)
    this.#weights.labelsChanged(rect)
    this.#stage.redraw()
    this.#hands.lookAgain()
  }

  #weightsCame(rect: Rect, isWhole: boolean): void {
    this.#stage.renderer?.weightsChanged(rect, isWhole)
    this.#tellWeights()
    this.#stage.redraw()
    this.#hands.lookAgain()
  }

  #setObjectClasses(classes: Record<string, number>): void {
    const isSame = JSON.stringify(classes) === JSON.stringify(this.#objectClasses)
    this.#objectClasses = classes
    if (!isSame) this.#setRules()
  }

  #setRules(): void {
    const { w0, sigmaPx, ringPx, carve } = this.#teaching
    const isComplete = this.#open?.info.isComplete ?? false
    this.#weights.setRules({ w0, sigmaPx, ringPx, carve, isComplete, objectClasses: this.#objectClasses })
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  #resized(width: number, height: number, devicePixelRatio: number): void {
    const hadNoSize = this.#viewport.width <= 1
    this.#viewport.resize(width, height, devicePixelRatio)
    if (hadNoSize && this.#open) this.#viewport.fit()
    this.#viewChanged()
  }

  /** The view, or what is to be seen in it, is another: wants tiles and draws. */
  #viewChanged(): void {
    const open = this.#open
    if (open) {
      const level = this.#viewport.levelFor(open.image.levels)
      if (level !== open.editor.levels.level) {
        open.editor.levels.show(level)
        this.#stage.renderer?.forget('labels')
      }
      this.#wantTiles(open, level)
      this.#events.emit('view', { ...this.view, visible: this.#viewport.visible })
    }
    this.#stage.redraw()
  }

  #wantTiles({ editor, image }: Open, level: number): void {
    const seen = levelRect(this.#viewport, level)
    image.want(level, seen)
    editor.want(
      'view',
      fromMiddle(seen).map((at) => ({ level, ...at })),
    )
    if (this.#overlays.probability || this.#overlays.uncertainty) this.#probability?.want(level, seen)
    const { visible } = this.#viewport
    const wantsWeights = this.#overlays.weights || this.#overlays.teaches
    const isTooFar = visible.w * visible.h > MOST_WINDOW_PX
    this.#weights.show(wantsWeights && !isTooFar ? visible : null)
    const needed = this.#weights.needed
    editor.want('weights', needed ? [...tilesOf(needed)].map((at) => ({ level: 0, ...at })) : [])
    this.#tellWeights(wantsWeights && isTooFar)
  }

  #tellWeights(isTooFar = this.#weightsState === 'zoom-in'): void {
    const wants = this.#overlays.weights || this.#overlays.teaches
    const state = !wants || !this.#open ? 'off' : isTooFar ? 'zoom-in' : this.#weights.window ? 'shown' : 'busy'
    if (state === this.#weightsState) return
    this.#weightsState = state
    this.#events.emit('weights', state)
  }

  #frame(): Frame {
    return {
      plane: this.#open && this.#scene(this.#open),
      hud: {
        viewport: this.#viewport,
        pixelSizeUm: this.#open?.info.pixelSizeUm,
        pointer: this.#hands.at,
        disc: this.#hands.disc,
        sketch: this.#tools.sketch,
      },
    }
  }

  #scene({ info, editor, image }: Open): Scene {
    const isHidden = this.#areLabelsHidden
    return {
      info,
      viewport: this.#viewport,
      display: this.#display,
      overlays: isHidden
        ? { ...this.#overlays, labels: false, weights: false, teaches: false, proposals: false }
        : this.#overlays,
      teaching: this.#teaching,
      level: editor.levels.level,
      image,
      labels: editor.levels,
      objects: this.#objects,
      hovered: this.#hands.lifted,
      weights: this.#weights.window,
      probability: this.#probability,
      proposals: this.#proposals,
    }
  }

  // --- the pointer ------------------------------------------------------------------------------------------------

  #reach(): Reach {
    const annotator = this
    return {
      tools: this.#tools,
      get viewport() {
        return annotator.#viewport
      },
      get plane() {
        return annotator.#open
      },
      viewChanged: () => this.#viewChanged(),
      redraw: (what) => (what === 'all' ? this.#stage.redraw() : this.#stage.redrawHud()),
      setCursor: (cursor) => this.#stage.setCursor(cursor),
      scaleBrush: (factor) => this.scaleBrush(factor),
      choose: (pixel) => this.#choose(pixel),
      hovered: (info) => this.#events.emit('cursor', info),
      readOverlays: (x, y) => ({ weight: this.weightAt(x, y), probability: this.#probability?.shareAt(x, y) ?? null }),
    }
  }

  #choose(pixel: Point | null): void {
    if (this.#overlays.proposals && this.#proposals && this.#open) {
      const { labels } = this.#proposals
      this.#events.emit('proposal', { id: pixel ? labels[pixel.y * this.#open.info.width + pixel.x]! : 0 })
      return
    }
    const label = pixel ? this.labelAt(pixel.x, pixel.y) : 0
    this.#events.emit('chosen', { objectId: isObjectId(label) ? label : 0 })
  }
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)

const grown = ({ x, y, w, h }: Rect, by: number): Rect => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by })
