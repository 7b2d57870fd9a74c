/** Objects of a layer: their rows here, their pixels in the tiles. */
import { FIRST_TEMPORARY_ID, LABEL } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { TILE_PX, union } from '../../src-shared/tile-map.ts'
import type { ProjectDatabase } from './database.ts'
import type { PlaneStore } from './planes.ts'

/** Who made an object: "run ID" is a prediction of that run. */
export type ObjectOrigin = 'hand' | 'import' | `run ${string}`
export type ObjectState = 'proposed' | 'accepted' | 'rejected'

/** What is known of an object beside its pixels. */
export interface ObjectAttributes {
  classId: number
  origin: ObjectOrigin
  state: ObjectState
}

export interface ObjectRecord extends ObjectAttributes {
  /** 16 and above, unique in the layer. */
  id: number
}

/** Where an object lies in one plane. */
export interface ObjectExtent {
  z: number
  t: number
  areaPx: number
  box: Rect
}

export interface MeasuredObject extends ObjectRecord {
  /** Over all planes; 0 for a rejected object. */
  areaPx: number
  extents: ObjectExtent[]
}

interface ExtentRow {
  value: number
  z: number
  t: number
  tx: number
  ty: number
  area_px: number
  min_x: number
  min_y: number
  max_x: number
  max_y: number
}

const EXTENTS = `SELECT value, z, t, tx, ty, area_px, min_x, min_y, max_x, max_y
  FROM plane JOIN plane_tile ON plane_id = plane.id JOIN tile_value ON tile_value.tile_id = plane_tile.tile_id`

export class ObjectStore {
  readonly #database: ProjectDatabase
  readonly #planes: PlaneStore

  constructor(database: ProjectDatabase, planes: PlaneStore) {
    this.#database = database
    this.#planes = planes
  }

  /** Objects of a layer by id, rejected ones included; reads no pixels. */
  list(imageId: number, layer: string): ObjectRecord[] {
    return this.#database.all<ObjectRecord>(
      `SELECT object.id, class_id AS classId, origin, state
       FROM object JOIN layer ON layer.id = layer_id WHERE image_id = ? AND name = ? ORDER BY object.id`,
      ...([imageId, layer] as const),
    )
  }

  /** The same with area and boxes per plane, out of the summaries of the tiles; decodes no pixels either. */
  measure(imageId: number, layer: string): MeasuredObject[] {
    const layerId = this.#planes.findLayer(imageId, layer)
    if (layerId === undefined) return []
    const extents = new Map<number, ObjectExtent[]>()
    const sql = `${EXTENTS} WHERE layer_id = ? AND value >= ? ORDER BY value, t, z`
    for (const row of this.#database.all<ExtentRow>(sql, layerId, LABEL.firstObject)) addTo(extents, row)
    return this.list(imageId, layer).map((object) => {
      const found = extents.get(object.id) ?? []
      return { ...object, extents: found, areaPx: found.reduce((sum, { areaPx }) => sum + areaPx, 0) }
    })
  }

  /** The box of one object in one plane, or null where it has no pixels. */
  box(planeId: number, objectId: number): Rect | null {
    const extents = new Map<number, ObjectExtent[]>()
    const sql = `${EXTENTS} WHERE plane.id = ? AND value = ?`
    for (const row of this.#database.all<ExtentRow>(sql, planeId, objectId)) addTo(extents, row)
    return extents.get(objectId)?.[0]?.box ?? null
  }

  /** Sets aside `count` ids that no object of the layer has or will get; answers the first. */
  reserveIds(imageId: number, layer: string, count: number): number {
    return this.#database.write(() => this.reserve(this.#planes.ensureLayer(imageId, layer), count))
  }

  reserve(layerId: number, count: number): number {
    const first = this.#nextId(layerId)
    if (first + count > FIRST_TEMPORARY_ID) throw new Error(`layer ${layerId} has no more object ids`)
    this.#database.run('UPDATE layer SET next_object_id = ? WHERE id = ?', first + count, layerId)
    return first
  }

  /** Makes sure that `id` will not be given to another object. */
  claim(layerId: number, id: number): void {
    const next = Math.max(id + 1, this.#nextId(layerId))
    this.#database.run('UPDATE layer SET next_object_id = ? WHERE id = ?', next, layerId)
  }

  find(layerId: number, id: number): ObjectAttributes | null {
    const sql = 'SELECT class_id AS classId, origin, state FROM object WHERE layer_id = ? AND id = ?'
    return this.#database.one<ObjectAttributes>(sql, layerId, id) ?? null
  }

  /** Sets or removes the row, without a journal: only a journal step may call this. */
  put(layerId: number, id: number, of: ObjectAttributes | null): void {
    if (!of) {
      this.#database.run('DELETE FROM object WHERE layer_id = ? AND id = ?', layerId, id)
      return
    }
    this.#database.run(
      `INSERT INTO object (layer_id, id, class_id, origin, state) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET class_id = excluded.class_id, origin = excluded.origin, state = excluded.state`,
      ...([layerId, id, of.classId, of.origin, of.state] as const),
    )
  }

  /** True while any plane of the layer has a pixel of the object. */
  hasPixels(layerId: number, id: number): boolean {
    const sql = `SELECT 1 FROM tile_value JOIN plane_tile ON plane_tile.tile_id = tile_value.tile_id
      JOIN plane ON plane.id = plane_id WHERE value = ? AND layer_id = ? LIMIT 1`
    return this.#database.one(sql, id, layerId) !== undefined
  }

  #nextId(layerId: number): number {
    const sql = 'SELECT next_object_id AS next FROM layer WHERE id = ?'
    const { next } = this.#database.one<{ next: number }>(sql, layerId)!
    return next <= FIRST_TEMPORARY_ID ? next : this.#largestId(layerId) + 1
  }

  /** Of all objects of a layer, also those taken back; earlier releases could store a window's temporary id beside them. */
  #largestId(layerId: number): number {
    const sql = `SELECT max(id) AS largest FROM (
        SELECT id FROM object WHERE layer_id = ?
        UNION ALL SELECT object_id FROM journal_object JOIN journal ON journal.id = journal_id WHERE layer_id = ?)
      WHERE id < ?`
    const { largest } = this.#database.one<{ largest: number | null }>(sql, layerId, layerId, FIRST_TEMPORARY_ID)!
    return largest ?? LABEL.firstObject - 1
  }
}

/** Joins the part of an object in one tile to its extent in the plane. */
function addTo(extents: Map<number, ObjectExtent[]>, row: ExtentRow): void {
  const { value, z, t, area_px: areaPx } = row
  const [x, y] = [row.tx * TILE_PX + row.min_x, row.ty * TILE_PX + row.min_y]
  const box = { x, y, w: row.max_x - row.min_x + 1, h: row.max_y - row.min_y + 1 }
  const list = extents.get(value) ?? []
  extents.set(value, list)
  const known = list.find((extent) => extent.z === z && extent.t === t)
  if (!known) list.push({ z, t, areaPx, box })
  else {
    known.areaPx += areaPx
    known.box = union(known.box, box)
  }
}
