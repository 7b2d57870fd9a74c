/** Objects of a layer: their rows here, their pixels in the tiles. */
import { FIRST_TEMPORARY_ID, LABEL } from '../../src-shared/labels.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
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

/** An object with the part of it that lies in one plane. */
export type PlacedObject = ObjectRecord & ObjectExtent

interface PartRow {
  areaPx: number
  left: number
  top: number
  right: number
  bottom: number
}

// CROSS JOIN keeps the order of the tables: from the planes or the objects of a layer, it may be hundreds of times slower.

/** Of the parts in tiles; right and bottom are the last pixels. */
const PART = `sum(area_px) AS areaPx, min(tx * ${TILE_PX} + min_x) AS "left", min(ty * ${TILE_PX} + min_y) AS top,
  max(tx * ${TILE_PX} + max_x) AS "right", max(ty * ${TILE_PX} + max_y) AS bottom`

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

  /** Ids of the objects of a layer that have a class, rejected ones included. */
  ofClass(imageId: number, layer: string, classId: number): number[] {
    const sql = `SELECT object.id FROM layer CROSS JOIN object ON layer_id = layer.id
      WHERE image_id = ? AND name = ? AND class_id = ? ORDER BY object.id`
    return this.#database.all<{ id: number }>(sql, imageId, layer, classId).map(({ id }) => id)
  }

  /** Objects with pixels in a plane, by id, out of the summaries of its tiles; decodes no pixels either. */
  inPlane(plane: PlaneKey): PlacedObject[] {
    const row = this.#planes.find(plane)
    if (!row) return []
    const sql = `SELECT object.id, class_id AS classId, origin, state, ${PART}
      FROM plane_tile CROSS JOIN tile_value USING (tile_id) CROSS JOIN object ON object.id = value
      WHERE plane_id = ? AND value >= ? AND layer_id = ? GROUP BY object.id ORDER BY object.id`
    const rows = this.#database.all<ObjectRecord & PartRow>(sql, row.id, LABEL.firstObject, row.layerId)
    const { z, t } = plane
    return rows.map(({ id, classId, origin, state, ...part }) => ({
      ...{ id, classId, origin, state, z, t },
      ...{ areaPx: part.areaPx, box: boxOf(part) },
    }))
  }

  /** Where one object lies, plane by plane; nothing for one that was rejected or is not there. */
  extents(imageId: number, layer: string, objectId: number): ObjectExtent[] {
    const layerId = this.#planes.findLayer(imageId, layer)
    if (layerId === undefined) return []
    const sql = `SELECT z, t, ${PART}
      FROM tile_value CROSS JOIN plane_tile USING (tile_id) CROSS JOIN plane ON plane.id = plane_id
      WHERE value = ? AND layer_id = ? GROUP BY t, z ORDER BY t, z`
    const rows = this.#database.all<PartRow & { z: number; t: number }>(sql, objectId, layerId)
    return rows.map(({ z, t, ...part }) => ({ z, t, areaPx: part.areaPx, box: boxOf(part) }))
  }

  /** The box of one object in one plane, or null where it has no pixels. */
  box(planeId: number, objectId: number): Rect | null {
    const sql = `SELECT ${PART} FROM plane_tile JOIN tile_value USING (tile_id)
      WHERE plane_id = ? AND value = ? GROUP BY value`
    const part = this.#database.one<PartRow>(sql, planeId, objectId)
    return part ? boxOf(part) : null
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

const boxOf = ({ left, top, right, bottom }: PartRow): Rect => ({
  ...{ x: left, y: top },
  ...{ w: right - left + 1, h: bottom - top + 1 },
})
