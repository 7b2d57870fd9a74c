/** The stroke under the pointer: painted part by part on top of everything else, and gone without a trace. */
import type { Rect } from '../../src-shared/planes.ts'
import type { DrawnStroke } from '../../src-shared/strokes.ts'
import { type TileMap, type TilePosition, union } from '../../src-shared/tile-map.ts'
import { touches } from './confirmed-tiles.ts'
import { applyStroke, renamed } from './pending-stroke.ts'
import type { Painted, WaitingStrokes } from './waiting-strokes.ts'

const NOTHING: Rect = { x: 0, y: 0, w: 0, h: 0 }

export class LiveStroke {
  readonly #below: WaitingStrokes
  #parts: DrawnStroke[] = []
  #painted: Painted | null = null

  constructor(below: WaitingStrokes) {
    this.#below = below
  }

  /** The map with the stroke; null while there is none. */
  get map(): TileMap | null {
    return this.#painted?.map ?? null
  }

  get painted(): Painted | null {
    return this.#painted
  }

  /** What it has changed; empty while there is none. */
  get changed(): Rect {
    return this.map?.changed ?? NOTHING
  }

  hasChanged(at: TilePosition): boolean {
    return this.#painted !== null && touches(this.changed, at)
  }

  add(part: DrawnStroke): void {
    this.#painted ??= this.#below.begin()
    this.#parts.push(part)
    applyStroke(this.#painted.map, part, this.#below.temporaryId, () => [])
  }

  /** Objects that it names have got other ids; painted so by the next `rebuild`. */
  rename(names: ReadonlyMap<number, number>): void {
    this.#parts = this.#parts.map((part) => renamed(part, names))
  }

  /** Paints it again, since what lies below is another; answers what may have changed. */
  rebuild(): Rect {
    if (!this.#painted) return NOTHING
    const before = this.changed
    this.#painted = this.#below.begin()
    for (const part of this.#parts) applyStroke(this.#painted.map, part, this.#below.temporaryId, () => [])
    return union(before, this.changed)
  }

  clear(): void {
    this.#painted = null
    this.#parts = []
  }
}
