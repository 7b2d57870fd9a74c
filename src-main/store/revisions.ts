/** Pinned revisions: label maps that never change, so that a run can be repeated on exactly what it saw. */
import type { LabelMap } from '../../src-shared/labels.ts'
import { intersect, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import { tileRect, tilesOf } from '../../src-shared/tile-map.ts'
import type { LabelRooms } from './label-edit.ts'

/** Who needs a revision: a run, a prediction, or a backup the user named. */
export interface PinOwner {
  kind: 'run' | 'prediction' | 'backup'
  id: string
}

export interface PinnedRevision {
  id: number
  plane: PlaneKey
  /** The plane's revision when it was pinned. */
  number: number
  isComplete: boolean
  createdAt: string
}

export class RevisionStore {
  readonly #rooms: LabelRooms

  constructor(rooms: LabelRooms) {
    this.#rooms = rooms
  }

  /** Keeps a plane as it is now, for an owner; answers the revision's id. The same revision is kept once. */
  pin(key: PlaneKey, owner: PinOwner): number {
    const { database, planes } = this.#rooms
    return database.write(() => {
      const plane = planes.ensure(key)
      const sql = 'SELECT id FROM revision WHERE plane_id = ? AND number = ?'
      const known = database.one<{ id: number }>(sql, plane.id, plane.revision)
      const id = known?.id ?? this.#materialize(plane.id)
      database.run('INSERT OR IGNORE INTO pin VALUES (?, ?, ?)', id, owner.kind, owner.id)
      return id
    })
  }

  #materialize(planeId: number): number {
    const { database } = this.#rooms
    const { id } = database.run(
      `INSERT INTO revision (plane_id, number, is_complete, created_at)
       SELECT id, revision, is_complete, ? FROM plane WHERE id = ?`,
      ...([new Date().toISOString(), planeId] as const),
    )
    database.run(
      'INSERT INTO revision_tile SELECT ?, ty, tx, tile_id FROM plane_tile WHERE plane_id = ?',
      ...([id, planeId] as const),
    )
    return id
  }

  /** Lets go of everything an owner has pinned; revisions and tiles that nobody needs are deleted. */
  unpin(owner: PinOwner): void {
    const { database, tiles } = this.#rooms
    database.write(() => {
      database.run('DELETE FROM pin WHERE owner_kind = ? AND owner_id = ?', owner.kind, owner.id)
      const loose = 'SELECT id FROM revision WHERE NOT EXISTS (SELECT 1 FROM pin WHERE revision_id = revision.id)'
      const tileIds = database.all<{ id: number }>(
        `SELECT DISTINCT tile_id AS id FROM revision_tile WHERE revision_id IN (${loose})`,
      )
      database.run(`DELETE FROM revision WHERE id IN (${loose})`)
      tiles.release(tileIds.map(({ id }) => id))
    })
  }

  /** What an owner has pinned, or all pinned revisions. */
  list(owner?: PinOwner): PinnedRevision[] {
    const { database, planes } = this.#rooms
    const rows = database.all<Omit<PinnedRevision, 'plane' | 'isComplete'> & { planeId: number; isComplete: number }>(
      `SELECT id, plane_id AS planeId, number, is_complete AS isComplete, created_at AS createdAt FROM revision
       WHERE ? IS NULL OR id IN (SELECT revision_id FROM pin WHERE owner_kind = ? AND owner_id = ?) ORDER BY id`,
      ...([owner?.kind ?? null, owner?.kind ?? null, owner?.id ?? null] as const),
    )
    return rows.map(({ planeId, ...of }) => ({ ...of, plane: planes.keyOf(planeId), isComplete: of.isComplete === 1 }))
  }

  /** A rectangle of a pinned label map; pixels outside the plane are 0. */
  read(revisionId: number, rect: Rect): LabelMap {
    const { database } = this.#rooms
    const planeSql = 'SELECT plane_id AS planeId FROM revision WHERE id = ?'
    const revision = database.one<{ planeId: number }>(planeSql, revisionId)
    if (!revision) throw new Error(`there is no pinned revision ${revisionId}`)
    const size = this.#rooms.planes.size(this.#rooms.planes.keyOf(revision.planeId))
    const sql = 'SELECT tile_id AS id FROM revision_tile WHERE revision_id = ? AND ty = ? AND tx = ?'
    return readTiled(rect, { x: 0, y: 0, w: size.width, h: size.height }, (tx, ty) => {
      const tile = database.one<{ id: number }>(sql, revisionId, ty, tx)
      return tile ? this.#rooms.tiles.read(tile.id) : null
    })
  }
}

/** Puts a rectangle together from tiles, one at a time; null stands for an unpainted tile. */
export function readTiled(rect: Rect, plane: Rect, load: (tx: number, ty: number) => Uint32Array | null): LabelMap {
  const data = new Uint32Array(rect.w * rect.h)
  const inside = intersect(rect, plane)
  for (const { tx, ty } of tilesOf(inside)) {
    const tile = load(tx, ty)
    if (!tile) continue
    const part = intersect(inside, tileRect({ tx, ty }))
    for (let y = part.y; y < part.y + part.h; y++) {
      const from = ((y & 255) << 8) | (part.x & 255)
      data.set(tile.subarray(from, from + part.w), (y - rect.y) * rect.w + part.x - rect.x)
    }
  }
  return { width: rect.w, height: rect.h, data }
}
