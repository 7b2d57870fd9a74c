/** Textures of the tiles of image, labels and probabilities: uploaded when first drawn, in part when a part changed. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { TILE_PX, tilesOf, union } from '../../src-shared/tile-map.ts'
import { GlTexture, GlTextureCache, type texelFormats, texelsOf } from './gl-textures.ts'
import { slotsOf } from './gl-uniforms.ts'
import type { Scene } from './renderer.ts'
import { tileKey } from './tile-loader.ts'

/** Tiles of each kind that are kept. */
const MOST_TILES = 640
/** Labels of a tile with a pixel of each neighbour, so that outlines meet across tiles. */
const PADDED_PX = TILE_PX + 2
/** Changes of a tile beyond this many are uploaded as one. */
const MOST_PARTS = 4

/** A tile, or the finest one above it that is here. */
export interface TileTexture {
  texture: GlTexture
  at: TileAt
}

export class GlTiles {
  readonly #gl: WebGL2RenderingContext
  readonly #formats: ReturnType<typeof texelFormats>
  readonly #images = new GlTextureCache(MOST_TILES)
  readonly #labels = new GlTextureCache(MOST_TILES)
  readonly #probabilities = new GlTextureCache(MOST_TILES)
  /** What has changed in tiles of labels since they were uploaded. */
  readonly #dirtyLabels = new Map<string, Rect[]>()

  constructor(gl: WebGL2RenderingContext, formats: ReturnType<typeof texelFormats>) {
    this.#gl = gl
    this.#formats = formats
  }

  forgetImages(): void {
    this.#images.clear()
  }

  forgetLabels(): void {
    this.#labels.clear()
    this.#dirtyLabels.clear()
  }

  forgetProbabilities(): void {
    this.#probabilities.clear()
  }

  /** Labels inside a rectangle of the level shown are others. */
  labelsChanged(rect: Rect): void {
    const padded = { x: rect.x - 1, y: rect.y - 1, w: rect.w + 2, h: rect.h + 2 }
    for (const { tx, ty } of tilesOf(padded)) {
      const key = `${tx}/${ty}`
      const parts = this.#dirtyLabels.get(key)
      if (parts) parts.push(rect)
      else this.#dirtyLabels.set(key, [rect])
    }
  }

  /** Null while neither the tile nor one above it has come. */
  image(scene: Scene, wanted: TileAt): TileTexture | null {
    return this.#finest(scene, wanted, this.#images, (at) => this.#newImage(scene, at))
  }

  probability(scene: Scene, wanted: TileAt): TileTexture | null {
    return this.#finest(scene, wanted, this.#probabilities, (at) => this.#newProbability(scene, at))
  }

  labels(scene: Scene, { tx, ty }: TileAt): GlTexture {
    const key = `${tx}/${ty}`
    const padded = { x: tx * TILE_PX - 1, y: ty * TILE_PX - 1, w: PADDED_PX, h: PADDED_PX }
    const dirty = this.#dirtyLabels.get(key) ?? []
    this.#dirtyLabels.delete(key)
    const known = this.#labels.get(key)
    if (!known) {
      const texture = this.#labels.add(key, new GlTexture(this.#gl, this.#formats.uint32))
      texture.put(PADDED_PX, PADDED_PX, scene.labels.readRegion(padded).data)
      return texture
    }
    for (const rect of dirty.length > MOST_PARTS ? [dirty.reduce(union)] : dirty) {
      const part = intersect(rect, padded)
      if (part.w === 0 || part.h === 0) continue
      known.putPart({ ...part, x: part.x - padded.x, y: part.y - padded.y }, scene.labels.readRegion(part).data)
    }
    return known
  }

  #finest(
    scene: Scene,
    wanted: TileAt,
    cache: GlTextureCache,
    make: (at: TileAt) => GlTexture | null,
  ): TileTexture | null {
    for (let at = wanted; at.level < scene.image.levels; at = above(at)) {
      const known = cache.get(tileKey(at))
      if (known) return { texture: known, at }
      const made = make(at)
      if (made) return { texture: cache.add(tileKey(at), made), at }
    }
    return null
  }

  #newImage(scene: Scene, at: TileAt): GlTexture | null {
    const samples = scene.image.tile(at)
    if (!samples) return null
    const texels = texelsOf(samples)
    const slots = slotsOf(scene)
    const kind = texels instanceof Uint8Array ? 'uint8' : texels instanceof Uint16Array ? 'uint16' : 'float32'
    const texture = new GlTexture(this.#gl, this.#formats[kind])
    const plane = TILE_PX * TILE_PX
    texture.put(TILE_PX, TILE_PX * slots.length, null)
    for (const [slot, channel] of slots.entries()) {
      const part = texels.subarray(channel * plane, (channel + 1) * plane)
      texture.putPart({ x: 0, y: slot * TILE_PX, w: TILE_PX, h: TILE_PX }, part)
    }
    return texture
  }

  #newProbability(scene: Scene, at: TileAt): GlTexture | null {
    const shares = scene.probability?.tile(at)
    if (!shares) return null
    const texture = new GlTexture(this.#gl, this.#formats.share8)
    texture.put(TILE_PX, TILE_PX, shares)
    return texture
  }

  dispose(): void {
    for (const cache of [this.#images, this.#labels, this.#probabilities]) cache.clear()
  }
}

const above = ({ level, tx, ty }: TileAt): TileAt => ({ level: level + 1, tx: tx >> 1, ty: ty >> 1 })
