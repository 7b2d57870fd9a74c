/**
 * The annotator: one plane on a canvas, its tools, its overlays. Give it an element to live in, then open planes on it;
 * everything a person can ask of it is a method, everything it has to say is an event.
 */
import type { ObjectView } from '../../src-shared/api.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { tilesOf } from '../../src-shared/tile-map.ts'
import type { AnnotatorEvents, AnnotatorSettings, ViewState } from './annotator-events.ts'
import { Contrast } from './contrast.ts'
import { Editor } from './editor.ts'
import { Emitter } from './emitter.ts'
import { Hands, type Reach } from './hands.ts'
import { fromMiddle, ImageTiles } from './image-tiles.ts'
import { LeftEditors } from './left-editors.ts'
import type { PlaneInfo, PlaneLink, PredictionLink } from './link.ts'
import { Navigation } from './navigation.ts'
import { ObjectTable } from './object-table.ts'
import { PointerInput } from './pointer.ts'
import { PredictionLayer } from './prediction-layer.ts'
import type { ProposedObjects } from './renderer.ts'
import { type Frame, Stage } from './stage.ts'
import { DEFAULT_TOOL_OPTIONS, type StrokeDraft, type ToolId, type ToolOptions } from './tool.ts'
import { ToolHost } from './tool-host.ts'
import { DEFAULT_OVERLAYS, type Display, type Overlays, type Teaching, withoutLabels } from './view.ts'
import { levelRect, type Point } from './viewport.ts'
import { WeightLayer } from './weight-layer.ts'

export type { AnnotatorEvents, AnnotatorSettings, CursorInfo, ViewState } from './annotator-events.ts'

/** Image pixels. */
const LEAST_RADIUS_PX = 0.5
const MOST_RADIUS_PX = 512

/** The plane that is open, with all that belongs to it alone. */
interface Open {
  info: PlaneInfo
  editor: Editor
  image: ImageTiles
}

export class Annotator {
  readonly #settings: AnnotatorSettings
  readonly #events = new Emitter<AnnotatorEvents>()
  readonly #tools = new ToolHost()
  readonly #objects = new ObjectTable()
  readonly #left = new LeftEditors()
  readonly #navigation = new Navigation(() => this.#viewChanged())
  readonly #contrast = new Contrast((display, isOtherChannel) => this.#displayChanged(display, isOtherChannel))
  readonly #prediction = new PredictionLayer(() => this.#stage.redraw())
  readonly #weights = new WeightLayer({
    changed: (rect, isWhole) => this.#weightsChanged(rect, isWhole),
    told: (state) => this.#events.emit('weights', state),
  })
  readonly #stage: Stage
  readonly #hands: Hands
  readonly #pointer: PointerInput
  #open: Open | null = null
  #options: ToolOptions
  #overlays: Overlays
  #areLabelsHidden = false

  constructor(host: HTMLElement, settings: AnnotatorSettings = {}) {
    this.#settings = settings
    this.#options = { ...DEFAULT_TOOL_OPTIONS, ...settings.options }
    this.#overlays = { ...DEFAULT_OVERLAYS, ...settings.overlays }
    this.#stage = new Stage(host, {
      frame: () => this.#frame(),
      resized: (width, height, devicePixelRatio) => this.#navigation.resize(width, height, devicePixelRatio),
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
    this.#leave()
    const editor = this.#editorOf(link, info)
    const image = new ImageTiles(
      info,
      link,
      ({ level }) => this.#imageCame(level),
      (_error, failures) => this.#events.emit('loading', { isLoading: true, failures }),
    )
    this.#open = { info, editor, image }
    this.#navigation.open(info)
    this.#listen(editor)
    this.#stage.renderer?.forget('all')
    this.#weights.open(editor.page, info)
    this.#tools.open(info.readOnly ? null : editor)
    editor.start()
    this.#hands.styleCursor()
    this.#events.emit('history', editor.history)
    this.#contrast.open(info, image, display)
    this.#viewChanged()
  }

  /** Shows nothing. */
  close(): void {
    this.#leave()
    this.#stage.redraw()
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
    if (info.isComplete !== undefined) this.#weights.setComplete(info.isComplete)
    this.#stage.redraw()
  }

  /** What is known of the objects of the plane: classes and states. */
  setObjects(objects: readonly Pick<ObjectView, 'id' | 'classId' | 'state'>[]): void {
    const index = new Map((this.#open?.info.classes ?? []).map(({ id }, at) => [id, at + 1]))
    this.#objects.setObjects(objects, (classId) => index.get(classId) ?? 1)
    this.#weights.setObjectClasses(objects.map(({ id, classId }) => [id, index.get(classId) ?? 1]))
    this.#stage.redraw()
  }

  /** Lifts objects, those of a list that are chosen, say. */
  chooseObjects(objectIds: Iterable<number>): void {
    this.#objects.choose(objectIds)
    this.#stage.redraw()
  }

  /** Probabilities for the overlays; null for none. */
  setPrediction(link: PredictionLink | null): void {
    this.#prediction.setPrediction(link)
    this.#stage.renderer?.forget('probability')
    this.#viewChanged()
  }

  /** Proposed objects of the whole plane; null for none. */
  setProposals(proposals: ProposedObjects | null): void {
    this.#prediction.proposals = proposals
    this.#stage.renderer?.forget('proposals')
    this.#stage.redraw()
  }

  // --- tools ------------------------------------------------------------------------------------------------------

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
    return this.#left.unsaved + (this.#open?.editor.outbox.unsaved.length ?? 0)
  }

  // --- view -------------------------------------------------------------------------------------------------------

  setDisplay(display: Partial<Display>): void {
    this.#contrast.set(display)
  }

  /** Black and white at two percentiles of the picture. False while it has not come. */
  autoContrast(): boolean {
    return this.#contrast.auto()
  }

  /** Values that the picture can have; of floats those that it has. */
  get displayLimits(): [number, number] {
    return this.#contrast.limits
  }

  setOverlays(overlays: Partial<Overlays>): void {
    this.#overlays = { ...this.#overlays, ...overlays }
    this.#viewChanged()
  }

  /** What makes the weight map. */
  setTeaching(teaching: Partial<Teaching>): void {
    this.#weights.setTeaching(teaching)
    this.#viewChanged()
  }

  /** Hides labels and weights for as long as a key is held. */
  hideLabels(areHidden: boolean): void {
    this.#areLabelsHidden = areHidden
    this.#stage.redraw()
  }

  get view(): ViewState {
    return this.#navigation.view
  }

  set view(view: ViewState) {
    this.#navigation.view = view
  }

  fit(): void {
    this.#navigation.fit()
  }

  /** One image pixel is one pixel of the screen. */
  actualSize(): void {
    this.#navigation.actualSize(this.#hands.at)
  }

  /** Around the pointer, or the middle. */
  zoomBy(factor: number): void {
    this.#navigation.zoomBy(factor, this.#hands.at)
  }

  /** Brings a place into view with its surroundings; zooms only when it would be tiny or does not fit. */
  jumpTo(box: Rect): void {
    this.#navigation.jumpTo(box)
  }

  dispose(): void {
    this.#leave()
    this.#left.dispose()
    this.#pointer.dispose()
    this.#weights.dispose()
    this.#prediction.dispose()
    this.#stage.dispose()
  }

  // --- planes: inside ---------------------------------------------------------------------------------------------

  #editorOf(link: PlaneLink, info: PlaneInfo): Editor {
    const left = this.#left.takeBack(info)
    const navigation = this.#navigation
    return new Editor({
      link,
      info,
      options: this.#options,
      view: {
        get visible() {
          return navigation.viewport.visible
        },
        get zoom() {
          return navigation.viewport.zoom
        },
        readGrey: (rect) => this.#open?.image.readGrey(rect, this.#contrast.display) ?? null,
      },
      storage: this.#settings.storage,
      ...(left ? { outbox: left.outbox } : {}),
    })
  }

  #leave(): void {
    if (!this.#open) return
    const { editor, image } = this.#open
    this.#tools.open(null)
    this.#left.leave(editor)
    image.dispose()
    this.#open = null
    this.#objects.setObjects([], () => 1)
    this.#weights.close()
    this.#contrast.close()
    this.#prediction.proposals = null
    this.#hands.lifted = 0
    this.setPrediction(null)
  }

  #listen(editor: Editor): void {
    const isCurrent = () => this.#open?.editor === editor
    const { events } = editor
    events.on('labels', ({ rect, shown }) => isCurrent() && this.#labelsChanged(rect, shown))
    events.on('saving', ({ isConnected }) => {
      if (!isCurrent()) this.#left.saved(editor)
      this.#events.emit('saving', { unsaved: this.unsaved, isConnected })
    })
    events.on('failed', (failure) => this.#events.emit('failed', failure))
    events.on('history', (depth) => isCurrent() && this.#events.emit('history', depth))
    events.on('options', (options) => isCurrent() && this.#takeOptions(options))
    events.on('settled', (settled) => isCurrent() && this.#events.emit('settled', settled))
    events.on('made', ({ objectId, classId }) => {
      const classIndex = editor.info.classes.findIndex(({ id }) => id === classId) + 1 || 1
      this.#objects.setClass(objectId, classIndex)
      this.#weights.setObjectClass(objectId, classIndex)
    })
  }

  #takeOptions(options: ToolOptions): void {
    this.#options = options
    this.#events.emit('options', options)
    this.#stage.redrawHud()
  }

  // --- what comes and changes -------------------------------------------------------------------------------------

  #imageCame(level: number): void {
    const image = this.#open?.image
    if (!image) return
    if (level === image.levels - 1) {
      this.#stage.forgetMinimap()
      this.#contrast.overviewCame()
    }
    this.#events.emit('loading', { isLoading: image.isLoading, failures: 0 })
    this.#changed()
  }

  #labelsChanged(rect: Rect, shown: Rect): void {
    this.#stage.renderer?.labelsChanged(shown)
    this.#weights.labelsChanged(rect)
    this.#changed()
  }

  #weightsChanged(rect: Rect, isWhole: boolean): void {
    this.#stage.renderer?.weightsChanged(rect, isWhole)
    this.#changed()
  }

  #displayChanged(display: Display, isOtherChannel: boolean): void {
    if (isOtherChannel) this.#stage.renderer?.forget('image')
    this.#stage.forgetMinimap()
    this.#events.emit('display', display)
    this.#stage.redraw()
  }

  /** What is shown, perhaps under a resting pointer, is another. */
  #changed(): void {
    this.#stage.redraw()
    this.#hands.lookAgain()
  }

  /** The view, or what is to be seen in it, is another: wants tiles and draws. */
  #viewChanged(): void {
    if (this.#open) {
      const { editor, image } = this.#open
      const { viewport, view } = this.#navigation
      const level = viewport.levelFor(image.levels)
      if (level !== editor.levels.level) {
        editor.levels.show(level)
        this.#stage.renderer?.forget('labels')
      }
      this.#wantTiles(this.#open, level)
      this.#events.emit('view', { ...view, visible: viewport.visible })
    }
    this.#stage.redraw()
  }

  #wantTiles({ editor, image }: Open, level: number): void {
    const { viewport } = this.#navigation
    const seen = levelRect(viewport, level)
    image.want(level, seen)
    editor.want(
      'view',
      fromMiddle(seen).map((at) => ({ level, ...at })),
    )
    const { probability, uncertainty, weights, teaches } = this.#overlays
    if (probability || uncertainty) this.#prediction.want(level, seen)
    const needed = this.#weights.show(viewport.visible, weights || teaches)
    editor.want('weights', needed ? [...tilesOf(needed)].map((at) => ({ level: 0, ...at })) : [])
  }

  #frame(): Frame {
    const { viewport } = this.#navigation
    const { at: pointer, disc } = this.#hands
    const hud = { viewport, pixelSizeUm: this.#open?.info.pixelSizeUm, pointer, disc, sketch: this.#tools.sketch }
    if (!this.#open) return { plane: null, hud }
    const { info, editor, image } = this.#open
    const plane = {
      info,
      viewport,
      display: this.#contrast.display,
      overlays: this.#areLabelsHidden ? withoutLabels(this.#overlays) : this.#overlays,
      teaching: this.#weights.teaching,
      level: editor.levels.level,
      image,
      labels: editor.levels,
      objects: this.#objects,
      hovered: this.#hands.lifted,
      weights: this.#weights.window,
      probability: this.#prediction.probability,
      proposals: this.#prediction.proposals,
    }
    return { plane, hud }
  }

  // --- the pointer ------------------------------------------------------------------------------------------------

  #reach(): Reach {
    const annotator = this
    return {
      tools: this.#tools,
      get viewport() {
        return annotator.#navigation.viewport
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
      readOverlays: (x, y) => ({ weight: this.#weights.at(x, y), probability: this.#prediction.shareAt(x, y) }),
    }
  }

  #choose(pixel: Point | null): void {
    if (!this.#open) return
    if (this.#overlays.proposals && this.#prediction.proposals) {
      const id = pixel ? this.#prediction.proposalAt(pixel, this.#open.info.width) : 0
      this.#events.emit('proposal', { id })
      return
    }
    const label = pixel ? this.#open.editor.labelAt(pixel.x, pixel.y) : 0
    this.#events.emit('chosen', { objectId: isObjectId(label) ? label : 0 })
  }
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
