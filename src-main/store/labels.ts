/** Label maps: read and written by rectangle, changed by strokes, taken back by whole user actions. */
import { randomUUID } from 'node:crypto'
import type { LabelMap } from '../../src-shared/labels.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import type { Stroke } from '../../src-shared/strokes.ts'
import { TILE_PX, type TilePosition, tileRect, union } from '../../src-shared/tile-map.ts'
import type { JournalReplay } from './journal.ts'
import { changeOf, NO_PIXELS, type PlaneChange } from './label-change.ts'
import { LabelEdit, type LabelRooms, refuseReserved } from './label-edit.ts'
import { type FillSource, LabelFill } from './label-fill.ts'
import { applyStroke, type StrokeAnswer } from './label-strokes.ts'
import type { ObjectAttributes, ObjectOrigin, ObjectState } from './objects.ts'
import type { LayerProgress, PlaneState } from './planes.ts'
import { ReadyMaps } from './ready-maps.ts'
import { type PinnedRevision, type PinOwner, RevisionStore, readTiled } from './revisions.ts'

/** Where objects come from that a written region brings along. */
export interface RegionSource {
  origin: ObjectOrigin
  /** 'accepted' unless said otherwise. */
  state?: ObjectState
  /** Class id of each object; the project's first class unless said otherwise. */
  classOf?: (objectId: number) => number
}

/** What an undo or a redo did. */
export interface Replayed {
  /** The stroke's tool, 'write', 'complete' ... */
  kind: string
  actionId: string
  planes: PlaneChange[]
  /** Objects whose row came, went or changed. */
  objectIds: number[]
}

/** A user action made of several writes (an import of several planes with their marks, say): one step of undo. */
export interface LabelStep {
  writeRegion(plane: PlaneKey, x: number, y: number, map: LabelMap, source: RegionSource): void
  /** Puts maps that have been made ready, all of them, in the place of everything that is painted in these planes. */
  putMaps(planes: readonly PlaneKey[], ready: ReadyMaps, source: RegionSource): void
  /** Gives an object of the layer a class; one that is not there stays so. */
  setClass(objectId: number, classId: number): void
  setComplete(plane: PlaneKey, isComplete: boolean): void
}

export class LabelStore {
  readonly #rooms: LabelRooms
  readonly #revisions: RevisionStore

  constructor(rooms: LabelRooms) {
    this.#rooms = rooms
    this.#revisions = new RevisionStore(rooms)
  }

  /**
   * A rectangle of a label map, w * h values row by row; unpainted and outside the plane is 0. At level n the rectangle
   * counts pixels of 2^n x 2^n, each with the value at its centre (nearest, as pyramids of labels are).
   */
  readRegion(plane: PlaneKey, rect: Rect, level = 0): LabelMap {
    const { database, planes, tiles } = this.#rooms
    const row = planes.find(plane)
    if (!row) return { width: rect.w, height: rect.h, data: new Uint32Array(rect.w * rect.h) }
    const sql = 'SELECT tile_id AS id FROM plane_tile WHERE plane_id = ? AND ty = ? AND tx = ?'
    const load = (tx: number, ty: number) => {
      const tile = database.one<{ id: number }>(sql, row.id, ty, tx)
      return tile ? tiles.read(tile.id) : null
    }
    const whole = { x: 0, y: 0, w: row.width, h: row.height }
    return level === 0 ? readTiled(rect, whole, load) : readReduced(rect, whole, level, load)
  }

  /**
   * Writes a window of values, its upper left pixel at (x, y), as one undoable action; what falls outside the plane is
   * dropped. Objects that are new to the layer get a row from `source`. The values 4 to 15 are refused.
   */
  writeRegion(plane: PlaneKey, x: number, y: number, map: LabelMap, source: RegionSource): PlaneChange {
    const changes = this.step(plane.imageId, plane.layer, 'write', (step) => step.writeRegion(plane, x, y, map, source))
    return changes[0] ?? { plane, revision: this.state(plane).revision, changed: NO_PIXELS }
  }

  /** Several writes to planes of one layer as one transaction and one undoable action; answers what changed. */
  step(imageId: number, layer: string, kind: string, work: (step: LabelStep) => void): PlaneChange[] {
    const { database, planes } = this.#rooms
    return database.write(() => {
      const edit = new LabelEdit(this.#rooms, planes.ensureLayer(imageId, layer), randomUUID(), kind)
      const changed = new Map<number, Rect>()
      work({
        writeRegion: (plane, x, y, map, source) => {
          refuseReserved(map.data)
          edit.plane(plane).map.writeRegion(x, y, map)
          const parts = edit.flush((id) => this.#described(source, id))
          for (const [id, rect] of parts) changed.set(id, union(changed.get(id) ?? NO_PIXELS, rect))
        },
        putMaps: (planeKeys, ready, source) => {
          const described = (id: number) => this.#described(source, id)
          edit.addObjects(ready.objectIds, described)
          for (const [map, key] of planeKeys.entries()) {
            const { id: planeId } = planes.ensure(key)
            for (const { tx, ty, tileId } of ready.tilesOf(map)) {
              if (!edit.putTile({ planeId, tx, ty, newTileId: tileId }, described)) continue
              changed.set(planeId, union(changed.get(planeId) ?? NO_PIXELS, tileRect({ tx, ty })))
            }
          }
        },
        setClass: (objectId, classId) => edit.setClass(objectId, classId),
        setComplete: (plane, isComplete) => edit.setComplete(plane, isComplete),
      })
      const changes = edit.finish().map((id) => changeOf(this.#rooms, id, changed.get(id) ?? NO_PIXELS))
      this.#rooms.journal.setAnswer(edit.journalId, changes)
      return changes
    })
  }

  /** A change of a whole plane, to be made ready in pieces while strokes go on: what is painted already stays. */
  fill(source: FillSource): LabelFill {
    return new LabelFill(this.#rooms, source)
  }

  /** Maps of whole planes, to be made ready in pieces while strokes go on and then put in place by a step. */
  readyMaps(maps: readonly LabelMap[]): ReadyMaps {
    return new ReadyMaps(this.#rooms, maps)
  }

  /**
   * Tiles of a plane that hold something painted, each with a name of its content: another content has another name,
   * now and ever after.
   */
  tiles(plane: PlaneKey): (TilePosition & { content: number })[] {
    const row = this.#rooms.planes.find(plane)
    if (!row) return []
    const sql = 'SELECT tx, ty, tile_id AS content FROM plane_tile WHERE plane_id = ? ORDER BY ty, tx'
    return this.#rooms.database.all(sql, row.id)
  }

  /** Names the labels of a rectangle, by whole tiles: equal names, equal labels. Reads none. */
  contentOf(plane: PlaneKey, rect: Rect): string {
    const sql = 'SELECT tx, ty, tile_id AS id FROM plane_tile'
    const tiles = this.#near<{ tx: number; ty: number; id: number }>(plane, rect, sql, 'ORDER BY ty, tx')
    return tiles.map(({ tx, ty, id }) => `${tx},${ty}:${id}`).join(' ')
  }

  /** The values painted in the tiles that a rectangle touches, in their order; out of the summaries of the tiles. */
  valuesNear(plane: PlaneKey, rect: Rect): number[] {
    const sql = 'SELECT DISTINCT value FROM plane_tile CROSS JOIN tile_value USING (tile_id)'
    return this.#near<{ value: number }>(plane, rect, sql, 'ORDER BY value').map(({ value }) => value)
  }

  /** Rows of the tiles that a rectangle touches. */
  #near<Row>(plane: PlaneKey, { x, y, w, h }: Rect, select: string, order: string): Row[] {
    const row = this.#rooms.planes.find(plane)
    if (!row || w <= 0 || h <= 0) return []
    const [left, right] = [Math.floor(x / TILE_PX), Math.floor((x + w - 1) / TILE_PX)]
    const [top, bottom] = [Math.floor(y / TILE_PX), Math.floor((y + h - 1) / TILE_PX)]
    return this.#rooms.database.all<Row>(
      `${select} WHERE plane_id = ? AND ty BETWEEN ? AND ? AND tx BETWEEN ? AND ? ${order}`,
      ...([row.id, top, bottom, left, right] as const),
    )
  }

  /**
   * Does what a stroke says, as one transaction and one undoable action; on disk when this returns. A stroke whose id
   * has been applied before is not applied again but gets the answer it got then.
   * Throws 'plane-missing', 'object-missing', 'class-unknown' or 'fill-too-large', and then changes nothing.
   */
  apply(plane: PlaneKey, stroke: Stroke): StrokeAnswer {
    return this.#rooms.database.write(() => applyStroke(this.#rooms, plane, stroke))
  }

  /** Says that everything on a plane is painted: what is unpainted is background. Undoable. */
  setComplete(plane: PlaneKey, isComplete: boolean): void {
    this.step(plane.imageId, plane.layer, 'complete', (step) => step.setComplete(plane, isComplete))
  }

  /** Revision and mark of a plane; revision 0 where nobody has painted. */
  state(plane: PlaneKey): PlaneState {
    const row = this.#rooms.planes.find(plane)
    return { ...plane, revision: row?.revision ?? 0, isComplete: row?.isComplete ?? false }
  }

  /** Planes of one image (or of all) that somebody has painted or marked. */
  planes(imageId?: number): PlaneState[] {
    return this.#rooms.planes.list(imageId)
  }

  /** How far each image of a layer is (or one image); images without anything are left out. One query for all. */
  progress(layer: string, imageId?: number): LayerProgress[] {
    return this.#rooms.planes.progress(layer, imageId)
  }

  /** Painted pixels of a plane by value (1, 2, 3 or an object id); out of the summaries of the tiles, decoding nothing. */
  areas(plane: PlaneKey): Map<number, number> {
    const row = this.#rooms.planes.find(plane)
    if (!row) return new Map()
    const rows = this.#rooms.database.all<{ value: number; areaPx: number }>(
      `SELECT value, sum(area_px) AS areaPx FROM plane_tile JOIN tile_value USING (tile_id)
       WHERE plane_id = ? GROUP BY value`,
      row.id,
    )
    return new Map(rows.map(({ value, areaPx }) => [value, areaPx]))
  }

  /** Takes back the last action in a layer, pixels and objects alike; null when there is none. */
  undo(imageId: number, layer: string): Replayed | null {
    return this.#replay(imageId, layer, 'undo')
  }

  /** Does again what was taken back last; null when there is nothing. A new action empties this list. */
  redo(imageId: number, layer: string): Replayed | null {
    return this.#replay(imageId, layer, 'redo')
  }

  /** How many actions `undo` and `redo` would find. */
  history(imageId: number, layer: string): { undo: number; redo: number } {
    const layerId = this.#rooms.planes.findLayer(imageId, layer)
    return layerId === undefined ? { undo: 0, redo: 0 } : this.#rooms.journal.depth(layerId)
  }

  /** Keeps a plane as it is now for an owner; answers the id to read it by. */
  pin(plane: PlaneKey, owner: PinOwner): number {
    return this.#revisions.pin(plane, owner)
  }

  /** Lets go of everything an owner has pinned. */
  unpin(owner: PinOwner): void {
    this.#revisions.unpin(owner)
  }

  /** Pinned revisions, of one owner or all. */
  pinned(owner?: PinOwner): PinnedRevision[] {
    return this.#revisions.list(owner)
  }

  /** A rectangle of a pinned revision. */
  readPinned(revisionId: number, rect: Rect): LabelMap {
    return this.#revisions.read(revisionId, rect)
  }

  #replay(imageId: number, layer: string, direction: 'undo' | 'redo'): Replayed | null {
    const { database, planes, journal } = this.#rooms
    const layerId = planes.findLayer(imageId, layer)
    if (layerId === undefined) return null
    return database.write(() => {
      const replay = journal[direction](layerId)
      if (!replay) return null
      const { kind, actionId, objectIds } = replay
      const changes = replay.planeIds.map((id) => changeOf(this.#rooms, id, tilesRect(replay, id)))
      return { kind, actionId, objectIds, planes: changes }
    })
  }

  #described({ origin, state = 'accepted', classOf }: RegionSource, id: number): ObjectAttributes {
    return { origin, state, classId: classOf?.(id) ?? this.#rooms.firstClassId() }
  }
}

function tilesRect({ tiles }: JournalReplay, planeId: number): Rect {
  return tiles
    .filter((tile) => tile.planeId === planeId)
    .map(tileRect)
    .reduce(union, NO_PIXELS)
}

/** Every 2^level-th pixel, tile by tile, so that memory is one tile and the result. */
function readReduced(
  rect: Rect,
  plane: Rect,
  level: number,
  load: (tx: number, ty: number) => Uint32Array | null,
): LabelMap {
  const data = new Uint32Array(rect.w * rect.h)
  const step = 2 ** level
  const sample = (at: number, side: number) => Math.min(at * step + step / 2, side - 1)
  const inside = (at: number, side: number) => at >= 0 && at * step < side
  const loaded = new Map<number, Uint32Array | null>()
  let row = -1
  for (let y = 0; y < rect.h; y++) {
    if (!inside(rect.y + y, plane.h)) continue
    const fromY = sample(rect.y + y, plane.h)
    if (fromY >> 8 !== row) loaded.clear()
    row = fromY >> 8
    for (let x = 0; x < rect.w; x++) {
      if (!inside(rect.x + x, plane.w)) continue
      const fromX = sample(rect.x + x, plane.w)
      if (!loaded.has(fromX >> 8)) loaded.set(fromX >> 8, load(fromX >> 8, row))
      data[y * rect.w + x] = loaded.get(fromX >> 8)?.[((fromY & 255) << 8) | (fromX & 255)] ?? 0
    }
  }
  return { width: rect.w, height: rect.h, data }
}
