/**
 * The label map of the open plane as the window shows it: confirmed tiles, on top of them the strokes that the host has
 * not answered yet, on top of those the stroke under the pointer. Each layer is a sparse copy, so that taking one away
 * gives back exactly what was below it.
 */
import type { LabelMap } from '../../src-shared/labels.ts'
import { intersect, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import type { DrawnStroke } from '../../src-shared/strokes.ts'
import { TileMap, type TilePosition, tilesOf, union } from '../../src-shared/tile-map.ts'
import { ConfirmedTiles, keysOf, positionKey, positionOf, tileRect, touches } from './confirmed-tiles.ts'
import type { LabelTile, StrokeReply } from './link.ts'
import {
  applyStroke,
  FIRST_TEMPORARY_ID,
  isDrawn,
  isExact,
  isTemporary,
  renamed,
  type UnsavedStroke,
} from './pending-stroke.ts'

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

interface Pending extends UnsavedStroke {
  /** Tiles as this stroke left them; null when too many strokes wait to keep them all. */
  after: Map<number, Uint32Array> | null
  /** Tiles it asked for that had not been loaded. */
  missing: Set<number>
  /** Confirmed, but tiles that show it are still to come. */
  isConfirmed: boolean
}

const NOTHING: Rect = { x: 0, y: 0, w: 0, h: 0 }

/** Strokes whose tiles are kept, so that their confirmation costs nothing; more are painted again. */
const MOST_KEPT = 32

export class LabelPage {
  readonly width: number
  readonly height: number
  readonly #options: PageOptions
  readonly #confirmed: ConfirmedTiles
  #pending: Pending[] = []
  /** Tiles as the last pending stroke left them. */
  #top = new Map<number, Uint32Array>()
  #live: TileMap | null = null
  #liveParts: DrawnStroke[] = []
  #liveMissing = new Set<number>()
  #view: TileMap | null = null
  #nextTemporary = FIRST_TEMPORARY_ID

  constructor(options: PageOptions) {
    this.width = options.width
    this.height = options.height
    this.#options = options
    this.#confirmed = new ConfirmedTiles(options.revision)
  }

  get rect(): Rect {
    return { x: 0, y: 0, w: this.width, h: this.height }
  }

  /** Up to here every change of the plane is known; strokes name it as what the user saw. */
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
    return this.#top.has(positionKey(tx, ty)) || (this.#live !== null && touches(this.#live.changed, { tx, ty }))
  }

  /** Whether every tile of a rectangle is loaded and up to date. */
  isReady(rect: Rect): boolean {
    return keysOf(intersect(rect, this.rect)).every((key) => this.#confirmed.isCurrent(key))
  }

  /** Tiles of a rectangle that have not been loaded. */
  missing(rect: Rect): TilePosition[] {
    return [...tilesOf(intersect(rect, this.rect))].filter(({ tx, ty }) => !this.isLoaded(tx, ty))
  }

  /** A tile that was requested. */
  arrived(at: TilePosition, tile: LabelTile): void {
    const key = positionKey(at.tx, at.ty)
    if (!this.#confirmed.put(at, tile)) {
      this.#options.request([at], true)
      return
    }
    this.#view = null
    this.#confirmed.prune(new Set(this.#top.keys()))
    const isBelow = this.#top.has(key) || this.#pending.some((of) => of.missing.has(key) || !isDrawn(of.stroke))
    if (this.#dropConfirmed() || isBelow || this.#live) this.#rebuild()
    this.#options.changed(intersect(tileRect(at), this.rect))
  }

  // --- the stroke under the pointer -------------------------------------------------------------------------------

  get isPreviewing(): boolean {
    return this.#live !== null
  }

  /** Paints a part of the stroke under the pointer; `touched` is a rectangle that holds all it can change. */
  preview(part: DrawnStroke, touched: Rect): void {
    this.#live ??= this.#layer(this.#liveMissing)
    this.#liveParts.push(part)
    applyStroke(this.#live, part, this.#temporary, () => [])
    this.#options.changed(intersect(touched, this.rect))
  }

  /** Takes the stroke under the pointer away. */
  clearPreview(): void {
    const changed = this.#live?.changed ?? NOTHING
    this.#forgetLive()
    if (changed.w > 0) this.#options.changed(changed)
  }

  /** An id for an object that the host will name later. */
  temporaryId(): number {
    return this.#nextTemporary++
  }

  /**
   * Makes a stroke one that is waiting for the host. `isPreviewed`: what was previewed is exactly this stroke, so that it
   * need not be painted again. False when it would change nothing. Throws 'fill-too-large'; then nothing has changed.
   */
  commit(of: UnsavedStroke, isPreviewed = false): boolean {
    const live = this.#live
    const painted = isPreviewed && live ? { map: live, missing: this.#liveMissing } : this.#paint(of)
    const { map, missing } = painted
    const hasEffect = map.changed.w > 0 || missing.size > 0 || !isDrawn(of.stroke)
    if (hasEffect) this.#push({ ...of, missing, after: tilesIn(map), isConfirmed: false })
    this.#forgetLive()
    const changed = union(live?.changed ?? NOTHING, map.changed)
    if (changed.w > 0) this.#options.changed(changed)
    return hasEffect
  }

  /** Puts strokes back that were waiting when the window was closed. */
  restore(strokes: readonly UnsavedStroke[]): void {
    for (const of of strokes) {
      for (const id of of.temporary) this.#nextTemporary = Math.max(this.#nextTemporary, id + 1)
      this.#pending.push({ ...of, after: null, missing: new Set(), isConfirmed: false })
    }
    if (strokes.length > 0) this.#rebuild()
  }

  // --- the host answers -------------------------------------------------------------------------------------------

  /** The host has painted a stroke. */
  acknowledge(strokeId: string, reply: StrokeReply): void {
    const index = this.#pending.findIndex(({ stroke, isConfirmed }) => stroke.id === strokeId && !isConfirmed)
    const pending = this.#pending[index]
    if (!pending) return
    const before = this.#confirmed.revision
    const names = namesOf(pending.temporary, reply.created)
    if (reply.revision <= before) this.#settle(pending)
    else if (reply.revision > before + 1 || index > 0 || !this.#confirm(pending, reply)) {
      pending.isConfirmed = true
      this.#reload(reply.revision > before + 1 ? this.rect : this.#ownRect(reply), reply.revision)
    }
    if (names.size > 0) this.#rename(names)
  }

  /** The host will not paint a stroke: it is taken back. */
  refuse(strokeId: string): void {
    const pending = this.#pending.find(({ stroke }) => stroke.id === strokeId)
    if (pending) this.#drop(pending)
  }

  /** Something else has changed the plane: its tiles are loaded again, strokes that wait stay on top. */
  changedElsewhere(rect: Rect, revision: number): void {
    if (revision <= this.#confirmed.revision) return
    this.#reload(rect, revision)
  }

  /** Strokes the host has not answered, oldest first. */
  get waiting(): readonly UnsavedStroke[] {
    return this.#pending.filter(({ isConfirmed }) => !isConfirmed)
  }

  // ----------------------------------------------------------------------------------------------------------------

  #shown(): TileMap {
    if (this.#live) return this.#live
    this.#view ??= this.#layer(null)
    return this.#view
  }

  /** A map on top of everything that waits; `missing` collects the tiles that were not there. */
  #layer(missing: Set<number> | null): TileMap {
    return new TileMap(this.width, this.height, (tx, ty) => {
      const data = this.#top.get(positionKey(tx, ty)) ?? this.#confirmed.data(tx, ty)
      if (!data && missing) {
        missing.add(positionKey(tx, ty))
        this.#options.request([{ tx, ty }], false)
      }
      return data
    })
  }

  readonly #temporary = (): number => this.temporaryId()

  #paint(of: UnsavedStroke): { map: TileMap; missing: Set<number> } {
    const missing = new Set<number>()
    const map = this.#layer(missing)
    this.#apply(map, of)
    return { map, missing }
  }

  /** Paints a stroke with the ids it got before, or new ones. */
  #apply(map: TileMap, of: UnsavedStroke): void {
    let next = 0
    const nextId = () => {
      if (next === of.temporary.length) of.temporary.push(this.#temporary())
      return of.temporary[next++]!
    }
    applyStroke(map, of.stroke, nextId, () => this.#known())
  }

  /** Tile positions with something known. */
  #known(): TilePosition[] {
    return [...new Set([...this.#confirmed.keys, ...this.#top.keys()])].map(positionOf)
  }

  #push(pending: Pending): void {
    for (const [key, data] of pending.after ?? []) this.#top.set(key, data)
    if (this.#pending.length >= MOST_KEPT) pending.after = null
    this.#pending.push(pending)
    this.#view = null
  }

  /** Takes the answer over without loading anything; false when the tiles at hand do not allow it. */
  #confirm(pending: Pending, reply: StrokeReply): boolean {
    if (!isExact(pending) || this.#confirmed.stale.size > 0) return false
    const { temporary, after, missing } = pending
    const isSame =
      temporary.length === reply.created.length && temporary.every((id, index) => reply.created[index] === id)
    const tiles = isSame && after && missing.size === 0 ? after : this.#paintOver(pending, reply)
    if (!tiles) return false
    for (const key of tiles.keys()) if (this.#confirmed.revisionOf(key) >= reply.revision) return false
    this.#confirmed.adopt(tiles, this.#ownRect(reply), reply.revision)
    this.#pending.shift()
    if (this.#pending.length === 0) this.#top.clear()
    this.#view = null
    if (tiles !== after) for (const key of tiles.keys()) this.#notify(key)
    return true
  }

  /** Where a stroke changed this plane. */
  #ownRect({ changes }: StrokeReply): Rect {
    const { z, t } = this.#options.plane
    return changes.find(({ plane }) => plane.z === z && plane.t === t)?.rect ?? NOTHING
  }

  /** Paints a stroke on the confirmed tiles with the ids that the host gave; null when it went differently there. */
  #paintOver({ stroke }: Pending, { created }: StrokeReply): Map<number, Uint32Array> | null {
    let isComplete = true
    const map = new TileMap(this.width, this.height, (tx, ty) => {
      const data = this.#confirmed.data(tx, ty)
      if (!data) isComplete = false
      return data
    })
    let next = 0
    const ids = applyStroke(
      map,
      stroke,
      () => created[next++] ?? this.#temporary(),
      () => [...this.#confirmed.keys].map(positionOf),
    )
    const isSame = ids.length === created.length && ids.every((id, index) => created[index] === id)
    return isComplete && isSame ? tilesIn(map) : null
  }

  /** Confirmed: shown until every tile that is on its way has come. */
  #settle(pending: Pending): void {
    pending.isConfirmed = true
    if (this.#dropConfirmed()) this.#rebuild()
  }

  #reload(rect: Rect, revision: number): void {
    const outdated = this.#confirmed.outdate(rect, revision)
    if (outdated.length > 0) this.#options.request(outdated, true)
    if (this.#dropConfirmed()) this.#rebuild()
  }

  /** Forgets confirmed strokes once every tile shows them. True when there were some. */
  #dropConfirmed(): boolean {
    if (this.#confirmed.stale.size > 0 || !this.#pending.some(({ isConfirmed }) => isConfirmed)) return false
    this.#pending = this.#pending.filter(({ isConfirmed }) => !isConfirmed)
    return true
  }

  #drop(pending: Pending): void {
    this.#pending = this.#pending.filter((of) => of !== pending)
    this.#rebuild()
  }

  #rename(names: ReadonlyMap<number, number>): void {
    for (const pending of this.#pending) pending.stroke = renamed(pending.stroke, names)
    this.#options.renamed?.(names)
    if (this.#pending.length > 0) this.#rebuild()
  }

  /** Paints everything that waits again on the confirmed tiles. */
  #rebuild(): void {
    const before = [...this.#top.keys()]
    this.#top = new Map()
    this.#view = null
    for (const [index, pending] of this.#pending.entries()) {
      pending.missing.clear()
      const map = this.#layer(pending.missing)
      tryTo(() => this.#apply(map, pending))
      const after = tilesIn(map)
      pending.after = index < MOST_KEPT ? after : null
      for (const [key, data] of after) this.#top.set(key, data)
    }
    this.#rebuildLive()
    for (const key of new Set([...before, ...this.#top.keys()])) this.#notify(key)
  }

  #rebuildLive(): void {
    if (!this.#live) return
    const before = this.#live.changed
    this.#liveMissing = new Set()
    this.#live = this.#layer(this.#liveMissing)
    for (const part of this.#liveParts) applyStroke(this.#live, part, this.#temporary, () => [])
    const changed = union(before, this.#live.changed)
    if (changed.w > 0) this.#options.changed(changed)
  }

  #forgetLive(): void {
    this.#live = null
    this.#liveParts = []
    this.#liveMissing = new Set()
  }

  #notify(key: number): void {
    this.#options.changed(intersect(tileRect(positionOf(key)), this.rect))
  }
}

const tilesIn = (map: TileMap): Map<number, Uint32Array> =>
  new Map([...map.changedTiles()].map(({ tx, ty, data }) => [positionKey(tx, ty), data]))

/** A stroke that could be painted once may be too large now; what it did then is gone until the host answers. */
function tryTo(act: () => void): void {
  try {
    act()
  } catch {
    // the host's answer, or its refusal, settles it
  }
}

const namesOf = (temporary: readonly number[], created: readonly number[]): Map<number, number> =>
  new Map(
    temporary.flatMap((id, index): [number, number][] =>
      isTemporary(id) && created[index] !== undefined ? [[id, created[index]]] : [],
    ),
  )
