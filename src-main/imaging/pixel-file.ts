/**
 * Random access to any rectangle of any plane of an image, a label map or a prediction, without holding it in memory.
 * The layout is in docs/architecture.md, "Pixel file". Everything here is synchronous.
 */
import * as fs from 'node:fs'
import * as v from 'valibot'
import { allocateSamples, BYTES_PER_SAMPLE, type Pixels, type Samples, sampleTypeOf } from '../../src-shared/pixels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { writeFully } from '../files/durable.ts'
import { asReadError, asWriteError } from '../files/file-errors.ts'
import { halve, type Reduction } from './halve.ts'
import {
  damaged,
  encodeHeader,
  headerSchema,
  type LevelLayout,
  layOut,
  levelSize,
  type NewPixelFile,
  type PixelFileHeader,
  readHeader,
  TILE_PX,
} from './pixel-file-layout.ts'

export { levelSize, type NewPixelFile, type PixelFileHeader, scaledLevels, TILE_PX } from './pixel-file-layout.ts'

/** Which plane, counted from 0, at which level (0, the full size, when left out). */
export interface PlaneAt {
  z: number
  t: number
  level?: number
}

/** The bytes of one tile, where they lie, and the part of it that a region touches. */
interface TilePart {
  offset: number
  /** In pixels of the plane. */
  part: Rect
  /** Upper left pixel of the tile in the plane. */
  x: number
  y: number
}

export class PixelFile {
  readonly path: string
  readonly header: Readonly<PixelFileHeader>
  readonly #descriptor: number
  readonly #levels: LevelLayout[]
  readonly #dataOffset: number
  readonly #tileBytes: number
  readonly #planeBytes: number
  #isOpen = true

  private constructor(path: string, descriptor: number, header: PixelFileHeader, dataOffset: number) {
    this.path = path
    this.header = header
    this.#descriptor = descriptor
    this.#dataOffset = dataOffset
    this.#tileBytes = header.channels * TILE_PX * TILE_PX * BYTES_PER_SAMPLE[header.sampleType]
    this.#levels = layOut(header, this.#tileBytes)
    const last = this.#levels.at(-1)!
    this.#planeBytes = last.offset + last.tilesX * last.tilesY * this.#tileBytes
  }

  /**
   * A new file full of zeros. What stood at `path` is unlinked first, never overwritten: a run folder may hold a hard
   * link to it. Errors: 'disk-full', 'not-writable'.
   */
  static create(path: string, wanted: NewPixelFile): PixelFile {
    const header = v.parse(headerSchema, { format: 1, tile: TILE_PX, z: 1, t: 1, levels: 1, ...wanted })
    const start = encodeHeader(header)
    try {
      fs.rmSync(path, { force: true })
      const descriptor = fs.openSync(path, 'wx+')
      try {
        const file = new PixelFile(path, descriptor, header, start.length)
        fs.ftruncateSync(descriptor, file.byteLength)
        fs.writeSync(descriptor, start, 0, start.length, 0)
        return file
      } catch (error) {
        fs.closeSync(descriptor)
        throw error
      }
    } catch (error) {
      throw asWriteError(error, path)
    }
  }

  /** Opens a file, for reading unless `isWritable`. Errors: 'file-missing', 'image-unreadable', 'not-writable'. */
  static open(path: string, { isWritable = false }: { isWritable?: boolean } = {}): PixelFile {
    let descriptor: number
    try {
      descriptor = fs.openSync(path, isWritable ? 'r+' : 'r')
    } catch (error) {
      const isForbidden = isWritable && (error as NodeJS.ErrnoException).code !== 'ENOENT'
      throw isForbidden ? asWriteError(error, path) : asReadError(error, path)
    }
    try {
      const { header, dataOffset } = readHeader(descriptor, path)
      const file = new PixelFile(path, descriptor, header, dataOffset)
      if (fs.fstatSync(descriptor).size < file.byteLength) throw damaged(path, 'it is shorter than its header says')
      return file
    } catch (error) {
      fs.closeSync(descriptor)
      throw asReadError(error, path)
    }
  }

  /** Size of the whole file; on disk it may take less, unwritten tiles take no room. */
  get byteLength(): number {
    return this.#dataOffset + this.header.t * this.header.z * this.#planeBytes
  }

  /** Width and height of a level in pixels. */
  levelSize(level = 0): { width: number; height: number } {
    return levelSize(this.header, level)
  }

  /**
   * The pixels of `rect`, which must lie inside the plane at that level; `channels` picks and orders channels (all of
   * them when left out). A bug in the caller throws a RangeError.
   */
  readRegion({ rect, channels, ...at }: PlaneAt & { rect: Rect; channels?: number[] }): Pixels {
    const wanted = channels ?? Array.from({ length: this.header.channels }, (_, channel) => channel)
    for (const channel of wanted) this.#check(channel, this.header.channels, 'channel')
    const data = allocateSamples(this.header.sampleType, wanted.length * rect.w * rect.h)
    for (const tile of this.#tilesUnder(at, rect)) {
      const rows = allocateSamples(this.header.sampleType, tile.part.h * TILE_PX)
      for (const [place, channel] of wanted.entries()) {
        this.#readFully(rows, this.#rowsOffset(tile, channel))
        for (let row = 0; row < tile.part.h; row++) {
          const from = row * TILE_PX + tile.part.x - tile.x
          const to = (place * rect.h + tile.part.y - rect.y + row) * rect.w + tile.part.x - rect.x
          data.set(rows.subarray(from, from + tile.part.w), to)
        }
      }
    }
    return { width: rect.w, height: rect.h, channels: wanted.length, data }
  }

  /**
   * Writes a rectangle whose upper left pixel is (x, y); the samples must have the file's type. All channels, or as many
   * as `pixels` has from `firstChannel` on.
   */
  writeRegion(
    { x, y, firstChannel, ...at }: PlaneAt & { x: number; y: number; firstChannel?: number },
    pixels: Pixels,
  ): void {
    const { width: w, height: h, channels, data } = pixels
    const isAll = firstChannel === undefined && channels === this.header.channels
    const first = firstChannel ?? 0
    if (!isAll && (firstChannel === undefined || first < 0 || first + channels > this.header.channels)) {
      throw new RangeError(`${channels} channels for a file of ${this.header.channels}`)
    }
    if (sampleTypeOf(data) !== this.header.sampleType || data.length !== channels * w * h) {
      throw new RangeError(`${data.length} samples of another type or count than the region`)
    }
    const { width } = this.levelSize(at.level)
    for (const tile of this.#tilesUnder(at, { x, y, w, h })) {
      // The padding beside an edge tile is zero anyway, so a part that reaches the edge needs no reading first.
      const isWhole = tile.part.x === tile.x && tile.part.w === Math.min(TILE_PX, width - tile.x)
      for (let channel = 0; channel < channels; channel++) {
        const rows = allocateSamples(this.header.sampleType, tile.part.h * TILE_PX)
        const offset = this.#rowsOffset(tile, first + channel)
        if (!isWhole) this.#readFully(rows, offset)
        for (let row = 0; row < tile.part.h; row++) {
          const from = (channel * h + tile.part.y - y + row) * w + tile.part.x - x
          rows.set(data.subarray(from, from + tile.part.w), row * TILE_PX + tile.part.x - tile.x)
        }
        this.#writeFully(rows, offset)
      }
    }
  }

  /**
   * Fills level 1 and up from level 0: 'mean' for images (NaN ignored, integers rounded), 'nearest' for labels (the
   * upper left of four, so that no new value appears).
   */
  buildLevels(reduction: Reduction = 'mean'): void {
    const { z, t, levels } = this.header
    for (let time = 0; time < t; time++) {
      for (let slice = 0; slice < z; slice++) {
        for (let level = 1; level < levels; level++) this.#buildLevel({ z: slice, t: time, level }, reduction)
      }
    }
  }

  /** Waits until all writes are on disk. */
  sync(): void {
    try {
      fs.fsyncSync(this.#descriptor)
    } catch (error) {
      throw asWriteError(error, this.path)
    }
  }

  /** Ends the use of this object; closing twice is fine. */
  close(): void {
    if (this.#isOpen) fs.closeSync(this.#descriptor)
    this.#isOpen = false
  }

  #buildLevel(at: { z: number; t: number; level: number }, reduction: Reduction): void {
    const above = this.levelSize(at.level - 1)
    const { width, height } = this.levelSize(at.level)
    for (let y = 0; y < height; y += TILE_PX) {
      for (let x = 0; x < width; x += TILE_PX) {
        const rect = intersect(
          { x: 2 * x, y: 2 * y, w: 2 * TILE_PX, h: 2 * TILE_PX },
          { x: 0, y: 0, w: above.width, h: above.height },
        )
        this.writeRegion({ ...at, x, y }, halve(this.readRegion({ ...at, level: at.level - 1, rect }), reduction))
      }
    }
  }

  *#tilesUnder({ z, t, level = 0 }: PlaneAt, rect: Rect): Generator<TilePart> {
    this.#check(z, this.header.z, 'z')
    this.#check(t, this.header.t, 't')
    this.#check(level, this.header.levels, 'level')
    const { width, height, tilesX, offset } = this.#levels[level]!
    const numbers = [rect.x, rect.y, rect.w, rect.h]
    const isInside = rect.x >= 0 && rect.y >= 0 && rect.x + rect.w <= width && rect.y + rect.h <= height
    if (!isInside || rect.w < 1 || rect.h < 1 || !numbers.every(Number.isInteger)) {
      throw new RangeError(`rectangle ${numbers} is not inside the plane of ${width} x ${height}`)
    }
    const start = this.#dataOffset + (t * this.header.z + z) * this.#planeBytes + offset
    for (let row = Math.floor(rect.y / TILE_PX); row * TILE_PX < rect.y + rect.h; row++) {
      for (let column = Math.floor(rect.x / TILE_PX); column * TILE_PX < rect.x + rect.w; column++) {
        const [x, y] = [column * TILE_PX, row * TILE_PX]
        const part = intersect(rect, { x, y, w: TILE_PX, h: TILE_PX })
        yield { offset: start + (row * tilesX + column) * this.#tileBytes, part, x, y }
      }
    }
  }

  #check(value: number, count: number, name: string): void {
    if (!Number.isInteger(value) || value < 0 || value >= count) {
      throw new RangeError(`${name} ${value} is not one of ${count}`)
    }
  }

  /** File offset of the first of the tile's rows that `part` touches, in one channel. */
  #rowsOffset({ offset, part, y }: TilePart, channel: number): number {
    return offset + (channel * TILE_PX + part.y - y) * TILE_PX * BYTES_PER_SAMPLE[this.header.sampleType]
  }

  #readFully(samples: Samples, position: number): void {
    const bytes = bytesOf(samples)
    let done = 0
    try {
      while (done < bytes.length) {
        const count = fs.readSync(this.#descriptor, bytes, done, bytes.length - done, position + done)
        if (count === 0) throw damaged(this.path, 'it ends early')
        done += count
      }
    } catch (error) {
      throw asReadError(error, this.path)
    }
  }

  #writeFully(samples: Samples, position: number): void {
    try {
      writeFully(this.#descriptor, bytesOf(samples), position)
    } catch (error) {
      throw asWriteError(error, this.path)
    }
  }
}

/** Samples lie in the file as in memory: all machines Node runs on here are little endian. */
const bytesOf = (samples: Samples): Uint8Array => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
