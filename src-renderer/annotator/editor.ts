/**
 * The open plane under the tools: what is painted, what is on its way to the host, undo and redo. Knows no window; the
 * annotator gives it pointer positions and shows what it holds.
 */
import type { TileAt } from '../../src-shared/data-urls.ts'
import { isObjectId } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { type DrawnStroke, parseStroke, type Stroke } from '../../src-shared/strokes.ts'
import { TILE_PX, tileRect } from '../../src-shared/tile-map.ts'
import type { EditorEvents, EditorOptions, EditorView } from './editor-events.ts'
import { Emitter } from './emitter.ts'
import { LabelLevels } from './label-levels.ts'
import { LabelWishes } from './label-wishes.ts'
import type { Direction, HistoryDepth, HistoryReply, PlaneInfo, PlaneLink, StrokeRefused, StrokeReply } from './link.ts'
import { NewObjects } from './new-objects.ts'
import { Outbox, outboxKey } from './outbox.ts'
import { LabelPage } from './page.ts'
import { strokeBounds } from './stroke-bounds.ts'
import type { DrawnDraft, Finished, GreyRegion, StrokeDraft, StrokeLabel, ToolOptions } from './tool.ts'
import type { ToolHostPage } from './tool-host.ts'

export class Editor implements ToolHostPage {
  readonly info: PlaneInfo
  readonly events = new Emitter<EditorEvents>()
  readonly page: LabelPage
  readonly levels: LabelLevels
  readonly outbox: Outbox
  readonly #link: PlaneLink
  readonly #view: EditorView
  readonly #made: NewObjects
  readonly #wishes: LabelWishes
  readonly #stops: (() => void)[]
  #options: ToolOptions
  #history: HistoryDepth
  #isClosed = false

  constructor({ link, info, options, view, storage, outbox }: EditorOptions) {
    this.info = info
    this.#link = link
    this.#view = view
    this.#options = options
    this.#wishes = new LabelWishes(
      link,
      () => this,
      (at) => this.#levelCame(at),
    )
    this.page = new LabelPage({
      ...info,
      request: (tiles, again) => this.#wishes.request(tiles, again),
      changed: (rect) => this.#changed(rect),
      renamed: (names) => this.#renamed(names),
    })
    this.#made = new NewObjects(
      (count) => link.reserveIds(count),
      () => this.page.temporaryId(),
    )
    this.levels = new LabelLevels(this.page, (at) => this.#wishes.again(at))
    const outboxOptions = {
      key: outboxKey(info.plane),
      send: (stroke: Stroke) => link.sendStroke(stroke),
      storage,
      answered: (id: string, reply: StrokeReply) => this.#answered(id, reply),
      refused: (id: string, reason: StrokeRefused) => this.#refused(id, reason),
      replay: (direction: Direction) => link[direction](),
      replayed: (direction: Direction, reply: NonNullable<HistoryReply>) => this.#replayed(direction, reply),
      counted: (isConnected: boolean) => this.#counted(isConnected),
    }
    this.outbox = outbox ?? new Outbox(outboxOptions)
    this.#history = this.#withUnsaved(info.history)
    this.outbox.attach(outboxOptions)
    this.#stops = [
      link.onRemoteChange((change) => this.#changedElsewhere(change)),
      link.onReconnect(() => this.#reconnected()),
    ]
  }

  /** Shows strokes that were painted before and not saved, and sends them. */
  start(): void {
    const isGoingOn = !this.outbox.isIdle
    this.resume()
    if (isGoingOn) this.#askNow() // the host may have had some of it, which is then part of its history
    if (!this.info.readOnly) this.#made.fill()
  }

  /** Sends strokes that were painted before without getting ready for new ones: nobody looks at the plane. */
  resume(): void {
    this.page.restore(this.outbox.unsaved)
    this.outbox.resume()
  }

  /** Leaves the plane; its outbox goes on until it is empty. */
  close(): void {
    this.endGesture()
    this.#isClosed = true
    this.#wishes.dispose()
    if (this.outbox.isIdle) this.dispose()
  }

  /** Stops listening; the outbox goes on for another. */
  detach(): void {
    for (const stop of this.#stops) stop()
    this.#wishes.dispose()
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
    const { label: chosen, classId, protectOthers } = this.#options
    const label = chosen === 'new' ? this.#made.take().id : this.#made.nameOf(chosen)
    // Also of an object that is painted further: it may have been taken back, and the stroke makes it again.
    return isObjectId(label) && classId !== undefined ? { label, protectOthers, classId } : { label, protectOthers }
  }

  preview(part: DrawnDraft): void {
    const stroke = this.#made.named(parseStroke({ id: 'preview', ...part }) as DrawnStroke)
    this.page.preview(stroke, strokeBounds(stroke, this.page.rect))
  }

  clearPreview(): void {
    this.page.clearPreview()
  }

  beginGesture(): void {
    this.#made.begin()
  }

  commit({ stroke, isPreviewed }: Finished): void {
    this.apply(stroke, isPreviewed)
  }

  endGesture(failure?: unknown): void {
    this.page.clearPreview()
    this.#made.end()
    if (failure !== undefined) this.events.emit('failed', { message: sentenceOf(failure) })
  }

  // --- what a person does -----------------------------------------------------------------------------------------

  /** Paints a stroke at once and sends it to the host; one undo step. Throws 'fill-too-large'. */
  apply(draft: StrokeDraft, isPreviewed = false): void {
    const fresh = 'label' in draft ? this.#made.of(draft.label) : null
    const label = fresh?.isTemporary ? { label: 'new' as const } : {}
    const common = { id: crypto.randomUUID(), baseRevision: this.page.revision }
    const stroke = this.#made.named(parseStroke({ ...draft, ...label, ...common }))
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

  /** Wants the labels of tiles; `who` has one wish at a time. */
  want(who: string, tiles: readonly TileAt[]): void {
    this.#wishes.want(who, tiles)
  }

  // ----------------------------------------------------------------------------------------------------------------

  /** The object under the pointer has become real. */
  #painted(id: number): void {
    this.#made.painted()
    this.events.emit('made', { objectId: id, classId: this.#options.classId })
    if (!this.#options.newObjectPerStroke) this.setOptions({ label: id })
  }

  #replay(direction: Direction): Promise<boolean> {
    return this.info.readOnly ? Promise.resolve(false) : this.outbox.replay(direction)
  }

  #replayed(direction: Direction, reply: NonNullable<HistoryReply>): void {
    const { z, t } = this.info.plane
    for (const { plane, rect, revision } of reply.changes) {
      if (plane.z === z && plane.t === t) this.#changedElsewhere({ rect, revision })
    }
    const step = direction === 'undo' ? -1 : 1
    this.#setHistory({ undo: Math.max(0, this.#history.undo + step), redo: Math.max(0, this.#history.redo - step) })
    this.events.emit('settled', { kind: reply.kind, created: [] })
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

  #counted(isConnected: boolean): void {
    const { unsaved, isKept } = this.outbox
    if (this.#isClosed && this.outbox.isIdle) this.dispose()
    this.events.emit('saving', { unsaved: unsaved.length, isKept, isConnected })
  }

  #renamed(names: ReadonlyMap<number, number>): void {
    this.#made.rename(names)
    this.outbox.rename(names)
    const { label } = this.#options
    if (label !== 'new' && names.has(label)) this.setOptions({ label: names.get(label)! })
  }

  #changedElsewhere({ rect, revision, history }: { rect: Rect; revision: number; history?: HistoryDepth }): void {
    this.page.changedElsewhere(rect, revision)
    this.levels.outdated(rect)
    if (history) this.#setHistory(this.#withUnsaved(history))
  }

  /** What the host can take back, and on top of it the strokes that it does not know of yet. */
  #withUnsaved({ undo, redo }: HistoryDepth): HistoryDepth {
    const waiting = this.outbox.unsaved.length
    return { undo: undo + waiting, redo: waiting > 0 ? 0 : redo }
  }

  #reconnected(): void {
    this.outbox.resume()
    this.#made.fill()
    this.#askNow()
  }

  /** What waits has its answers first: it is part of what is then there, and of what can be undone. */
  #askNow(): void {
    const now = this.outbox.after(() => this.#link.now())
    now.then(
      (change) => {
        this.page.catchUp(change.revision)
        this.#changedElsewhere(change)
      },
      () => {}, // lost again: the next connection asks again
    )
  }

  #levelCame(at: TileAt): void {
    const step = 2 ** at.level
    const side = TILE_PX * step
    const rect = { x: at.tx * side, y: at.ty * side, w: side, h: side }
    this.events.emit('labels', { rect, shown: tileRect(at) })
  }

  #changed(rect: Rect): void {
    if (rect.w <= 0 || rect.h <= 0) return
    this.events.emit('labels', { rect, shown: this.levels.changed(rect) })
  }
}

const sentenceOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
