/**
 * Strokes that the host has not confirmed, painted on top of what it has: oldest first, each on what the one before left.
 * What they change is a sparse copy, so that taking one away gives back exactly what was below it.
 */
import { FIRST_TEMPORARY_ID } from '../../src-shared/labels.ts'
import { TileMap, type TilePosition } from '../../src-shared/tile-map.ts'
import { type ConfirmedTiles, positionKey, positionOf } from './confirmed-tiles.ts'
import { applyStroke, idsIn, isDrawn, rename, type UnsavedStroke } from './pending-stroke.ts'

export interface WaitingStroke extends UnsavedStroke {
  /** Tiles as this stroke left them; null when too many strokes wait to keep them all. */
  after: Map<number, Uint32Array> | null
  /** Tiles it asked for, and those of them that had not been loaded. */
  asked: Set<number>
  missing: Set<number>
  /** Confirmed, but tiles that show it are still to come. */
  isConfirmed: boolean
}

/** A stroke on a map of its own. */
export interface Painted {
  map: TileMap
  /** Tiles that were asked for, and those of them that are not here. */
  asked: Set<number>
  missing: Set<number>
}

/** Strokes whose tiles are kept, so that their confirmation costs nothing; more are painted again. */
const MOST_KEPT = 32

export class WaitingStrokes {
  readonly #size: { width: number; height: number }
  readonly #confirmed: ConfirmedTiles
  readonly #request: (at: TilePosition) => void
  #strokes: WaitingStroke[] = []
  /** Tiles as the last stroke left them. */
  #top = new Map<number, Uint32Array>()
  #nextTemporary = FIRST_TEMPORARY_ID

  /** `request` wants a tile that a stroke needs and that is not here. */
  constructor(size: { width: number; height: number }, confirmed: ConfirmedTiles, request: (at: TilePosition) => void) {
    this.#size = size
    this.#confirmed = confirmed
    this.#request = request
  }

  get all(): readonly WaitingStroke[] {
    return this.#strokes
  }

  /** Tile keys that a stroke has changed. */
  get changedKeys(): ReadonlySet<number> {
    return new Set(this.#top.keys())
  }

  hasChanged(key: number): boolean {
    return this.#top.has(key)
  }

  /** Whether a stroke may come out otherwise when another confirmed tile comes: changed or not, it has asked for it. */
  restsOn(key: number): boolean {
    return this.#strokes.some((of) => of.asked.has(key) || !isDrawn(of.stroke))
  }

  /** An id for an object that the host will name later. */
  readonly temporaryId = (): number => this.#nextTemporary++

  /** Everything that waits, to be read. */
  view(): TileMap {
    return new TileMap(this.#size.width, this.#size.height, (tx, ty) => this.#data(tx, ty))
  }

  /** A map on top of everything that waits, for a stroke. */
  begin(): Painted {
    const [asked, missing] = [new Set<number>(), new Set<number>()]
    const map = new TileMap(this.#size.width, this.#size.height, (tx, ty) => {
      const data = this.#data(tx, ty)
      asked.add(positionKey(tx, ty))
      if (!data) {
        missing.add(positionKey(tx, ty))
        this.#request({ tx, ty })
      }
      return data
    })
    return { map, asked, missing }
  }

  /** Paints a stroke on a map of its own. Throws 'fill-too-large'. */
  paint(of: UnsavedStroke): Painted {
    const painted = this.begin()
    this.#apply(painted.map, of)
    return painted
  }

  /** One more stroke waits, as it has been painted. */
  add(of: UnsavedStroke, { map, asked, missing }: Painted): void {
    const after = tilesIn(map)
    for (const [key, data] of after) this.#top.set(key, data)
    const kept = this.#strokes.length >= MOST_KEPT ? null : after
    this.#strokes.push({ ...of, asked, missing, after: kept, isConfirmed: false })
  }

  /** Takes strokes over that were waiting when the window was closed; not painted before `rebuild`. */
  restore(strokes: readonly UnsavedStroke[]): void {
    for (const of of strokes) {
      for (const id of [...of.temporary, ...idsIn(of.stroke)])
        this.#nextTemporary = Math.max(this.#nextTemporary, id + 1)
      this.#strokes.push({ ...of, after: null, asked: new Set(), missing: new Set(), isConfirmed: false })
    }
  }

  /** The oldest stroke is part of the confirmed tiles now, which show it as it was painted. */
  shift(): void {
    this.#strokes.shift()
    if (this.#strokes.length === 0) this.#top.clear()
  }

  /** Forgets a stroke; what it painted goes with the next `rebuild`. */
  drop(stroke: WaitingStroke): void {
    this.#strokes = this.#strokes.filter((of) => of !== stroke)
  }

  /** Forgets confirmed strokes; true when there were some. */
  dropConfirmed(): boolean {
    const before = this.#strokes.length
    this.#strokes = this.#strokes.filter(({ isConfirmed }) => !isConfirmed)
    return this.#strokes.length < before
  }

  rename(names: ReadonlyMap<number, number>): void {
    for (const waiting of this.#strokes) rename(waiting, names)
  }

  /** Paints everything again on the confirmed tiles; answers the keys of tiles that may be others now. */
  rebuild(): Set<number> {
    const before = this.#top.keys()
    this.#top = new Map()
    for (const [index, waiting] of this.#strokes.entries()) {
      const { map, asked, missing } = this.begin()
      Object.assign(waiting, { asked, missing })
      tryTo(() => this.#apply(map, waiting))
      const after = tilesIn(map)
      waiting.after = index < MOST_KEPT ? after : null
      for (const [key, data] of after) this.#top.set(key, data)
    }
    return new Set([...before, ...this.#top.keys()])
  }

  #data(tx: number, ty: number): Uint32Array | null {
    return this.#top.get(positionKey(tx, ty)) ?? this.#confirmed.data(tx, ty)
  }

  /** Paints a stroke with the ids it got before, or new ones. */
  #apply(map: TileMap, of: UnsavedStroke): void {
    let next = 0
    const nextId = () => {
      if (next === of.temporary.length) of.temporary.push(this.temporaryId())
      return of.temporary[next++]!
    }
    applyStroke(map, of.stroke, nextId, () => this.#known())
  }

  /** Tile positions with something known. */
  #known(): TilePosition[] {
    return [...new Set([...this.#confirmed.keys, ...this.#top.keys()])].map(positionOf)
  }
}

export const tilesIn = (map: TileMap): Map<number, Uint32Array> =>
  new Map([...map.changedTiles()].map(({ tx, ty, data }) => [positionKey(tx, ty), data]))

/** A stroke that could be painted once may be too large now; what it did then is gone until the host answers. */
function tryTo(act: () => void): void {
  try {
    act()
  } catch {
    // the host's answer, or its refusal, settles it
  }
}
