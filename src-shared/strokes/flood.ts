/** 4-connected regions of one value on a tile map, found from a pixel outwards; never looks at what they do not touch. */
import { intersect, type Rect } from '../planes.ts'
import { TILE_PX, type TileMap } from '../tile-map.ts'
import type { Spans } from './spans.ts'

/** A set of pixels that costs memory only where it has some. */
export class PixelSet {
  readonly #tiles = new Map<number, Uint8Array>()

  has(x: number, y: number): boolean {
    return this.#tiles.get(keyOf(x, y))?.[((y & 255) << 8) | (x & 255)] === 1
  }

  add(x: number, y: number): void {
    const key = keyOf(x, y)
    let tile = this.#tiles.get(key)
    if (!tile) {
      tile = new Uint8Array(TILE_PX * TILE_PX)
      this.#tiles.set(key, tile)
    }
    tile[((y & 255) << 8) | (x & 255)] = 1
  }

  delete(x: number, y: number): void {
    const tile = this.#tiles.get(keyOf(x, y))
    if (tile) tile[((y & 255) << 8) | (x & 255)] = 0
  }
}

const keyOf = (x: number, y: number): number => (y >> 8) * 0x1000000 + (x >> 8)

export interface FloodOptions {
  /** No further than this rectangle. */
  within: Rect
  /** Gives up, with null, beyond this many pixels. */
  limitPx: number
  /** Pixels that count as another value; what is found is added. */
  visited?: PixelSet
}

/** The region of the pixel (x, y), as runs in no particular order; null when it is larger than the limit. */
export function flood(
  map: TileMap,
  x: number,
  y: number,
  { within, limitPx, visited = new PixelSet() }: FloodOptions,
): Spans | null {
  const bounds = intersect(within, map.rect)
  const value = map.get(x, y)
  const isOpen = (px: number, py: number) => !visited.has(px, py) && map.get(px, py) === value
  const spans: number[] = []
  const pending = [x, y]
  let area = 0
  while (pending.length > 0) {
    const row = pending.pop()!
    const seed = pending.pop()!
    if (!isOpen(seed, row)) continue
    let from = seed
    while (from > bounds.x && isOpen(from - 1, row)) from--
    let to = seed + 1
    while (to < bounds.x + bounds.w && isOpen(to, row)) to++
    for (let column = from; column < to; column++) visited.add(column, row)
    spans.push(row, from, to)
    area += to - from
    if (area > limitPx) return null
    if (row > bounds.y) pushRuns(pending, from, to, row - 1, isOpen)
    if (row + 1 < bounds.y + bounds.h) pushRuns(pending, from, to, row + 1, isOpen)
  }
  return Int32Array.from(spans)
}

/** One pixel of each open run of a row between two columns. */
function pushRuns(
  pending: number[],
  from: number,
  to: number,
  row: number,
  isOpen: (x: number, y: number) => boolean,
): void {
  let wasOpen = false
  for (let column = from; column < to; column++) {
    const open = isOpen(column, row)
    if (open && !wasOpen) pending.push(column, row)
    wasOpen = open
  }
}
