/** Image tiles of the open plane at all levels: loaded for what is seen, kept within a budget, read for values. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import type { Samples } from '../../src-shared/pixels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { TILE_PX, tilesOf } from '../../src-shared/tile-map.ts'
import type { PlaneInfo, PlaneLink } from './link.ts'
import { TileLoader, tileKey } from './tile-loader.ts'
import type { GreyRegion } from './tool.ts'
import type { Display } from './view.ts'
import { levelsOf } from './viewport.ts'

const MOST_BYTES = 192 * 2 ** 20

export class ImageTiles {
  readonly info: PlaneInfo
  readonly levels: number
  readonly #tiles = new Map<string, Samples>()
  readonly #loader: TileLoader<Samples>
  /** What is seen now, which is kept whatever it costs. */
  #seen = new Set<string>()
  /** What is read around the pointer, which is kept as well, or the last tiles to come would push out the first. */
  #read = new Set<string>()
  #bytes = 0

  /** `changed`: a tile has come. `failed`: one could not be loaded, for the nth time in a row. */
  constructor(
    info: PlaneInfo,
    link: Pick<PlaneLink, 'loadImageTile'>,
    changed: (at: TileAt) => void,
    failed: (error: unknown, failures: number) => void,
  ) {
    this.info = info
    this.levels = levelsOf(info.width, info.height)
    this.#loader = new TileLoader(
      (at, signal) => link.loadImageTile(at, signal),
      (at, samples) => {
        this.#put(tileKey(at), samples)
        changed(at)
      },
      { failed: (_at, error, failures) => failed(error, failures) },
    )
  }

  /** Wants the tiles of a level that show a rectangle of it, and the coarsest one, which stands in for all. */
  want(level: number, rect: Rect): void {
    const coarsest = { level: this.levels - 1, tx: 0, ty: 0 }
    const tiles = [coarsest, ...fromMiddle(rect).map((at) => ({ level, ...at }))]
    this.#seen = new Set(tiles.map(tileKey))
    this.#loader.want(
      'view',
      tiles.filter((at) => !this.#tiles.has(tileKey(at))),
    )
  }

  /** Wants the tiles of a rectangle at full size, for its values. */
  wantValues(rect: Rect): void {
    const tiles = fromMiddle(rect).map((at) => ({ level: 0, ...at }))
    this.#read = new Set(tiles.map(tileKey))
    this.#loader.want(
      'cursor',
      tiles.filter((at) => !this.#tiles.has(tileKey(at))),
    )
  }

  get isLoading(): boolean {
    return !this.#loader.isIdle
  }

  tile(at: TileAt): Samples | null {
    const key = tileKey(at)
    const samples = this.#tiles.get(key)
    if (!samples) return null
    this.#tiles.delete(key) // the last used is last
    this.#tiles.set(key, samples)
    return samples
  }

  /** The whole plane, reduced until it fits one tile. */
  get overview(): { samples: Samples; width: number; height: number } | null {
    const level = this.levels - 1
    const samples = this.tile({ level, tx: 0, ty: 0 })
    const side = (px: number) => Math.ceil(px / 2 ** level)
    return samples && { samples, width: side(this.info.width), height: side(this.info.height) }
  }

  /** Stored values of a pixel, one a channel; null while its tile is not here. */
  valuesAt(x: number, y: number): number[] | null {
    const [column, row] = [Math.floor(x), Math.floor(y)]
    if (column < 0 || row < 0 || column >= this.info.width || row >= this.info.height) return null
    const samples = this.#tiles.get(tileKey({ level: 0, tx: column >> 8, ty: row >> 8 }))
    if (!samples) return null
    const at = ((row & 255) << 8) | (column & 255)
    return Array.from({ length: this.info.channels }, (_, channel) => samples[channel * TILE_PX * TILE_PX + at]!)
  }

  /** Grey values of a rectangle as shares of the display range; null while a tile is missing. */
  readGrey(rect: Rect, display: Display): GreyRegion | null {
    const values = new Float32Array(rect.w * rect.h)
    const scale = 1 / (display.high - display.low || 1)
    for (const { tx, ty } of tilesOf(rect)) {
      const samples = this.tile({ level: 0, tx, ty })
      if (!samples) return null
      const [left, top] = [Math.max(rect.x, tx * TILE_PX), Math.max(rect.y, ty * TILE_PX)]
      const right = Math.min(rect.x + rect.w, (tx + 1) * TILE_PX)
      const bottom = Math.min(rect.y + rect.h, (ty + 1) * TILE_PX)
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const value = this.#grey(samples, ((y & 255) << 8) | (x & 255), display.channel)
          values[(y - rect.y) * rect.w + x - rect.x] = (value - display.low) * scale
        }
      }
    }
    return { rect, values }
  }

  /** Values at two percentiles (0..100) of a reduced picture of the plane; null while it is not here. */
  range(channel: number, lowPercent: number, highPercent: number): [number, number] | null {
    const overview = this.overview
    if (!overview) return null
    const { samples, width, height } = overview
    const channels = channel < 0 ? [0, 1, 2].slice(0, this.info.channels) : [channel]
    const values: number[] = []
    for (const index of channels) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const value = samples[(index * TILE_PX + y) * TILE_PX + x]!
          if (Number.isFinite(value)) values.push(value)
        }
      }
    }
    if (values.length === 0) return null
    values.sort((a, b) => a - b)
    const at = (percent: number) => values[Math.round((percent / 100) * (values.length - 1))]!
    const [low, high] = [at(lowPercent), at(highPercent)]
    return high > low ? [low, high] : [low, low + 1]
  }

  dispose(): void {
    this.#loader.dispose()
    this.#tiles.clear()
  }

  #grey(samples: Samples, at: number, channel: number): number {
    const plane = TILE_PX * TILE_PX
    if (channel >= 0 || this.info.channels < 3) return samples[Math.max(0, channel) * plane + at]!
    return 0.299 * samples[at]! + 0.587 * samples[plane + at]! + 0.114 * samples[2 * plane + at]! // ITU-R BT.601
  }

  #put(key: string, samples: Samples): void {
    this.#tiles.set(key, samples)
    this.#bytes += samples.byteLength
    for (const [old, { byteLength }] of this.#tiles) {
      if (this.#bytes <= MOST_BYTES) return
      if (old === key || this.#seen.has(old) || this.#read.has(old)) continue
      this.#tiles.delete(old)
      this.#bytes -= byteLength
    }
  }
}

/** Tiles of a rectangle, those in its middle first. */
export function fromMiddle(rect: Rect): { tx: number; ty: number }[] {
  const [cx, cy] = [(rect.x + rect.w / 2) / TILE_PX - 0.5, (rect.y + rect.h / 2) / TILE_PX - 0.5]
  const distance = ({ tx, ty }: { tx: number; ty: number }) => Math.hypot(tx - cx, ty - cy)
  return [...tilesOf(rect)].sort((a, b) => distance(a) - distance(b))
}
