/** Label tiles of a plane as the host has confirmed them, with the revision each shows; loaded when they are wanted. */
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { TILE_PX, type TilePosition, tileRect, tilesOf } from '../../src-shared/tile-map.ts'
import type { LabelTile } from './link.ts'

/** A number that stands for a tile position. */
export const positionKey = (tx: number, ty: number): number => ty * 0x1000000 + tx
export const positionOf = (key: number): TilePosition => ({ tx: key % 0x1000000, ty: Math.floor(key / 0x1000000) })

interface Confirmed {
  data: Uint32Array
  revision: number
}

/** 192 MiB of labels, more than a 4K screen shows; empty tiles share one array and are not counted. */
const MOST_TILES = 768
const EMPTY = new Uint32Array(TILE_PX * TILE_PX)

/** Changes remembered to judge tiles that were asked for before them and arrive after them. */
const MOST_CHANGES = 256

export class ConfirmedTiles {
  /** Of the latest change of the plane that is known. */
  revision: number
  /** Up to here every change is known; after it some may have been missed. */
  #unbroken: number
  readonly #tiles = new Map<number, Confirmed>()
  readonly #stale = new Set<number>()
  readonly #changes: { revision: number; rect: Rect }[] = []

  constructor(revision: number) {
    this.revision = revision
    this.#unbroken = revision
  }

  data(tx: number, ty: number): Uint32Array | null {
    return this.#tiles.get(positionKey(tx, ty))?.data ?? null
  }

  has(key: number): boolean {
    return this.#tiles.has(key)
  }

  /** Loaded, and not known to be out of date. */
  isCurrent(key: number): boolean {
    return this.#tiles.has(key) && !this.#stale.has(key)
  }

  revisionOf(key: number): number {
    return this.#tiles.get(key)?.revision ?? -1
  }

  get keys(): Iterable<number> {
    return this.#tiles.keys()
  }

  /** Tiles that wait to be loaded again. */
  get stale(): ReadonlySet<number> {
    return this.#stale
  }

  /** A tile has arrived. False when it is older than a change that touches it: it must be asked for again. */
  put(at: TilePosition, { data, revision }: LabelTile): boolean {
    const key = positionKey(at.tx, at.ty)
    const isOutdated = this.#changes.some((change) => change.revision > revision && touches(change.rect, at))
    if (isOutdated) return false
    this.#stale.delete(key)
    this.#tiles.delete(key) // the newest is last
    this.#tiles.set(key, { data: isEmpty(data) ? EMPTY : data, revision })
    return true
  }

  /** Tiles as an own stroke has made them, which the host has confirmed. */
  adopt(tiles: Iterable<[number, Uint32Array]>, rect: Rect, revision: number): void {
    this.note(rect, revision)
    for (const [key, data] of tiles) if (this.#tiles.has(key)) this.#tiles.set(key, { data, revision })
  }

  /** Something has changed inside the rectangle; answers the loaded tiles that no longer hold. */
  outdate(rect: Rect, revision: number): TilePosition[] {
    this.note(rect, revision)
    const outdated: TilePosition[] = []
    for (const [key, tile] of this.#tiles) {
      const at = positionOf(key)
      if (tile.revision >= revision || !touches(rect, at)) continue
      this.#stale.add(key)
      outdated.push(at)
    }
    return outdated
  }

  note(rect: Rect, revision: number): void {
    this.revision = Math.max(this.revision, revision)
    this.#changes.push({ rect, revision })
    while (this.#changes.some((change) => change.revision === this.#unbroken + 1)) this.#unbroken++
    if (this.#changes.length > MOST_CHANGES) this.#changes.shift()
  }

  /** Whether every change up to a revision is known. */
  knowsAll(revision: number): boolean {
    return this.#unbroken >= revision
  }

  /** What changed up to a revision need not be known: all of the plane counts as changed by it. */
  skipTo(revision: number): void {
    this.#unbroken = Math.max(this.#unbroken, revision)
  }

  /** Forgets the longest known tiles beyond the limit, but none of `keep`. */
  prune(keep: ReadonlySet<number>): void {
    let count = 0
    for (const { data } of this.#tiles.values()) if (data !== EMPTY) count++
    for (const [key, { data }] of this.#tiles) {
      if (count <= MOST_TILES) return
      if (data === EMPTY || keep.has(key) || this.#stale.has(key)) continue
      this.#tiles.delete(key)
      count--
    }
  }
}

export function touches(rect: Rect, at: TilePosition): boolean {
  const part = intersect(rect, tileRect(at))
  return part.w > 0 && part.h > 0
}

export const keysOf = (rect: Rect): number[] => [...tilesOf(rect)].map(({ tx, ty }) => positionKey(tx, ty))

const isEmpty = (data: Uint32Array): boolean => data.every((value) => value === 0)
