/** Binary tiles by their addresses (src-shared/data-urls.ts): images as stored, label maps, probabilities, previews, thumbnails. */
import { hash } from 'node:crypto'
import path from 'node:path'
import { allocateSamples, type Pixels, type Samples } from '../../../src-shared/pixels.ts'
import type { PlaneKey } from '../../../src-shared/planes.ts'
import { intersect } from '../../../src-shared/planes.ts'
import { asShares } from '../../../src-shared/probability-shares.ts'
import { levelSize, PixelFile, TILE_PX } from '../../imaging/pixel-file.ts'
import { thumbnailPng } from '../../imaging/thumbnail.ts'
import type { ImageRecord, ProjectStore } from '../../store/index.ts'
import { pixelFileOf } from '../pixel-files.ts'
import { readPreview } from './run-previews.ts'

export interface Tile {
  bytes: Uint8Array
  contentType: 'application/octet-stream' | 'image/png'
  /** Names the content: equal tags, equal bytes, in whatever project. */
  tag: string
  /** Of label tiles: the revision they show. */
  revision?: number
}

/** Open pixel files kept at hand, and thumbnails in memory. */
const MOST_OPEN = 16
const MOST_THUMBNAILS = 500

const KINDS = ['image', 'labels', 'prediction', 'preview', 'thumbnail'] as const

export class TileReader {
  readonly #store: ProjectStore
  readonly #open = new Map<string, PixelFile>()
  readonly #rebuilding = new Map<string, Promise<string>>()
  readonly #thumbnails = new Map<string, Uint8Array>()

  constructor(store: ProjectStore) {
    this.#store = store
  }

  /**
   * The tile at an address relative to the data root; undefined for one that cannot exist. Errors: 'image-unknown',
   * 'file-missing' when neither pixels nor original are there, 'image-unreadable', 'plane-missing',
   * 'run-missing'.
   */
  async read(address: string): Promise<Tile | undefined> {
    const parts = address.split('/').map(decoded)
    if (parts.includes(undefined)) return undefined
    const [kind, ...rest] = parts as string[]
    if (kind === 'image' && rest.length === 6) return this.#image(...wholes<6>(rest))
    if (kind === 'labels' && rest.length === 8) {
      const [imageId, layer, ...numbers] = rest as [string, string, ...string[]]
      const [z, t, , level, tx, ty] = wholes<6>(numbers)
      return this.#labels({ imageId: Number(imageId), layer, z, t }, level, tx, ty)
    }
    if (kind === 'prediction' && rest.length === 7) {
      const [id, ...numbers] = rest as [string, ...string[]]
      return this.#prediction(id, ...wholes<6>(numbers))
    }
    if (kind === 'preview' && rest.length === 2) return this.#preview(...(rest as [string, string]))
    if (kind === 'thumbnail' && rest.length === 1) return this.#thumbnail(Number(rest[0]))
    return undefined
  }

  /** A path that begins like one of ours, for a shell that has other paths beside. */
  static isAddress(address: string): boolean {
    return KINDS.some((kind) => address.startsWith(`${kind}/`))
  }

  /** Lets go of files in a folder that is going to be deleted. */
  forget(folder: string): void {
    for (const file of [...this.#open.keys()]) if (file.startsWith(folder + path.sep)) this.#close(file)
  }

  close(): void {
    for (const file of this.#open.values()) file.close()
    this.#open.clear()
  }

  /** The pixel file of an image, open; decoded from the original again where it has gone. */
  async pixels(image: ImageRecord): Promise<PixelFile> {
    const known = this.#rebuilding.get(image.sha256)
    const path = known ?? pixelFileOf(this.#store, image)
    this.#rebuilding.set(image.sha256, path)
    try {
      return this.#at(await path)
    } finally {
      this.#rebuilding.delete(image.sha256)
    }
  }

  async #image(id: number, z: number, t: number, level: number, tx: number, ty: number): Promise<Tile | undefined> {
    const image = this.#store.images.get(id)
    const file = await this.pixels(image)
    const pixels = tileOf(file, z, t, level, tx, ty)
    return pixels && octets(bytesOf(pixels.data), `${image.sha256}-${image.series}-${z}-${t}-${level}-${tx}-${ty}`)
  }

  #labels(plane: PlaneKey, level: number, tx: number, ty: number): Tile | undefined {
    const image = this.#store.images.get(plane.imageId)
    const { width, height } = levelSize(image, Math.min(level, 31))
    if (level > 31 || tx * TILE_PX >= width || ty * TILE_PX >= height) return undefined
    // The revision first: what is written in between makes the tile newer than it says, never older.
    const { revision } = this.#store.labels.state(plane)
    const rect = { x: tx * TILE_PX, y: ty * TILE_PX, w: TILE_PX, h: TILE_PX }
    const { data } = this.#store.labels.readRegion(plane, rect, level)
    return { ...hashed(bytesOf(data), String(revision)), revision }
  }

  #prediction(
    id: string,
    imageId: number,
    z: number,
    t: number,
    level: number,
    tx: number,
    ty: number,
  ): Tile | undefined {
    const planes = this.#store.predictions.planesOf(id)
    const plane = planes.find((of) => of.imageId === imageId && of.z === z && of.t === t)
    if (!plane) return undefined
    const file = this.#at(path.join(this.#store.predictions.folderOf(id), plane.file))
    const pixels = reducedTile(file, level, tx, ty)
    return pixels && hashed(asShares(pixels.data))
  }

  #preview(run: string, part: string): Tile | undefined {
    const found = readPreview(this.#store, run, part)
    return found && hashed(found)
  }

  async #thumbnail(imageId: number): Promise<Tile> {
    const image = this.#store.images.get(imageId)
    const key = `${image.sha256}-${image.series}`
    let bytes = this.#thumbnails.get(key)
    if (!bytes) {
      bytes = thumbnailPng(await this.pixels(image))
      this.#thumbnails.set(key, bytes)
      if (this.#thumbnails.size > MOST_THUMBNAILS) this.#thumbnails.delete(this.#thumbnails.keys().next().value!)
    }
    return { bytes, contentType: 'image/png', tag: `thumbnail-${key}` }
  }

  /** Open files, the one used last at the end; the longest unused is closed. */
  #at(file: string): PixelFile {
    const known = this.#open.get(file)
    this.#open.delete(file)
    const opened = known ?? PixelFile.open(file)
    this.#open.set(file, opened)
    if (this.#open.size > MOST_OPEN) this.#close(this.#open.keys().next().value!)
    return opened
  }

  #close(file: string): void {
    this.#open.get(file)?.close()
    this.#open.delete(file)
  }
}

/** One tile padded with zeros, or undefined where the file has none. */
function tileOf(file: PixelFile, z: number, t: number, level: number, tx: number, ty: number): Pixels | undefined {
  const { levels, channels, sampleType } = file.header
  if (level >= levels || z >= file.header.z || t >= file.header.t) return undefined
  const { width, height } = file.levelSize(level)
  const wanted = { x: tx * TILE_PX, y: ty * TILE_PX, w: TILE_PX, h: TILE_PX }
  const rect = intersect(wanted, { x: 0, y: 0, w: width, h: height })
  if (rect.w === 0 || rect.h === 0) return undefined
  const part = file.readRegion({ z, t, level, rect })
  if (rect.w === TILE_PX && rect.h === TILE_PX) return part
  const data = allocateSamples(sampleType, channels * TILE_PX * TILE_PX)
  for (let row = 0; row < channels * rect.h; row++) {
    const to = (Math.floor(row / rect.h) * TILE_PX + (row % rect.h)) * TILE_PX
    data.set(part.data.subarray(row * rect.w, (row + 1) * rect.w), to)
  }
  return { width: TILE_PX, height: TILE_PX, channels, data }
}

/** The same from a file without this level: every 2^n-th pixel, for predictions that commands have written. */
function reducedTile(file: PixelFile, level: number, tx: number, ty: number): Pixels | undefined {
  if (level < file.header.levels) return tileOf(file, 0, 0, level, tx, ty)
  const size = levelSize(file.header, Math.min(level, 31))
  if (level > 31 || tx * TILE_PX >= size.width || ty * TILE_PX >= size.height) return undefined
  const from = file.header.levels - 1
  const { width, height } = file.levelSize(from)
  const step = 2 ** (level - from)
  const { channels } = file.header
  const data = allocateSamples(file.header.sampleType, channels * TILE_PX * TILE_PX)
  for (let y = 0; y < TILE_PX && ty * TILE_PX + y < size.height; y++) {
    const row = Math.min((ty * TILE_PX + y) * step + (step >> 1), height - 1)
    const x = tx * TILE_PX * step
    const w = Math.min(TILE_PX * step, width - x)
    const line = file.readRegion({ z: 0, t: 0, level: from, rect: { x, y: row, w, h: 1 } }).data
    for (let channel = 0; channel < channels; channel++) {
      for (let column = 0; column < TILE_PX && tx * TILE_PX + column < size.width; column++) {
        const at = Math.min(column * step + (step >> 1), w - 1)
        data[(channel * TILE_PX + y) * TILE_PX + column] = line[channel * w + at]!
      }
    }
  }
  return { width: TILE_PX, height: TILE_PX, channels, data }
}

/** As they lie in memory: all machines that run Node are little endian. */
const bytesOf = (data: Samples): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const octets = (bytes: Uint8Array, tag: string): Tile => ({ bytes, contentType: 'application/octet-stream', tag })

/** Tagged by what it is: a copy of a project has the numbers of the other, and means something else by them. */
const hashed = (bytes: Uint8Array, more = ''): Tile => octets(bytes, `${hash('sha1', bytes)}-${more}`)

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

type Numbers<N extends number, Found extends number[] = []> = Found['length'] extends N
  ? Found
  : Numbers<N, [...Found, number]>

/** Numbers of an address; what is none becomes one that no plane or level has. */
const wholes = <N extends number>(parts: readonly string[]): Numbers<N> =>
  parts.map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : Number.MAX_SAFE_INTEGER)) as Numbers<N>
