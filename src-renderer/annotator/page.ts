/**
 * The label map of the open plane as the window shows it: confirmed tiles, on top of them the strokes that the host has
 * not answered yet, on top of those the stroke under the pointer.
 */
import { isTemporary, type LabelMap } from '../../src-shared/labels.ts'
import { intersect, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import type { DrawnStroke } from '../../src-shared/strokes.ts'
import { TileMap, type TilePosition, tileRect, union } from '../../src-shared/tile-map.ts'
import { ConfirmedTiles, keysOf, positionKey, positionOf } from './confirmed-tiles.ts'
import type { LabelTile, StrokeReply } from './link.ts'
import { LiveStroke } from './live-stroke.ts'
import { applyStroke, isDrawn, isExact, madeBy, type UnsavedStroke } from './pending-stroke.ts'
import { tilesIn, type WaitingStroke, WaitingStrokes } from './waiting-strokes.ts'

export interface PageOptions {
  plane: PlaneKey
  width: number
  height: number
  revision: number
  /** Wants tiles; they come back through `arrived`. `again`: although they are here. */
  request(tiles: TilePosition[], again: boolean): void
  /** Shown labels inside the rectangle may have changed. */
  changed(rect: Rect): void
  /** The host has given objects other ids than the window had. */
  renamed?(names: ReadonlyMap<number, number>): void
}

const NOTHING: Rect = { x: 0, y: 0, w: 0, h: 0 }

export class LabelPage {
  readonly width: number
  readonly height: number
  readonly #options: PageOptions
  readonly #confirmed: ConfirmedTiles
  readonly #waiting: WaitingStrokes
  readonly #live: LiveStroke
  /** What is shown without the stroke under the pointer; made when it is asked for. */
  #view: TileMap | null = null

  constructor(options: PageOptions) {
    this.width = options.width
    this.height = options.height
    this.#options = options
    this.#confirmed = new ConfirmedTiles(options.revision)
    this.#waiting = new WaitingStrokes(options, this.#confirmed, (at) => options.request([at], false))
    this.#live = new LiveStroke(this.#waiting)
  }

  get rect(): Rect {
    return { x: 0, y: 0, w: this.width, h: this.height }
  }

  /** Of the latest change of the plane that is known; strokes name it as what the user saw. */
  get revision(): number {
    return this.#confirmed.revision
  }

  /** The label shown at a pixel; 0 outside the plane and where nothing has been loaded yet. */
  labelAt(x: number, y: number): number {
    const [column, row] = [Math.floor(x), Math.floor(y)]
    const map = this.#shown()
    return map.contains(column, row) ? map.get(column, row) : 0
  }

  /** Shown labels of a rectangle; what lies outside the plane or has not been loaded is 0. */
  readRegion(rect: Rect): LabelMap {
    return this.#shown().readRegion(rect)
  }

  /** Whether the host's labels at a tile position are here. */
  isLoaded(tx: number, ty: number): boolean {
    return this.#confirmed.has(positionKey(tx, ty))
  }

  /** Whether a stroke that is not confirmed has changed a tile. */
  isPaintedOn(tx: number, ty: number): boolean {
    return this.#waiting.hasChanged(positionKey(tx, ty)) || this.#live.hasChanged({ tx, ty })
  }

  /** Whether every tile of a rectangle is loaded and up to date. */
  isReady(rect: Rect): boolean {
    return keysOf(intersect(rect, this.rect)).every((key) => this.#confirmed.isCurrent(key))
  }

  /** A tile that was requested. */
  arrived(at: TilePosition, tile: LabelTile): void {
    if (!this.#confirmed.put(at, tile)) {
      this.#options.request([at], true)
      return
    }
    this.#view = null
    this.#confirmed.prune(this.#waiting.changedKeys)
    const isBelow = this.#waiting.restsOn(positionKey(at.tx, at.ty)) || this.#live.map !== null
    if (this.#dropConfirmed() || isBelow) this.#rebuild()
    this.#options.changed(intersect(tileRect(at), this.rect))
  }

  // --- strokes ----------------------------------------------------------------------------------------------------

  /** Paints a part of the stroke under the pointer; `touched` is a rectangle that holds all it can change. */
  preview(part: DrawnStroke, touched: Rect): void {
    this.#live.add(part)
    this.#options.changed(intersect(touched, this.rect))
  }

  /** Takes the stroke under the pointer away. */
  clearPreview(): void {
    const { changed } = this.#live
    this.#live.clear()
    if (changed.w > 0) this.#options.changed(changed)
  }

  /** An id for an object that the host will name later. */
  temporaryId(): number {
    return this.#waiting.temporaryId()
  }

  /**
   * Makes a stroke one that is waiting for the host. `isPreviewed`: what was previewed is exactly this stroke, so that it
   * need not be painted again. False when it would change nothing. Throws 'fill-too-large'; then nothing has changed.
   */
  commit(of: UnsavedStroke, isPreviewed = false): boolean {
    const painted = (isPreviewed && this.#live.painted) || this.#waiting.paint(of)
    const hasEffect = painted.map.changed.w > 0 || painted.missing.size > 0 || !isDrawn(of.stroke)
    if (hasEffect) {
      this.#waiting.add(of, painted)
      this.#view = null
    }
    const changed = union(this.#live.changed, painted.map.changed)
    this.#live.clear()
    if (changed.w > 0) this.#options.changed(changed)
    return hasEffect
  }

  /** Puts strokes back that were waiting when the window was closed. */
  restore(strokes: readonly UnsavedStroke[]): void {
    this.#waiting.restore(strokes)
    if (strokes.length > 0) this.#rebuild()
  }

  // --- the host answers -------------------------------------------------------------------------------------------

  /** The host has painted a stroke. */
  acknowledge(strokeId: string, reply: StrokeReply): void {
    const { all } = this.#waiting
    const index = all.findIndex(({ stroke, isConfirmed }) => stroke.id === strokeId && !isConfirmed)
    const waiting = all[index]
    if (!waiting) return
    const before = this.#confirmed.revision
    const names = namesOf(madeBy(waiting), reply.created)
    const isChange = this.#isChange(waiting, reply)
    const isNext = isChange && reply.revision === before + 1 && index === 0
    if (!isNext || !this.#confirm(waiting, reply)) {
      waiting.isConfirmed = true // shown until every tile that is on its way has come
      if (!isChange) this.#takeNothing(reply.revision)
      else if (reply.revision > before + 1) this.#reloadAll(reply.revision)
      else this.#reload(this.#ownRect(reply), reply.revision)
    }
    if (names.size > 0) this.#rename(names)
  }

  /** The host will not paint a stroke: it is taken back. */
  refuse(strokeId: string): void {
    const waiting = this.#waiting.all.find(({ stroke }) => stroke.id === strokeId)
    if (!waiting) return
    this.#waiting.drop(waiting)
    this.#rebuild()
  }

  /** Something else has changed the plane: its tiles are loaded again, strokes that wait stay on top. */
  changedElsewhere(rect: Rect, revision: number): void {
    if (revision <= this.#confirmed.revision) return
    this.#reload(rect, revision)
  }

  /** Changes up to this revision may have been missed: if one was, everything is loaded again. */
  catchUp(revision: number): void {
    if (!this.#confirmed.knowsAll(revision)) this.#reloadAll(revision)
  }

  // ----------------------------------------------------------------------------------------------------------------

  #shown(): TileMap {
    if (this.#live.map) return this.#live.map
    this.#view ??= this.#waiting.view()
    return this.#view
  }

  /** Takes the answer over without loading anything; false when the tiles at hand do not allow it. */
  #confirm(waiting: WaitingStroke, reply: StrokeReply): boolean {
    if (!isExact(waiting) || this.#confirmed.stale.size > 0) return false
    const { temporary, after, missing } = waiting
    const isSame = isEqual(temporary, reply.created)
    const tiles = isSame && after && missing.size === 0 ? after : this.#paintOver(waiting, reply)
    if (!tiles) return false
    for (const key of tiles.keys()) if (this.#confirmed.revisionOf(key) >= reply.revision) return false
    this.#confirmed.adopt(tiles, this.#ownRect(reply), reply.revision)
    this.#waiting.shift()
    this.#view = null
    if (tiles !== after) for (const key of tiles.keys()) this.#notify(key)
    return true
  }

  /** Whether the revision that a stroke was answered with is its own: it has changed pixels here, or the plane's mark. */
  #isChange({ stroke }: WaitingStroke, reply: StrokeReply): boolean {
    const own = this.#ownChange(reply)
    return own !== undefined && (own.rect.w > 0 || stroke.tool === 'complete')
  }

  /** Where a stroke changed this plane. */
  #ownRect(reply: StrokeReply): Rect {
    return this.#ownChange(reply)?.rect ?? NOTHING
  }

  #ownChange({ changes }: StrokeReply): StrokeReply['changes'][number] | undefined {
    const { z, t } = this.#options.plane
    return changes.find(({ plane }) => plane.z === z && plane.t === t)
  }

  /** Paints a stroke on the confirmed tiles with the ids that the host gave; null when it went differently there. */
  #paintOver({ stroke }: WaitingStroke, { created }: StrokeReply): Map<number, Uint32Array> | null {
    let isComplete = true
    const map = new TileMap(this.width, this.height, (tx, ty) => {
      const data = this.#confirmed.data(tx, ty)
      if (!data) isComplete = false
      return data
    })
    let next = 0
    const nextId = () => created[next++] ?? this.temporaryId()
    const ids = applyStroke(map, stroke, nextId, () => [...this.#confirmed.keys].map(positionOf))
    return isComplete && isEqual(ids, created) ? tilesIn(map) : null
  }

  /** A stroke has changed nothing here: the revision it was answered with is that of another change, if of any. */
  #takeNothing(revision: number): void {
    this.catchUp(revision)
    if (this.#dropConfirmed()) this.#rebuild()
  }

  #reload(rect: Rect, revision: number): void {
    const outdated = this.#confirmed.outdate(rect, revision)
    if (outdated.length > 0) this.#options.request(outdated, true)
    if (this.#dropConfirmed()) this.#rebuild()
  }

  #reloadAll(revision: number): void {
    this.#confirmed.skipTo(revision)
    this.#reload(this.rect, revision)
  }

  /** Forgets confirmed strokes once every tile shows them. True when there were some. */
  #dropConfirmed(): boolean {
    return this.#confirmed.stale.size === 0 && this.#waiting.dropConfirmed()
  }

  #rename(names: ReadonlyMap<number, number>): void {
    this.#waiting.rename(names)
    this.#live.rename(names)
    this.#options.renamed?.(names)
    if (this.#waiting.all.length > 0 || this.#live.map) this.#rebuild()
  }

  /** Paints everything that waits, and the stroke under the pointer, again on the confirmed tiles. */
  #rebuild(): void {
    this.#view = null
    const keys = this.#waiting.rebuild()
    const changed = this.#live.rebuild()
    if (changed.w > 0) this.#options.changed(changed)
    for (const key of keys) this.#notify(key)
  }

  #notify(key: number): void {
    this.#options.changed(intersect(tileRect(positionOf(key)), this.rect))
  }
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, index) => b[index] === id)

const namesOf = (temporary: readonly number[], created: readonly number[]): Map<number, number> =>
  new Map(
    temporary.flatMap((id, index): [number, number][] =>
      isTemporary(id) && created[index] !== undefined ? [[id, created[index]]] : [],
    ),
  )
