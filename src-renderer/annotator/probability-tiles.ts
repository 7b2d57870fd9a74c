/** Probability of being an object, or one of a class, tile by tile, of a prediction that lies over the image. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
import { fromMiddle } from './image-tiles.ts'
import type { PredictionLink } from './link.ts'
import { TileLoader, tileKey } from './tile-loader.ts'

const MOST_TILES = 1024

export class ProbabilityTiles {
  readonly #tiles = new Map<string, Uint8Array>()
  readonly #loader: TileLoader<Uint8Array>
  readonly #shown: number

  constructor(link: PredictionLink, changed: () => void) {
    this.#shown = link.shown
    this.#loader = new TileLoader(
      (at, signal) => link.loadTile(at, signal),
      (at, bytes) => {
        this.#put(tileKey(at), bytes)
        changed()
      },
    )
  }

  want(level: number, rect: Rect): void {
    const tiles = fromMiddle(rect).map((at) => ({ level, ...at }))
    this.#loader.want(
      'view',
      tiles.filter((at) => !this.#tiles.has(tileKey(at))),
    )
  }

  /** (1 - p(background)) * 255 of each pixel, or p * 255 of the class that is shown. */
  tile(at: TileAt): Uint8Array | null {
    return this.#tiles.get(tileKey(at)) ?? null
  }

  /** The probability that is shown at a pixel of the plane; null while it has not come. */
  shareAt(x: number, y: number): number | null {
    const share = this.tile({ level: 0, tx: x >> 8, ty: y >> 8 })?.[((y & 255) << 8) | (x & 255)]
    return share === undefined ? null : share / 255
  }

  dispose(): void {
    this.#loader.dispose()
    this.#tiles.clear()
  }

  #put(key: string, bytes: Uint8Array): void {
    const size = TILE_PX * TILE_PX
    const from = this.#shown * size
    const shares = this.#shown > 0 ? bytes.slice(from, from + size) : new Uint8Array(size)
    if (this.#shown === 0) for (let at = 0; at < size; at++) shares[at] = 255 - bytes[at]!
    this.#tiles.set(key, shares)
    for (const old of this.#tiles.keys()) {
      if (this.#tiles.size <= MOST_TILES) return
      this.#tiles.delete(old)
    }
  }
}
