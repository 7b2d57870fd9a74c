/** One user action under construction: planes are changed as tile maps; `flush` turns that into journal entries. */
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, isTemporary, LABEL } from '../../src-shared/labels.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import { TileMap } from '../../src-shared/tile-map.ts'
import type { ProjectDatabase } from './database.ts'
import type { Journal, TileChange } from './journal.ts'
import type { ObjectAttributes, ObjectStore } from './objects.ts'
import type { PlaneRow, PlaneStore } from './planes.ts'
import type { TileStore } from './tiles.ts'

/** What the label stores share. */
export interface LabelRooms {
  database: ProjectDatabase
  tiles: TileStore
  planes: PlaneStore
  objects: ObjectStore
  journal: Journal
  /** Class of an object that nobody described. */
  firstClassId: () => number
}

interface OpenPlane {
  row: PlaneRow
  map: TileMap
}

export class LabelEdit {
  readonly layerId: number
  readonly journalId: number
  readonly #rooms: LabelRooms
  readonly #planes = new Map<number, OpenPlane>()
  readonly #attributes = new Map<number, ObjectAttributes>()
  readonly #leaving = new Set<number>()
  /** Objects that are known to have a row which is not a rejected one's. */
  readonly #present = new Set<number>()

  /** Inside a write. */
  constructor(rooms: LabelRooms, layerId: number, actionId: string, kind: string) {
    this.#rooms = rooms
    this.layerId = layerId
    this.journalId = rooms.journal.begin(layerId, actionId, kind)
  }

  /** The label map of a plane of this layer, to be changed; tiles are loaded when they are touched. */
  plane(key: PlaneKey): OpenPlane {
    const row = this.#rooms.planes.ensure(key)
    if (row.layerId !== this.layerId) throw new Error('an action stays in one layer')
    let open = this.#planes.get(row.id)
    if (!open) {
      open = { row, map: new TileMap(row.width, row.height, (tx, ty) => this.#load(row.id, tx, ty)) }
      this.#planes.set(row.id, open)
    }
    return open
  }

  /** Says what row an object gets, should it appear in this action. */
  describe(objectId: number, of: ObjectAttributes): void {
    this.#attributes.set(objectId, of)
  }

  /** What is known of an object, or said of one that will appear. */
  attributesOf(objectId: number): ObjectAttributes | null {
    return this.#rooms.objects.find(this.layerId, objectId) ?? this.#attributes.get(objectId) ?? null
  }

  /** An id for a new object. */
  newObject(of: ObjectAttributes): number {
    const id = this.#rooms.objects.reserve(this.layerId, 1)
    this.describe(id, of)
    return id
  }

  /** True for an object that this action has made. */
  isNew(objectId: number): boolean {
    return this.#attributes.has(objectId)
  }

  setObject(objectId: number, of: ObjectAttributes | null): void {
    const old = this.#rooms.objects.find(this.layerId, objectId)
    if (isSame(old, of)) return
    this.#present.delete(objectId)
    this.#rooms.journal.setObject(this.journalId, this.layerId, objectId, of)
  }

  setClass(objectId: number, classId: number): void {
    const of = this.#rooms.objects.find(this.layerId, objectId)
    if (of) this.setObject(objectId, { ...of, classId })
  }

  setComplete(key: PlaneKey, isComplete: boolean): void {
    const { id, isComplete: old } = this.#rooms.planes.ensure(key)
    if (old !== isComplete) this.#rooms.journal.setComplete(this.journalId, id, old, isComplete)
  }

  /** Writes the changed tiles of all open planes and forgets the planes; object rows come and go with their pixels. */
  flush(fallback: (objectId: number) => ObjectAttributes): Map<number, Rect> {
    const changed = new Map<number, Rect>()
    for (const [planeId, { map }] of this.#planes) {
      for (const { tx, ty, data } of map.changedTiles()) {
        this.putTile({ planeId, tx, ty, newTileId: this.#rooms.tiles.write(data) }, fallback)
      }
      changed.set(planeId, map.changed)
    }
    this.#planes.clear()
    return changed
  }

  /** Gives rows to those of the objects that the layer does not know, at once: an import may bring hundreds of thousands. */
  addObjects(ids: ReadonlySet<number>, describe: (objectId: number) => ObjectAttributes): void {
    const { database, objects } = this.#rooms
    const sql = 'SELECT id, state FROM object WHERE layer_id = ?'
    const known = new Map(database.all<{ id: number; state: string }>(sql, this.layerId).map((of) => [of.id, of.state]))
    const added = [...ids].filter((id) => !known.has(id))
    for (const id of ids) if (known.get(id) !== 'rejected') this.#present.add(id)
    if (added.length === 0) return
    const largest = added.reduce((one, other) => Math.max(one, other))
    refuseTemporary(largest)
    objects.claim(this.layerId, largest)
    const rows = JSON.stringify(added.map((id) => ({ id, ...describe(id) })))
    database.run(
      `INSERT INTO object (layer_id, id, class_id, origin, state)
       SELECT ?, value ->> 'id', value ->> 'classId', value ->> 'origin', value ->> 'state' FROM json_each(?)`,
      ...([this.layerId, rows] as const),
    )
    database.run(
      `INSERT INTO journal_object (journal_id, object_id, new_object)
       SELECT ?, value ->> 'id', json_remove(value, '$.id') FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET new_object = excluded.new_object`,
      ...([this.journalId, rows] as const),
    )
  }

  /** Puts a stored tile in place; answers whether another was there. Object rows come and go with their pixels. */
  putTile(
    { planeId, tx, ty, newTileId }: Omit<TileChange, 'oldTileId'>,
    fallback: (objectId: number) => ObjectAttributes,
  ): boolean {
    const oldTileId = this.#tileId(planeId, tx, ty)
    if (newTileId === oldTileId) return false
    this.#rooms.journal.setTile(this.journalId, { planeId, tx, ty, oldTileId, newTileId })
    const before = this.#objectsIn(oldTileId)
    const after = this.#objectsIn(newTileId)
    for (const id of after) if (!before.has(id) && !this.#present.has(id)) this.#appear(id, fallback)
    for (const id of before) if (!after.has(id)) this.#leaving.add(id)
    return true
  }

  /** Removes the rows of objects whose last pixel is gone; rejected ones stay known. Ends the action. */
  finish(): number[] {
    const { objects, journal } = this.#rooms
    for (const id of this.#leaving) {
      const of = objects.find(this.layerId, id)
      if (of && of.state !== 'rejected' && !objects.hasPixels(this.layerId, id)) this.setObject(id, null)
    }
    return journal.finish(this.journalId, this.layerId)
  }

  #load(planeId: number, tx: number, ty: number): Uint32Array | null {
    const id = this.#tileId(planeId, tx, ty)
    return id === null ? null : this.#rooms.tiles.read(id)
  }

  #tileId(planeId: number, tx: number, ty: number): number | null {
    const sql = 'SELECT tile_id AS id FROM plane_tile WHERE plane_id = ? AND ty = ? AND tx = ?'
    return this.#rooms.database.one<{ id: number }>(sql, planeId, ty, tx)?.id ?? null
  }

  #appear(id: number, fallback: (objectId: number) => ObjectAttributes): void {
    const known = this.#rooms.objects.find(this.layerId, id)
    if (known?.state === 'rejected') this.setObject(id, { ...known, state: 'accepted' }) // painted again
    if (known) return
    refuseTemporary(id)
    this.#rooms.objects.claim(this.layerId, id)
    this.setObject(id, this.#attributes.get(id) ?? fallback(id))
  }

  #objectsIn(tileId: number | null): Set<number> {
    if (tileId === null) return new Set()
    const sql = 'SELECT value FROM tile_value WHERE tile_id = ?'
    const rows = this.#rooms.database.all<{ value: number }>(sql, tileId)
    return new Set(rows.map(({ value }) => value).filter(isObjectId))
  }
}

const isSame = (a: ObjectAttributes | null, b: ObjectAttributes | null): boolean =>
  a === b || (a !== null && b !== null && a.classId === b.classId && a.origin === b.origin && a.state === b.state)

/** All ids after it would be a window's, too. */
function refuseTemporary(id: number): void {
  if (isTemporary(id)) throw new AppError('object-missing', { object: id })
}

/** The values 4 to 15 mean nothing yet. */
export function refuseReserved(data: Uint32Array): void {
  const wrong = data.find((value) => value > LABEL.ignore && !isObjectId(value))
  if (wrong !== undefined) throw new Error(`the label ${wrong} is reserved`)
}
