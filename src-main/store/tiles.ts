/** Content of tiles, addressed by hash: equal tiles are stored once, whoever refers to them. */
import { damaged } from './backup-files.ts'
import type { ProjectDatabase } from './database.ts'
import { decodeTile, encodeTile, hashTile, summarizeTile } from './tile-codec.ts'

/** Decoded tiles kept in memory: 128 x 256 KiB = 32 MiB. */
const CACHED_TILES = 128

export class TileStore {
  readonly #database: ProjectDatabase
  /** By hash and not by row id, because SQLite may take a row back. In order of use, the oldest first. */
  readonly #cache = new Map<string, Uint32Array>()

  constructor(database: ProjectDatabase) {
    this.#database = database
  }

  /** The pixels of a tile; shared, never to be written to. */
  read(tileId: number): Uint32Array {
    const row = this.#database.one<{ hash: string }>('SELECT hex(hash) AS hash FROM tile WHERE id = ?', tileId)
    if (!row) throw new Error(`there is no tile ${tileId}`)
    const known = this.#cache.get(row.hash)
    if (known) {
      this.#cache.delete(row.hash)
      this.#remember(row.hash, known)
      return known
    }
    const tile = this.#decode(tileId, row.hash)
    this.#remember(row.hash, tile)
    return tile
  }

  #decode(tileId: number, hash: string): Uint32Array {
    const row = this.#database.one<{ bytes: Buffer }>('SELECT bytes FROM tile WHERE id = ?', tileId)
    try {
      return decodeTile(row!.bytes)
    } catch (error) {
      const reason = `label tile ${hash.toLowerCase().slice(0, 12)} cannot be read`
      throw damaged(this.#database.name, reason, { cause: error })
    }
  }

  /** True while the tile is stored; an id is never used for another one. */
  has(tileId: number): boolean {
    return this.#database.one('SELECT 1 FROM tile WHERE id = ?', tileId) !== undefined
  }

  /** Deletes what nothing refers to: tiles that a change had made ready when its program died. */
  removeLoose(): void {
    this.#database.write(() => {
      const all = this.#database.all<{ id: number }>('SELECT id FROM tile')
      this.release(all.map(({ id }) => id))
    })
  }

  /** Stores the content if it is new; answers its id, or null for a tile without painted pixels. */
  write(tile: Uint32Array): number | null {
    if (tile.every((value) => value === 0)) return null
    const hash = hashTile(tile)
    const known = this.#database.one<{ id: number }>('SELECT id FROM tile WHERE hash = ?', hash)
    if (known) return known.id
    const { id } = this.#database.run('INSERT INTO tile (hash, bytes) VALUES (?, ?)', hash, encodeTile(tile))
    for (const of of summarizeTile(tile)) {
      this.#database.run(
        'INSERT INTO tile_value VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[id, of.value, of.areaPx, of.minX, of.minY, of.maxX, of.maxY],
      )
    }
    this.#remember(hash.toString('hex').toUpperCase(), tile.slice())
    return id
  }

  /** Deletes those of the tiles that nothing refers to any more. */
  release(tileIds: Iterable<number>): void {
    for (const id of new Set(tileIds)) {
      this.#database.run(
        `DELETE FROM tile WHERE id = ?
           AND NOT EXISTS (SELECT 1 FROM plane_tile WHERE tile_id = tile.id)
           AND NOT EXISTS (SELECT 1 FROM revision_tile WHERE tile_id = tile.id)
           AND NOT EXISTS (SELECT 1 FROM journal_tile WHERE old_tile_id = tile.id)
           AND NOT EXISTS (SELECT 1 FROM journal_tile WHERE new_tile_id = tile.id)`,
        id,
      )
    }
  }

  #remember(hash: string, tile: Uint32Array): void {
    this.#cache.set(hash, tile)
    if (this.#cache.size > CACHED_TILES) this.#cache.delete(this.#cache.keys().next().value!)
  }
}
