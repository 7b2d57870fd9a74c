/**
 * One journal per image and layer. A step is a whole user action: the tiles, object rows and plane states it changed,
 * before and after. Undo and redo put one side back; they survive a restart because they are rows.
 */
import type { ProjectDatabase } from './database.ts'
import type { ObjectAttributes, ObjectStore } from './objects.ts'
import type { TileStore } from './tiles.ts'

/** How many actions of a layer can be undone; older ones are settled. */
export const UNDO_STEPS = 1000
/** Settling runs once in this many steps. */
const SETTLE_EVERY = 50

export interface TileChange {
  planeId: number
  tx: number
  ty: number
  oldTileId: number | null
  newTileId: number | null
}

/** What one undo or redo put back. */
export interface JournalReplay {
  journalId: number
  kind: string
  actionId: string
  tiles: TileChange[]
  planeIds: number[]
  objectIds: number[]
}

interface JournalRow {
  id: number
  kind: string
  actionId: string
}

export class Journal {
  readonly #database: ProjectDatabase
  readonly #tiles: TileStore
  readonly #objects: ObjectStore

  constructor(database: ProjectDatabase, tiles: TileStore, objects: ObjectStore) {
    this.#database = database
    this.#tiles = tiles
    this.#objects = objects
  }

  /** The answer of an action that has been done before, however long ago, or undefined. */
  answerOf(actionId: string): unknown {
    const sql = 'SELECT answer FROM journal WHERE action_id = ?'
    const row = this.#database.one<{ answer: string }>(sql, actionId)
    return row && JSON.parse(row.answer)
  }

  /** Opens a step; inside a write, which ends with `finish`. */
  begin(layerId: number, actionId: string, kind: string): number {
    return this.#database.run(
      `INSERT INTO journal (layer_id, action_id, kind, state, answer, created_at) VALUES (?, ?, ?, 'done', 'null', ?)`,
      ...([layerId, actionId, kind, new Date().toISOString()] as const),
    ).id
  }

  /** Changes one tile of a plane now and remembers what was there before the step. */
  setTile(journalId: number, { planeId, tx, ty, oldTileId, newTileId }: TileChange): void {
    this.#database.run(
      `INSERT INTO journal_tile VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET new_tile_id = excluded.new_tile_id`,
      ...([journalId, planeId, ty, tx, oldTileId, newTileId] as const),
    )
    this.#putTile(planeId, tx, ty, newTileId)
  }

  /** Sets or removes one object row now and remembers what was there before the step. */
  setObject(journalId: number, layerId: number, id: number, of: ObjectAttributes | null): void {
    const old = this.#objects.find(layerId, id)
    this.#database.run(
      `INSERT INTO journal_object VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET new_object = excluded.new_object`,
      ...([journalId, id, old && JSON.stringify(old), of && JSON.stringify(of)] as const),
    )
    this.#objects.put(layerId, id, of)
  }

  setComplete(journalId: number, planeId: number, old: boolean, now: boolean): void {
    this.#database.run(
      `INSERT INTO journal_plane VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET new_complete = excluded.new_complete`,
      ...([journalId, planeId, old ? 1 : 0, now ? 1 : 0] as const),
    )
    this.#database.run('UPDATE plane SET is_complete = ? WHERE id = ?', now ? 1 : 0, planeId)
  }

  /**
   * Closes a step. One that changed something clears the redo list; one that changed nothing is settled at once, so
   * that undo never seems to do nothing. Answers the planes it changed, whose revisions have grown.
   */
  finish(journalId: number, layerId: number): number[] {
    const planeIds = this.#planesOf(journalId)
    const sql = 'SELECT 1 FROM journal_object WHERE journal_id = ? LIMIT 1'
    if (planeIds.length === 0 && !this.#database.one(sql, journalId)) {
      this.#database.run(`UPDATE journal SET state = 'settled' WHERE id = ?`, journalId)
      return []
    }
    this.#growRevisions(planeIds)
    const redo = this.#database.all<{ id: number }>(
      `SELECT id FROM journal WHERE layer_id = ? AND state = 'undone'`,
      layerId,
    )
    for (const { id } of redo) this.#settle(id)
    if (journalId % SETTLE_EVERY === 0) this.#settleOld(layerId)
    return planeIds
  }

  /** Keeps what the action's sender was told, for when it asks again. */
  setAnswer(journalId: number, answer: unknown): void {
    this.#database.run('UPDATE journal SET answer = ? WHERE id = ?', JSON.stringify(answer), journalId)
  }

  /** Takes the last action back; null when there is none. */
  undo(layerId: number): JournalReplay | null {
    return this.#replay(layerId, 'done', 'undone', 'DESC')
  }

  /** Does the action again that was taken back last; null when there is none. */
  redo(layerId: number): JournalReplay | null {
    return this.#replay(layerId, 'undone', 'done', 'ASC')
  }

  /** How many actions can be taken back, and how many done again. */
  depth(layerId: number): { undo: number; redo: number } {
    const sql = 'SELECT count(*) AS n FROM journal WHERE layer_id = ? AND state = ?'
    const count = (state: string) => this.#database.one<{ n: number }>(sql, layerId, state)!.n
    return { undo: count('done'), redo: count('undone') }
  }

  #replay(layerId: number, from: string, to: string, order: 'ASC' | 'DESC'): JournalReplay | null {
    const step = this.#database.one<JournalRow>(
      `SELECT id, kind, action_id AS actionId FROM journal WHERE layer_id = ? AND state = ? ORDER BY id ${order} LIMIT 1`,
      ...([layerId, from] as const),
    )
    if (!step) return null
    const isUndo = to === 'undone'
    const tiles = this.#tilesOf(step.id)
    for (const of of tiles) this.#putTile(of.planeId, of.tx, of.ty, isUndo ? of.oldTileId : of.newTileId)
    const objectIds = this.#replayObjects(step.id, layerId, isUndo)
    this.#database.run(
      `UPDATE plane SET is_complete = side FROM
         (SELECT plane_id, ${isUndo ? 'old_complete' : 'new_complete'} AS side FROM journal_plane WHERE journal_id = ?)
       WHERE plane.id = plane_id`,
      step.id,
    )
    const planeIds = this.#planesOf(step.id)
    this.#growRevisions(planeIds)
    this.#database.run('UPDATE journal SET state = ? WHERE id = ?', to, step.id)
    return { journalId: step.id, kind: step.kind, actionId: step.actionId, tiles, planeIds, objectIds }
  }

  #replayObjects(journalId: number, layerId: number, isUndo: boolean): number[] {
    const rows = this.#database.all<{ id: number; side: string | null }>(
      `SELECT object_id AS id, ${isUndo ? 'old_object' : 'new_object'} AS side FROM journal_object WHERE journal_id = ?`,
      journalId,
    )
    for (const { id, side } of rows) this.#objects.put(layerId, id, side === null ? null : JSON.parse(side))
    return rows.map(({ id }) => id)
  }

  #tilesOf(journalId: number): TileChange[] {
    return this.#database.all<TileChange>(
      `SELECT plane_id AS planeId, tx, ty, old_tile_id AS oldTileId, new_tile_id AS newTileId
       FROM journal_tile WHERE journal_id = ?`,
      journalId,
    )
  }

  #planesOf(journalId: number): number[] {
    const rows = this.#database.all<{ id: number }>(
      `SELECT plane_id AS id FROM journal_tile WHERE journal_id = ?
       UNION SELECT plane_id FROM journal_plane WHERE journal_id = ?`,
      ...([journalId, journalId] as const),
    )
    return rows.map(({ id }) => id)
  }

  #growRevisions(planeIds: number[]): void {
    for (const id of planeIds) this.#database.run('UPDATE plane SET revision = revision + 1 WHERE id = ?', id)
  }

  #putTile(planeId: number, tx: number, ty: number, tileId: number | null): void {
    if (tileId === null) {
      this.#database.run('DELETE FROM plane_tile WHERE plane_id = ? AND ty = ? AND tx = ?', planeId, ty, tx)
      return
    }
    this.#database.run(
      `INSERT INTO plane_tile VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET tile_id = excluded.tile_id`,
      ...([planeId, ty, tx, tileId] as const),
    )
  }

  /** Drops what a step would need to be replayed; its id and answer stay. */
  #settle(journalId: number): void {
    const tiles = this.#tilesOf(journalId)
    for (const table of ['journal_tile', 'journal_object', 'journal_plane']) {
      this.#database.run(`DELETE FROM ${table} WHERE journal_id = ?`, journalId)
    }
    this.#database.run(`UPDATE journal SET state = 'settled' WHERE id = ?`, journalId)
    this.#tiles.release(tiles.flatMap((of) => [of.oldTileId, of.newTileId]).filter((id) => id !== null))
  }

  #settleOld(layerId: number): void {
    const old = this.#database.all<{ id: number }>(
      `SELECT id FROM journal WHERE layer_id = ? AND state = 'done' ORDER BY id DESC LIMIT -1 OFFSET ?`,
      ...([layerId, UNDO_STEPS] as const),
    )
    for (const { id } of old) this.#settle(id)
  }
}
