/**
 * Label maps of whole planes that are to take the place of what is painted there, stored tile by tile so that strokes get
 * in between. Until a step puts them in place nobody sees anything of them, and they belong to no image yet.
 */
import { isObjectId, type LabelMap } from '../../src-shared/labels.ts'
import { TILE_PX, type TilePosition, tilesOf } from '../../src-shared/tile-map.ts'
import { type LabelRooms, refuseReserved } from './label-edit.ts'

/** A tile of one of the maps. */
interface Place extends TilePosition {
  map: number
}

interface ReadyTile extends Place {
  /** Null where nothing is painted. */
  tileId: number | null
}

export class ReadyMaps {
  /** Objects in what has been made ready. */
  readonly objectIds: ReadonlySet<number>
  readonly #ids = new Set<number>()
  readonly #rooms: LabelRooms
  readonly #maps: readonly LabelMap[]
  readonly #waiting: Iterator<Place>
  /** By map. */
  readonly #ready: ReadyTile[][]

  /** The maps are not changed any more. */
  constructor(rooms: LabelRooms, maps: readonly LabelMap[]) {
    this.#rooms = rooms
    this.#maps = maps
    this.#waiting = positionsOf(maps)
    this.#ready = maps.map(() => [])
    this.objectIds = this.#ids
  }

  /** Makes tiles ready until the time is over or none is left; answers whether some are left. */
  prepare(budgetMs: number): boolean {
    const endMs = performance.now() + budgetMs
    return this.#rooms.database.write(() => {
      do {
        const { value: at, done } = this.#waiting.next()
        if (done) return false
        const tileId = this.#store(at)
        this.#ready[at.map]!.push({ ...at, tileId })
        if (tileId !== null) this.#noteObjects(tileId)
      } while (performance.now() < endMs)
      return true
    })
  }

  /** The tiles of one of the maps, all of which are ready; inside a write. What was swept away meanwhile is stored again. */
  tilesOf(map: number): readonly ReadyTile[] {
    const isStored = (id: number | null) => id === null || this.#rooms.tiles.has(id)
    return this.#ready[map]!.map((tile) => (isStored(tile.tileId) ? tile : { ...tile, tileId: this.#store(tile) }))
  }

  /** Gives up: removes until the time is over what nobody else needs; answers whether some is left. */
  abandon(budgetMs: number): boolean {
    const endMs = performance.now() + budgetMs
    return this.#rooms.database.write(() => {
      do {
        while (this.#ready.at(-1)?.length === 0) this.#ready.pop()
        const tile = this.#ready.at(-1)?.pop()
        if (!tile) return false
        if (tile.tileId !== null) this.#rooms.tiles.release([tile.tileId])
      } while (performance.now() < endMs)
      return true
    })
  }

  #store({ map, tx, ty }: Place): number | null {
    const { width, height, data } = this.#maps[map]!
    const tile = new Uint32Array(TILE_PX * TILE_PX)
    const [left, top] = [tx * TILE_PX, ty * TILE_PX]
    const right = Math.min(left + TILE_PX, width)
    for (let y = top; y < Math.min(top + TILE_PX, height); y++) {
      tile.set(data.subarray(y * width + left, y * width + right), (y - top) * TILE_PX)
    }
    refuseReserved(tile)
    return this.#rooms.tiles.write(tile)
  }

  #noteObjects(tileId: number): void {
    const sql = 'SELECT value FROM tile_value WHERE tile_id = ?'
    const rows = this.#rooms.database.all<{ value: number }>(sql, tileId)
    for (const { value } of rows) if (isObjectId(value)) this.#ids.add(value)
  }
}

function* positionsOf(maps: readonly LabelMap[]): Generator<Place> {
  for (const [map, { width, height }] of maps.entries()) {
    for (const at of tilesOf({ x: 0, y: 0, w: width, h: height })) yield { map, ...at }
  }
}
