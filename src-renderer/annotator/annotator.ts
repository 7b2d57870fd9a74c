/**
 * The annotator: one plane on a canvas, its tools, its overlays. Give it an element to live in, then open planes on it;
 * what a person can ask of it are methods of its parts, everything it has to say is an event.
 */
import { isObjectId } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { tilesOf } from '../../src-shared/tile-map.ts'
import type { AnnotatorEvents, AnnotatorSettings } from './annotator-events.ts'
import { Contrast } from './contrast.ts'
import { Editor } from './editor.ts'
import { Emitter } from './emitter.ts'
import { Hands, type Reach } from './hands.ts'
import { fromMiddle, ImageTiles } from './image-tiles.ts'
import { Layers } from './layers.ts'
import { LeftEditors } from './left-editors.ts'
import type { PlaneInfo, PlaneLink } from './link.ts'
import { Navigation } from './navigation.ts'
import { outboxKey } from './outbox.ts'
import { Painting } from './painting.ts'
import { PointerInput } from './pointer.ts'
import { type Frame, Stage } from './stage.ts'
import type { Display } from './view.ts'
import { levelRect, type Point } from './viewport.ts'

export type { AnnotatorEvents, AnnotatorSettings, CursorInfo, ViewState } from './annotator-events.ts'

/** The plane that is open, with all that belongs to it alone. */
interface Open {
  info: PlaneInfo
  editor: Editor
  image: ImageTiles
}

export class Annotator {
  /** Tools, their options, undo and redo. */
  readonly painting: Painting
  /** Which part of the plane is seen. */
  readonly navigation: Navigation
  /** How its grey values are shown. */
  readonly contrast: Contrast
  /** What lies over them. */
  readonly layers: Layers
  readonly #settings: AnnotatorSettings
  readonly #events = new Emitter<AnnotatorEvents>()
  readonly #left = new LeftEditors()
  readonly #stage: Stage
  readonly #hands: Hands
  readonly #pointer: PointerInput
  #open: Open | null = null

  constructor(host: HTMLElement, settings: AnnotatorSettings = {}) {
    this.#settings = settings
    this.painting = new Painting(settings.options ?? {}, {
      tool: (id) => {
        this.#events.emit('tool', id)
        this.#hands.styleCursor()
        this.#hands.lookAgain() // it may read more of the picture
      },
      options: (options) => {
        this.#events.emit('options', options)
        this.#stage.redrawHud()
      },
      failed: (message) => this.#events.emit('failed', { message }),
    })
    this.navigation = new Navigation(
      () => this.#viewChanged(),
      () => this.#hands.at,
    )
    this.contrast = new Contrast((display, isOtherChannel) => this.#displayChanged(display, isOtherChannel))
    this.layers = new Layers(settings.overlays ?? {}, () => this.#stage.renderer, {
      changed: () => this.#stage.redraw(),
      wanted: () => this.#viewChanged(),
      weighed: () => this.#changed(),
      failed: (message) => this.#events.emit('failed', { message }),
      weights: (state) => this.#events.emit('weights', state),
    })
    this.#stage = new Stage(host, {
      frame: () => this.#frame(),
      resized: (width, height, devicePixelRatio) => this.navigation.resize(width, height, devicePixelRatio),
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
    this.navigation.open(info)
    this.#listen(editor)
    this.layers.open(info, editor.page)
    this.painting.open(editor)
    editor.start()
    this.#hands.styleCursor()
    this.#events.emit('history', editor.history)
    this.contrast.open(info, image, display)
    this.#viewChanged()
  }

  /** Sends what an earlier window has painted on a plane and not saved; the open plane sends its own. */
  sendKept(link: PlaneLink, info: PlaneInfo): void {
    if (this.#open && outboxKey(this.#open.info.plane) === outboxKey(info.plane)) return
    const editor = this.#editorOf(link, info)
    this.#listen(editor)
    this.#left.resume(editor)
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
      this.painting.admit()
      this.#hands.styleCursor()
    }
    if (info.classes) this.painting.setClasses(info.classes)
    if (info.isComplete !== undefined) this.layers.weights.setComplete(info.isComplete)
    this.#stage.redraw()
  }

  dispose(): void {
    this.#leave()
    this.#left.dispose()
    this.#pointer.dispose()
    this.layers.dispose()
    this.#stage.dispose()
  }

  // ----------------------------------------------------------------------------------------------------------------

  #editorOf(link: PlaneLink, info: PlaneInfo): Editor {
    const { outbox } = this.#left.takeBack(info) ?? {}
    const { navigation, contrast } = this
    return new Editor({
      link,
      info,
      options: this.painting.options,
      view: {
        get visible() {
          return navigation.viewport.visible
        },
        get zoom() {
          return navigation.viewport.zoom
        },
        readGrey: (rect) => this.#open?.image.readGrey(rect, contrast.display) ?? null,
      },
      storage: this.#settings.storage,
      ...(outbox ? { outbox } : {}),
    })
  }

  #leave(): void {
    if (!this.#open) return
    const { editor, image } = this.#open
    this.painting.open(null)
    this.#left.leave(editor)
    image.dispose()
    this.#open = null
    this.contrast.close()
    this.layers.close()
    this.#hands.lifted = 0
  }

  #listen(editor: Editor): void {
    const { events } = editor
    const isCurrent = () => this.#open?.editor === editor
    events.on('labels', ({ rect, shown }) => {
      if (!isCurrent()) return
      this.layers.labelsChanged(rect, shown)
      this.#changed(rect)
    })
    events.on('saving', ({ isConnected }) => {
      if (!isCurrent()) this.#left.saved(editor)
      const { unsaved = [], isKept = true } = this.#open?.editor.outbox ?? {}
      this.#events.emit('saving', {
        unsaved: this.#left.unsaved + unsaved.length,
        isKept: this.#left.areKept && isKept,
        isConnected,
      })
    })
    events.on('failed', (failure) => this.#events.emit('failed', failure))
    events.on('history', (depth) => isCurrent() && this.#events.emit('history', depth))
    events.on('options', (options) => isCurrent() && this.painting.takeOptions(options))
    events.on('settled', (settled) => isCurrent() && this.#events.emit('settled', settled))
    events.on('made', ({ objectId, classId }) => isCurrent() && this.layers.objectMade(objectId, classId))
  }

  #imageCame(level: number): void {
    const image = this.#open?.image
    if (!image) return
    if (level === image.levels - 1) {
      this.#stage.forgetMinimap()
      this.contrast.overviewCame()
    }
    this.#events.emit('loading', { isLoading: image.isLoading, failures: 0 })
    this.#changed()
  }

  #displayChanged(display: Display, isOtherChannel: boolean): void {
    if (isOtherChannel) this.#stage.renderer?.forget('image')
    this.#stage.forgetMinimap()
    this.#events.emit('display', display)
    this.#stage.redraw()
  }

  /** What is shown, perhaps under a resting pointer, is another. */
  #changed(what: Rect | 'all' = 'all'): void {
    this.#stage.redraw(what)
    this.#hands.lookAgain()
  }

  /** The view, or what is to be seen in it, is another: wants tiles and draws. */
  #viewChanged(): void {
    if (this.#open) {
      const { editor, image } = this.#open
      const { viewport, view } = this.navigation
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
    const { viewport } = this.navigation
    const seen = levelRect(viewport, level)
    image.want(level, seen)
    editor.want(
      'view',
      fromMiddle(seen).map((at) => ({ level, ...at })),
    )
    const weighed = this.layers.want(level, seen, viewport.visible)
    editor.want('weights', weighed ? [...tilesOf(weighed)].map((at) => ({ level: 0, ...at })) : [])
  }

  #frame(): Frame {
    const { viewport } = this.navigation
    const { at: pointer, disc, lifted: hovered } = this.#hands
    const { sketch } = this.painting.tools
    const hud = { viewport, pixelSizeUm: this.#open?.info.pixelSizeUm, pointer, disc, sketch }
    if (!this.#open) return { plane: null, hud, changed: null }
    const changed = this.layers.weights.bringUpToDate()
    if (changed) queueMicrotask(() => this.#hands.lookAgain()) // the weight under a resting pointer
    const { info, editor, image } = this.#open
    const [display, labels] = [this.contrast.display, editor.levels]
    return {
      plane: { info, viewport, display, level: labels.level, image, labels, hovered, ...this.layers.scene },
      changed,
      hud,
    }
  }

  /** What the pointer acts on. */
  #reach(): Reach {
    const annotator = this
    return {
      tools: this.painting.tools,
      get viewport() {
        return annotator.navigation.viewport
      },
      get plane() {
        return annotator.#open
      },
      viewChanged: () => this.#viewChanged(),
      redraw: (what) => (what === 'all' ? this.#stage.redraw() : this.#stage.redrawHud()),
      setCursor: (cursor) => this.#stage.setCursor(cursor),
      scaleBrush: (factor) => this.painting.scaleBrush(factor),
      choose: (pixel) => this.#choose(pixel),
      hovered: (info) => this.#events.emit('cursor', info),
      readOverlays: (x, y) => this.layers.read(x, y),
    }
  }

  #choose(pixel: Point | null): void {
    const proposal = this.layers.proposalAt(pixel)
    if (proposal !== null) {
      this.#events.emit('proposal', { id: proposal })
      return
    }
    const label = pixel ? (this.#open?.editor.labelAt(pixel.x, pixel.y) ?? 0) : 0
    this.#events.emit('chosen', { objectId: isObjectId(label) ? label : 0 })
  }
}
