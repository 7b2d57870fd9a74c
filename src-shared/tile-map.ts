/**
 * A label map of any size as a sparse set of 256 x 256 tiles that are loaded when they are touched and copied when they
 * are changed, so that a stroke costs what it covers and not what the plane holds. Window and host both paint on one.
 */
import type { LabelMap } from './labels.ts'
import { intersect, type Rect } from './planes.ts'

/** Side of a tile in pixels. */
export const TILE_PX = 256
const TILE_AREA_PX = TILE_PX * TILE_PX

/** A tile position: column tx, row ty; its upper left pixel is (tx * 256, ty * 256). */
export interface TilePosition {
  tx: number
  ty: number
}

/** Tile positions that a rectangle of pixels meets, row by row. */
export function* tilesOf(rect: Rect): Generator<TilePosition> {
  if (rect.w <= 0 || rect.h <= 0) return
  for (let ty = Math.floor(rect.y / TILE_PX); ty * TILE_PX < rect.y + rect.h; ty++) {
    for (let tx = Math.floor(rect.x / TILE_PX); tx * TILE_PX < rect.x + rect.w; tx++) yield { tx, ty }
  }
}

/** The pixels of a tile, also those beyond the edge of its plane. */
export const tileRect = ({ tx, ty }: TilePosition): Rect => ({
  x: tx * TILE_PX,
  y: ty * TILE_PX,
  w: TILE_PX,
  h: TILE_PX,
})

interface Slot extends TilePosition {
  data: Uint32Array
  isOwn: boolean
}

/** The smallest rectangle with both; an empty one (w = 0) counts for nothing. */
export function union(a: Rect, b: Rect): Rect {
  if (a.w <= 0 || a.h <= 0) return b
  if (b.w <= 0 || b.h <= 0) return a
  const x = Math.min(a.x, b.x)
  const y = Math.min(a.y, b.y)
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y }
}

const EMPTY_TILE = new Uint32Array(TILE_AREA_PX)

export class TileMap {
  readonly width: number
  readonly height: number
  readonly #load: (tx: number, ty: number) => Uint32Array | null
  readonly #slots = new Map<number, Slot>()
  #last: Slot | null = null
  #left = Number.POSITIVE_INFINITY
  #top = Number.POSITIVE_INFINITY
  #right = -1
  #bottom = -1

  /**
   * @param load gives the 65,536 pixels of a tile, row by row, or null for a tile that nobody has painted. It is asked
   *   once per tile, and its array is never written to.
   */
  constructor(width: number, height: number, load: (tx: number, ty: number) => Uint32Array | null) {
    this.width = width
    this.height = height
    this.#load = load
  }

  get rect(): Rect {
    return { x: 0, y: 0, w: this.width, h: this.height }
  }

  contains(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.height
  }

  /** The value at a pixel inside the plane. */
  get(x: number, y: number): number {
    return this.#slot(x >> 8, y >> 8).data[((y & 255) << 8) | (x & 255)]!
  }

  set(x: number, y: number, value: number): void {
    this.paintSpan(y, x, x + 1, value)
  }

  /**
   * Paints pixels x0 <= x < x1 of row y, which must lie in the plane.
   * @param mayPaint is asked with the old value of each pixel that would change.
   */
  paintSpan(y: number, x0: number, x1: number, value: number, mayPaint?: (old: number) => boolean): void {
    for (let x = x0; x < x1; ) {
      const slot = this.#slot(x >> 8, y >> 8)
      const end = Math.min(x1, (slot.tx + 1) * TILE_PX)
      const row = (y & 255) << 8
      for (; x < end; x++) {
        const index = row | (x & 255)
        const old = slot.data[index]!
        if (old === value || (mayPaint && !mayPaint(old))) continue
        this.#own(slot)[index] = value
        this.#grow(x, y)
      }
    }
  }

  /** A copy of a rectangle; pixels outside the plane are 0. */
  readRegion(rect: Rect): LabelMap {
    const data = new Uint32Array(rect.w * rect.h)
    const inside = intersect(rect, this.rect)
    for (const { tx, ty } of tilesOf(inside)) {
      const slot = this.#slot(tx, ty)
      if (slot.data === EMPTY_TILE) continue
      const part = intersect(inside, tileRect({ tx, ty }))
      for (let y = part.y; y < part.y + part.h; y++) {
        const from = ((y & 255) << 8) | (part.x & 255)
        data.set(slot.data.subarray(from, from + part.w), (y - rect.y) * rect.w + part.x - rect.x)
      }
    }
    return { width: rect.w, height: rect.h, data }
  }

  /** Writes a window with its upper left pixel at (x, y); what falls outside the plane is dropped. */
  writeRegion(x: number, y: number, map: LabelMap): void {
    const window = { x, y, w: map.width, h: map.height }
    const inside = intersect(window, this.rect)
    for (const at of tilesOf(inside)) {
      this.#writeTile(this.#slot(at.tx, at.ty), intersect(inside, tileRect(at)), window, map.data)
    }
  }

  #writeTile(slot: Slot, part: Rect, window: Rect, values: Uint32Array): void {
    for (let row = part.y; row < part.y + part.h; row++) {
      let from = (row - window.y) * window.w + part.x - window.x
      let index = ((row & 255) << 8) | (part.x & 255)
      for (let column = part.x; column < part.x + part.w; column++, from++, index++) {
        if (slot.data[index] === values[from]) continue
        this.#own(slot)[index] = values[from]!
        this.#grow(column, row)
      }
    }
  }

  /** Tiles that differ from what was loaded or were so for a while; the arrays are this map's own. */
  *changedTiles(): Generator<TilePosition & { data: Uint32Array }> {
    for (const { tx, ty, data, isOwn } of this.#slots.values()) if (isOwn) yield { tx, ty, data }
  }

  /** The smallest rectangle with every pixel that was changed; w and h are 0 when none was. */
  get changed(): Rect {
    if (this.#right < 0) return { x: 0, y: 0, w: 0, h: 0 }
    return { x: this.#left, y: this.#top, w: this.#right - this.#left + 1, h: this.#bottom - this.#top + 1 }
  }

  #slot(tx: number, ty: number): Slot {
    const last = this.#last
    if (last && last.tx === tx && last.ty === ty) return last
    const key = ty * 0x1000000 + tx
    let slot = this.#slots.get(key)
    if (!slot) {
      slot = { tx, ty, data: this.#load(tx, ty) ?? EMPTY_TILE, isOwn: false }
      this.#slots.set(key, slot)
    }
    this.#last = slot
    return slot
  }

  #own(slot: Slot): Uint32Array {
    if (!slot.isOwn) {
      slot.data = slot.data.slice()
      slot.isOwn = true
    }
    return slot.data
  }

  #grow(x: number, y: number): void {
    if (x < this.#left) this.#left = x
    if (x > this.#right) this.#right = x
    if (y < this.#top) this.#top = y
    if (y > this.#bottom) this.#bottom = y
  }
}
