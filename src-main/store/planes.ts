/** Planes of annotation as rows: a plane that nobody has painted has none. */
import { AppError } from '../../src-shared/errors.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { ProjectDatabase } from './database.ts'

/** A plane as the database knows it. */
export interface PlaneRow {
  id: number
  layerId: number
  width: number
  height: number
  revision: number
  isComplete: boolean
}

/** A plane that somebody has painted or marked. */
export interface PlaneState extends PlaneKey {
  revision: number
  isComplete: boolean
}

/** How far the annotation of one image is, in one layer. */
export interface LayerProgress {
  imageId: number
  /** Planes with something painted, and planes marked complete. */
  painted: number
  complete: number
  /** Without rejected ones. */
  objects: number
}

export class PlaneStore {
  readonly #database: ProjectDatabase

  constructor(database: ProjectDatabase) {
    this.#database = database
  }

  /** Width and height of a plane's image; throws 'image-unknown' or 'plane-missing'. */
  size({ imageId, z, t }: PlaneKey): { width: number; height: number } {
    const image = this.#database.one<{ name: string; width: number; height: number; z: number; t: number }>(
      'SELECT name, width, height, z, t FROM image WHERE id = ?',
      imageId,
    )
    if (!image) throw new AppError('image-unknown', { name: imageId })
    if (!(z >= 0 && z < image.z && t >= 0 && t < image.t)) {
      throw new AppError('plane-missing', { image: image.name, z, t, depth: image.z, times: image.t })
    }
    return { width: image.width, height: image.height }
  }

  /** The row of a plane, or undefined where nobody has painted. */
  find(key: PlaneKey): PlaneRow | undefined {
    const size = this.size(key)
    const row = this.#database.one<{ id: number; layerId: number; revision: number; isComplete: number }>(
      `SELECT plane.id, layer_id AS layerId, revision, is_complete AS isComplete
       FROM plane JOIN layer ON layer.id = layer_id WHERE image_id = ? AND name = ? AND z = ? AND t = ?`,
      ...([key.imageId, key.layer, key.z, key.t] as const),
    )
    return row && { ...row, ...size, isComplete: row.isComplete === 1 }
  }

  /** The row of a plane, made where there is none; inside a write. */
  ensure(key: PlaneKey): PlaneRow {
    const known = this.find(key)
    if (known) return known
    const layerId = this.ensureLayer(key.imageId, key.layer)
    this.#database.run('INSERT INTO plane (layer_id, z, t) VALUES (?, ?, ?)', layerId, key.z, key.t)
    return this.find(key)!
  }

  findLayer(imageId: number, layer: string): number | undefined {
    const sql = 'SELECT id FROM layer WHERE image_id = ? AND name = ?'
    return this.#database.one<{ id: number }>(sql, imageId, layer)?.id
  }

  ensureLayer(imageId: number, layer: string): number {
    const known = this.findLayer(imageId, layer)
    return known ?? this.#database.run('INSERT INTO layer (image_id, name) VALUES (?, ?)', imageId, layer).id
  }

  /** The key of a row. */
  keyOf(planeId: number): PlaneKey {
    return this.#database.one<PlaneKey>(
      `SELECT image_id AS imageId, name AS layer, z, t
       FROM plane JOIN layer ON layer.id = layer_id WHERE plane.id = ?`,
      planeId,
    )!
  }

  /** Planes of one image (or of all), with something painted or marked now or earlier. */
  list(imageId?: number): PlaneState[] {
    const rows = this.#database.all<PlaneKey & { revision: number; isComplete: number }>(
      `SELECT image_id AS imageId, name AS layer, z, t, revision, is_complete AS isComplete
       FROM plane JOIN layer ON layer.id = layer_id WHERE ? IS NULL OR image_id = ? ORDER BY image_id, name, t, z`,
      ...([imageId ?? null, imageId ?? null] as const),
    )
    return rows.map((row) => ({ ...row, isComplete: row.isComplete === 1 }))
  }
  /** Out of the rows alone: decodes no tile. */
  progress(layer: string, imageId?: number): LayerProgress[] {
    return this.#database.all<LayerProgress>(
      `SELECT image_id AS imageId,
         (SELECT count(*) FROM plane WHERE layer_id = layer.id
            AND EXISTS (SELECT 1 FROM plane_tile WHERE plane_id = plane.id)) AS painted,
         (SELECT count(*) FROM plane WHERE layer_id = layer.id AND is_complete = 1) AS complete,
         (SELECT count(*) FROM object WHERE layer_id = layer.id AND state <> 'rejected') AS objects
       FROM layer WHERE name = ? AND (? IS NULL OR image_id = ?)`,
      ...([layer, imageId ?? null, imageId ?? null] as const),
    )
  }
}
