/**
 * A change of a whole plane that only fills what nobody has painted, made ready piece by piece so that strokes get in
 * between, and then done in one transaction: one step of undo. Until `commit` nobody sees anything of it; a stroke that
 * comes before is kept, because the tiles it touched are merged again.
 */
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import { TILE_PX, type TilePosition, union } from '../../src-shared/tile-map.ts'
import { changeOf, NO_PIXELS, type PlaneChange } from './label-change.ts'
import type { LabelRooms } from './label-edit.ts'
import type { ObjectOrigin } from './objects.ts'

/** What is to be filled, and with which objects. */
export interface FillSource {
  plane: PlaneKey
  /** Of the journal: "accept", "reject" ... */
  kind: string
  /** Names the action; undo and redo answer it. */
  actionId: string
  /** The 65,536 values of a tile, 0 where it stays as it is; asked again when a stroke came in between. */
  valuesOf: (at: TilePosition) => Uint32Array
}

/** Objects that the fill brings along; their ids have been reserved for it. */
export interface FilledObjects {
  origin: ObjectOrigin
  /** Those 'accepted' get a row when they have a pixel; 'rejected' ones have none and are remembered all the same. */
  state: 'accepted' | 'rejected'
  /** [object id, class id] of each. */
  objects: readonly (readonly [id: number, classId: number])[]
}

interface ReadyTile extends TilePosition {
  oldTileId: number | null
  newTileId: number
  changed: Rect
}

export class LabelFill {
  readonly #rooms: LabelRooms
  readonly #source: FillSource
  readonly #ready: ReadyTile[] = []

  constructor(rooms: LabelRooms, source: FillSource) {
    this.#rooms = rooms
    this.#source = source
  }

  /** Makes tiles ready until the time is over or none is left; answers whether some are left. */
  prepare(tiles: Iterator<TilePosition>, budgetMs: number): boolean {
    const endMs = performance.now() + budgetMs
    return this.#rooms.database.write(() => {
      const planeId = this.#rooms.planes.find(this.#source.plane)?.id
      do {
        const { value, done } = tiles.next()
        if (done) return false
        const ready = this.#merged(planeId, value)
        if (ready) this.#ready.push(ready)
      } while (performance.now() < endMs)
      return true
    })
  }

  /** Does everything that has been made ready; answers what changed, and the objects that have got a row. */
  commit(filled: FilledObjects): { changes: PlaneChange[]; objectIds: number[] } {
    const { database, planes, journal } = this.#rooms
    return database.write(() => {
      const { plane, kind, actionId } = this.#source
      const { id: planeId, layerId } = planes.ensure(plane)
      const journalId = journal.begin(layerId, actionId, kind)
      let changed = NO_PIXELS
      for (const ready of this.#ready) {
        const tile = this.#isCurrent(planeId, ready) ? ready : this.#merged(planeId, ready)
        if (!tile) continue
        journal.setTile(journalId, { planeId, ...tile })
        changed = union(changed, tile.changed)
      }
      this.#addObjects(journalId, layerId, filled)
      const changes = journal.finish(journalId, layerId).map((id) => changeOf(this.#rooms, id, changed))
      journal.setAnswer(journalId, changes)
      const sql = 'SELECT object_id AS id FROM journal_object WHERE journal_id = ? ORDER BY object_id'
      return { changes, objectIds: database.all<{ id: number }>(sql, journalId).map(({ id }) => id) }
    })
  }

  /** Gives up: what was made ready is removed where nobody else needs it. */
  abandon(): void {
    const { database, tiles } = this.#rooms
    database.write(() => tiles.release(this.#ready.map(({ newTileId }) => newTileId)))
    this.#ready.length = 0
  }

  /** Stores the tile as it will be; null where nothing of it is free. */
  #merged(planeId: number | undefined, { tx, ty }: TilePosition): ReadyTile | null {
    const { tiles } = this.#rooms
    const oldTileId = planeId === undefined ? null : this.#tileId(planeId, tx, ty)
    const old = oldTileId === null ? null : tiles.read(oldTileId)
    const values = this.#source.valuesOf({ tx, ty })
    const merged = old ? old.slice() : new Uint32Array(TILE_PX * TILE_PX)
    let [left, top, right, bottom] = [TILE_PX, TILE_PX, -1, -1]
    for (let at = 0; at < merged.length; at++) {
      const value = values[at]!
      if (value === 0 || merged[at] !== LABEL.unpainted) continue
      if (value !== LABEL.background && !isObjectId(value)) throw new Error(`the label ${value} cannot be filled in`)
      merged[at] = value
      const [x, y] = [at & 255, at >> 8]
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      bottom = y
    }
    if (right < 0) return null
    const changed = { x: tx * TILE_PX + left, y: ty * TILE_PX + top, w: right - left + 1, h: bottom - top + 1 }
    return { tx, ty, oldTileId, newTileId: tiles.write(merged)!, changed }
  }

  /** The tile is as it was when this was made ready, and what was made ready has not been swept away. */
  #isCurrent(planeId: number, { tx, ty, oldTileId, newTileId }: ReadyTile): boolean {
    return this.#tileId(planeId, tx, ty) === oldTileId && this.#rooms.tiles.has(newTileId)
  }

  #tileId(planeId: number, tx: number, ty: number): number | null {
    const sql = 'SELECT tile_id AS id FROM plane_tile WHERE plane_id = ? AND ty = ? AND tx = ?'
    return this.#rooms.database.one<{ id: number }>(sql, planeId, ty, tx)?.id ?? null
  }

  /** In two statements, because a plane may have tens of thousands of objects. */
  #addObjects(journalId: number, layerId: number, { origin, state, objects }: FilledObjects): void {
    const { database } = this.#rooms
    database.run(
      `INSERT INTO object (layer_id, id, class_id, origin, state)
       SELECT ?, one.value ->> 0, one.value ->> 1, ?, ? FROM json_each(?) AS one
       WHERE ? = 'rejected' OR (one.value ->> 0) IN
         (SELECT value FROM journal_tile JOIN tile_value ON tile_id = new_tile_id WHERE journal_id = ?)`,
      ...([layerId, origin, state, JSON.stringify(objects), state, journalId] as const),
    )
    database.run(
      `INSERT INTO journal_object (journal_id, object_id, new_object)
       SELECT ?, id, json_object('classId', class_id, 'origin', origin, 'state', state)
       FROM object WHERE layer_id = ? AND id IN (SELECT value ->> 0 FROM json_each(?))`,
      ...([journalId, layerId, JSON.stringify(objects)] as const),
    )
  }
}
