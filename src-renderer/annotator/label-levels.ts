/**
 * Labels as they are shown zoomed out: a reduced level comes from the host tile by tile and is then kept up to date from
 * the full size, so that a stroke shows in the same frame at any zoom.
 */
import type { TileAt } from '../../src-shared/data-urls.ts'
import type { LabelMap } from '../../src-shared/labels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { TILE_PX, TileMap, tileRect, tilesOf } from '../../src-shared/tile-map.ts'
import { positionKey } from './confirmed-tiles.ts'
import type { LabelTile } from './link.ts'
import type { LabelPage } from './page.ts'

/** 192 MiB of reduced labels, more than a 4K screen shows. */
const MOST_TILES = 768

export class LabelLevels {
  readonly #page: LabelPage
  readonly #request: (at: TileAt) => void
  #level = 0
  #tiles = new Map<number, Uint32Array>()

  constructor(page: LabelPage, request: (at: TileAt) => void) {
    this.#page = page
    this.#request = request
  }

  get level(): number {
    return this.#level
  }

  /** Shows another level; tiles of the one before are forgotten. */
  show(level: number): void {
    if (level === this.#level) return
    this.#level = level
    this.#tiles.clear()
  }

  isLoaded(tx: number, ty: number): boolean {
    return this.#level === 0 ? this.#page.isLoaded(tx, ty) : this.#tiles.has(positionKey(tx, ty))
  }

  /** A tile of a reduced level. */
  arrived(at: TileAt, tile: LabelTile): void {
    if (at.level !== this.#level || at.level === 0) return
    if (tile.revision < this.#page.revision) {
      this.#request(at)
      return
    }
    const key = positionKey(at.tx, at.ty)
    this.#tiles.delete(key)
    this.#tiles.set(key, tile.data.slice())
    for (const old of this.#tiles.keys()) {
      if (this.#tiles.size <= MOST_TILES) break
      this.#tiles.delete(old)
    }
    this.#reduce(at.tx, at.ty, this.#extent(tileRect(at)))
  }

  /** Labels of the full size have changed inside `rect`; answers what that is at the level shown. */
  changed(rect: Rect): Rect {
    if (this.#level === 0) return rect
    const reduced = this.#reducedRect(rect)
    for (const { tx, ty } of tilesOf(reduced)) this.#reduce(tx, ty, intersect(reduced, tileRect({ tx, ty })))
    return reduced
  }

  /** Everything may have changed where the full size is not at hand: loads the tiles of a rectangle again. */
  outdated(rect: Rect): void {
    if (this.#level === 0) return
    for (const { tx, ty } of tilesOf(this.#reducedRect(rect))) {
      if (this.#tiles.has(positionKey(tx, ty))) this.#request({ level: this.#level, tx, ty })
    }
  }

  /** A rectangle in pixels of the level shown; 0 where nothing is known. */
  readRegion(rect: Rect): LabelMap {
    if (this.#level === 0) return this.#page.readRegion(rect)
    const { w, h } = this.#size
    const map = new TileMap(w, h, (tx, ty) => this.#tiles.get(positionKey(tx, ty)) ?? null)
    return map.readRegion(rect)
  }

  /** The label shown at a pixel of the plane, from the level shown where the full size is not here. */
  labelAt(x: number, y: number): number {
    const [column, row] = [Math.floor(x), Math.floor(y)]
    if (this.#level === 0 || this.#page.isLoaded(column >> 8, row >> 8)) return this.#page.labelAt(column, row)
    const step = 2 ** this.#level
    return this.readRegion({ x: Math.floor(column / step), y: Math.floor(row / step), w: 1, h: 1 }).data[0]!
  }

  get #size(): { w: number; h: number } {
    const step = 2 ** this.#level
    return { w: Math.ceil(this.#page.width / step), h: Math.ceil(this.#page.height / step) }
  }

  #extent(rect: Rect): Rect {
    return intersect(rect, { x: 0, y: 0, ...this.#size })
  }

  #reducedRect({ x, y, w, h }: Rect): Rect {
    const step = 2 ** this.#level
    const [left, top] = [Math.floor(x / step), Math.floor(y / step)]
    const [right, bottom] = [Math.ceil((x + w) / step), Math.ceil((y + h) / step)]
    return this.#extent({ x: left, y: top, w: right - left, h: bottom - top })
  }

  /**
   * Writes what the full size shows into a part of a reduced tile: the pixel at the centre, as the host does. Where the
   * full size is not at hand only what has been painted counts; the tiles painted on are on their way.
   */
  #reduce(tx: number, ty: number, part: Rect): void {
    const tile = this.#tiles.get(positionKey(tx, ty))
    if (!tile) return
    const step = 2 ** this.#level
    const sample = (at: number, side: number) => Math.min(at * step + step / 2, side - 1)
    for (let y = part.y; y < part.y + part.h; y++) {
      const fromY = sample(y, this.#page.height)
      for (let x = part.x; x < part.x + part.w; x++) {
        const fromX = sample(x, this.#page.width)
        const isKnown = this.#page.isLoaded(fromX >> 8, fromY >> 8)
        if (!isKnown && !this.#page.isPaintedOn(fromX >> 8, fromY >> 8)) continue
        const value = this.#page.labelAt(fromX, fromY)
        if (isKnown || value !== 0) tile[(y - ty * TILE_PX) * TILE_PX + x - tx * TILE_PX] = value
      }
    }
  }
}
