/**
 * The open plane under the tools: what is painted, what is on its way to the host, undo and redo. Knows no window; the
 * annotator gives it pointer positions and shows what it holds.
 */
import type { Rect } from '../../src-shared/planes.ts'
import { type DrawnStroke, parseStroke, type Stroke, type StrokePoint } from '../../src-shared/strokes.ts'
import { Emitter } from './emitter.ts'
import { LabelLevels } from './label-levels.ts'
import type { HistoryDepth, PlaneInfo, PlaneLink, StrokeRefused, StrokeReply, StrokeStorage } from './link.ts'
import { ObjectIds } from './object-ids.ts'
import { Outbox } from './outbox.ts'
import { LabelPage } from './page.ts'
import { renamed } from './pending-stroke.ts'
import { strokeBounds } from './stroke-bounds.ts'
import { TileLoader } from './tile-loader.ts'
import type { DrawnDraft, Finished, GreyRegion, StrokeDraft, StrokeLabel, ToolOptions } from './tool.ts'
import type { ToolHostPage } from './tool-host.ts'

export interface EditorEvents {
  /** Shown labels inside a rectangle of the plane may have changed; `shown` is that at the level shown. */
  labels: { rect: Rect; shown: Rect }
  /** A stroke has made an object. */
  made: { objectId: number; classId?: number }
  saving: { unsaved: number; isConnected: boolean }
  history: HistoryDepth
  options: ToolOptions
  /** The host has answered: objects may have come, gone or changed. */
  settled: { kind: string; created: number[]; objectId?: number }
  /** Something could not be painted; one sentence. */
  failed: { message: string }
}

/** What the editor asks of the view that shows it. */
export interface EditorView {
  readonly visible: Rect
  readonly zoom: number
  readGrey(rect: Rect): GreyRegion | null
}

export interface EditorOptions {
  link: PlaneLink
  info: PlaneInfo
  options: ToolOptions
  view: EditorView
  storage?: StrokeStorage | null
  /** The outbox that the plane left behind when it was closed before. */
  outbox?: Outbox
}

export const outboxKey = ({ plane }: PlaneInfo): string =>
  [plane.imageId, encodeURIComponent(plane.layer), plane.z, plane.t].join('/')

export class Editor implements ToolHostPage {
  readonly info: PlaneInfo
  readonly events = new Emitter<EditorEvents>()
  readonly page: LabelPage
  readonly levels: LabelLevels
  readonly outbox: Outbox
  readonly #link: PlaneLink
  readonly #view: EditorView
  readonly #ids: ObjectIds
  readonly #loader: TileLoader<{ data: Uint32Array; revision: number }>
  readonly #stops: (() => void)[]
  #options: ToolOptions
  #history: HistoryDepth
  /** Of the gesture under way: the id of the object it makes. */
  #fresh: { id: number; isTemporary: boolean } | null = null
  /** Final ids of objects that had a temporary one. */
  readonly #names = new Map<number, number>()
  #isClosed = false

  constructor({ link, info, options, view, storage, outbox }: EditorOptions) {
    this.info = info
    this.#link = link
    this.#view = view
    this.#options = options
    this.#history = info.history
    this.#ids = new ObjectIds((count) => link.reserveIds(count))
    this.page = new LabelPage({
      ...info,
      request: (tiles, again) =>
        this.#requestTiles(
          tiles.map((at) => ({ level: 0, ...at })),
          again,
        ),
      changed: (rect) => this.#changed(rect),
      renamed: (names) => this.#renamed(names),
    })
    this.levels = new LabelLevels(this.page, (at, again) => this.#requestTiles([at], again))
    this.#loader = new TileLoader(
      (at, signal) => link.loadLabelTile(this.page.revision, at, signal),
      (at, tile) => (at.level === 0 ? this.page.arrived(at, tile) : this.#levelArrived(at, tile)),
    )
    const outboxOptions = {
      key: outboxKey(info),
      send: (stroke: Stroke) => link.sendStroke(stroke),
      storage,
      answered: (id: string, reply: StrokeReply) => this.#answered(id, reply),
      refused: (id: string, reason: StrokeRefused) => this.#refused(id, reason),
      counted: (unsaved: number, isConnected: boolean) => this.#counted(unsaved, isConnected),
    }
    this.outbox = outbox ?? new Outbox(outboxOptions)
    this.outbox.attach(outboxOptions)
    this.#stops = [
      link.onRemoteChange((change) => this.#changedElsewhere(change)),
      link.onReconnect(() => this.#reconnected()),
    ]
  }

  /** Shows strokes that were painted before and not saved, and sends them. */
  start(): void {
    this.page.restore(this.outbox.unsaved)
    this.outbox.resume()
    if (!this.info.readOnly) void this.#ids.fill()
  }

  /** Leaves the plane; its outbox goes on until it is empty. */
  close(): void {
    this.endGesture()
    this.#isClosed = true
    this.#loader.dispose()
    if (this.outbox.isIdle) this.dispose()
  }

  /** Stops listening; the outbox goes on for another. */
  detach(): void {
    for (const stop of this.#stops) stop()
    this.#loader.dispose()
  }

  /** Stops everything; what is unsaved stays in storage. */
  dispose(): void {
    this.detach()
    this.outbox.dispose()
  }

  // --- what tools see ---------------------------------------------------------------------------------------------

  get width(): number {
    return this.info.width
  }
  get height(): number {
    return this.info.height
  }
  get options(): ToolOptions {
    return this.#options
  }
  get visible(): Rect {
    return this.#view.visible
  }
  get zoom(): number {
    return this.#view.zoom
  }
  get history(): HistoryDepth {
    return this.#history
  }
  readGrey(rect: Rect): GreyRegion | null {
    return this.#view.readGrey(rect)
  }
  labelAt(x: number, y: number): number {
    return this.levels.labelAt(x, y)
  }

  setOptions(options: Partial<ToolOptions>): void {
    this.#options = { ...this.#options, ...options }
    this.events.emit('options', this.#options)
  }

  strokeLabel(): StrokeLabel {
    const { label, classId, protectOthers } = this.#options
    if (label !== 'new') return { label: this.#names.get(label) ?? label, protectOthers }
    this.#fresh ??= this.#newObject()
    return { label: this.#fresh.id, protectOthers, ...(classId === undefined ? {} : { classId }) }
  }

  preview(part: DrawnDraft): void {
    const stroke = parseStroke({ id: 'preview', ...part }) as DrawnStroke
    this.page.preview(stroke, strokeBounds(stroke, this.page.rect))
  }

  clearPreview(): void {
    this.page.clearPreview()
  }

  beginGesture(): void {
    this.#fresh = null
  }

  commit({ stroke, isPreviewed }: Finished): void {
    this.apply(stroke, isPreviewed)
  }

  endGesture(failure?: unknown): void {
    this.page.clearPreview()
    if (this.#fresh && !this.#fresh.isTemporary) this.#ids.giveBack(this.#fresh.id)
    this.#fresh = null
    if (failure !== undefined) this.events.emit('failed', { message: sentenceOf(failure) })
  }

  // --- what a person does -----------------------------------------------------------------------------------------

  /** Paints a stroke at once and sends it to the host; one undo step. Throws 'fill-too-large'. */
  apply(draft: StrokeDraft, isPreviewed = false): void {
    const fresh = this.#fresh !== null && 'label' in draft && draft.label === this.#fresh.id ? this.#fresh : null
    const label = fresh?.isTemporary ? { label: 'new' as const } : {}
    const common = { id: crypto.randomUUID(), baseRevision: this.page.revision }
    const stroke = renamed(parseStroke({ ...draft, ...label, ...common }), this.#names)
    const of = { stroke, temporary: fresh?.isTemporary ? [fresh.id] : [], isFresh: fresh !== null }
    if (!this.page.commit(of, isPreviewed)) return
    this.outbox.add({ ...of, temporary: [...of.temporary] })
    if (fresh) this.#painted(fresh.id)
    this.#setHistory({ undo: this.#history.undo + 1, redo: 0 })
  }

  /** Takes back the last action, also one from before the last start; waits for strokes on their way. */
  async undo(): Promise<boolean> {
    const unsent = this.outbox.takeBack()
    if (unsent) {
      this.page.refuse(unsent.stroke.id)
      this.#setHistory({ undo: Math.max(0, this.#history.undo - 1), redo: this.#history.redo })
      return true
    }
    return this.#replay('undo')
  }

  /** Does again what was taken back last. */
  redo(): Promise<boolean> {
    return this.#replay('redo')
  }

  // --- tiles ------------------------------------------------------------------------------------------------------

  /** Wants the labels of a rectangle of a level; `who` has one wish at a time. */
  want(who: string, tiles: { level: number; tx: number; ty: number }[]): void {
    const missing = tiles.filter(({ level, tx, ty }) =>
      level === 0 ? !this.page.isLoaded(tx, ty) : level !== this.levels.level || !this.levels.isLoaded(tx, ty),
    )
    this.#loader.want(who, missing)
  }

  // ----------------------------------------------------------------------------------------------------------------

  #newObject(): { id: number; isTemporary: boolean } {
    const id = this.#ids.take()
    return id === null ? { id: this.page.temporaryId(), isTemporary: true } : { id, isTemporary: false }
  }

  /** The object under the pointer has become real. */
  #painted(id: number): void {
    this.#fresh = null
    this.events.emit('made', { objectId: id, classId: this.#options.classId })
    if (!this.#options.newObjectPerStroke) this.setOptions({ label: id })
  }

  async #replay(direction: 'undo' | 'redo'): Promise<boolean> {
    if (this.info.readOnly) return false
    const reply = await this.outbox.after(() => this.#link[direction]())
    if (!reply) return false
    const { z, t } = this.info.plane
    for (const { plane, rect, revision } of reply.changes) {
      if (plane.z === z && plane.t === t) this.#changedElsewhere({ rect, revision })
    }
    const step = direction === 'undo' ? -1 : 1
    this.#setHistory({ undo: Math.max(0, this.#history.undo + step), redo: Math.max(0, this.#history.redo - step) })
    this.events.emit('settled', { kind: reply.kind, created: [] })
    return true
  }

  #setHistory(history: HistoryDepth): void {
    this.#history = history
    this.events.emit('history', history)
  }

  #answered(id: string, reply: StrokeReply): void {
    this.page.acknowledge(id, reply)
    this.events.emit('settled', { kind: 'stroke', created: reply.created, objectId: reply.objectId })
  }

  #refused(id: string, reason: StrokeRefused): void {
    this.page.refuse(id)
    this.#setHistory({ undo: Math.max(0, this.#history.undo - 1), redo: this.#history.redo })
    this.events.emit('failed', { message: reason.message })
  }

  #counted(unsaved: number, isConnected: boolean): void {
    if (this.#isClosed && unsaved === 0) this.dispose()
    this.events.emit('saving', { unsaved, isConnected })
  }

  #renamed(names: ReadonlyMap<number, number>): void {
    for (const [from, to] of names) this.#names.set(from, to)
    this.outbox.rename(names)
    const { label } = this.#options
    if (label !== 'new' && names.has(label)) this.setOptions({ label: names.get(label)! })
  }

  #changedElsewhere({ rect, revision, history }: { rect: Rect; revision: number; history?: HistoryDepth }): void {
    this.page.changedElsewhere(rect, revision)
    this.levels.outdated(rect)
    if (history) this.#setHistory(history)
  }

  #reconnected(): void {
    this.outbox.resume()
    void this.#ids.fill()
    this.#link.now().then(
      (change) => this.#changedElsewhere(change),
      () => {}, // lost again: the next connection asks again
    )
  }

  #requestTiles(tiles: { level: number; tx: number; ty: number }[], again: boolean): void {
    if (again) for (const at of tiles) this.#loader.again('again', at)
    else this.#loader.also('touched', tiles)
  }

  #levelArrived(at: { level: number; tx: number; ty: number }, tile: { data: Uint32Array; revision: number }): void {
    this.levels.arrived(at, tile)
    if (at.level !== this.levels.level) return
    const [side, step] = [256 * 2 ** at.level, 2 ** at.level]
    const rect = { x: at.tx * side, y: at.ty * side, w: side, h: side }
    this.events.emit('labels', { rect, shown: { x: rect.x / step, y: rect.y / step, w: 256, h: 256 } })
  }

  #changed(rect: Rect): void {
    if (rect.w <= 0 || rect.h <= 0) return
    this.events.emit('labels', { rect, shown: this.levels.changed(rect) })
  }
}

/** Coordinates as they are sent: 1/64 pixel is finer than any hand, and short. */
export const strokePoint = (x: number, y: number, pressure?: number): StrokePoint => {
  const [px, py] = [Math.round(x * 64) / 64, Math.round(y * 64) / 64]
  return pressure === undefined ? [px, py] : [px, py, Math.round(pressure * 256) / 256]
}

const sentenceOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
