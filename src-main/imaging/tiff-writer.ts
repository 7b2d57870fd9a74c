/**
 * Writes label maps and probabilities as TIFF, a band of rows at a time: deflate strips, one page per channel of each
 * plane, BigTIFF when it could pass 4 GB. TIFF 6.0 (Adobe 1992) with Adobe's deflate (1995); axes and pixel size are
 * described as ImageJ does, which ImageJ, QuPath (Bio-Formats) and tifffile all read.
 */
import * as fs from 'node:fs'
import * as path from 'node:path'
import { deflateSync } from 'node:zlib'
import {
  allocateSamples,
  BYTES_PER_SAMPLE,
  type Samples,
  type SampleType,
  sampleTypeOf,
} from '../../src-shared/pixels.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import { commitTemporary, temporaryIn, writeFully } from '../files/durable.ts'
import { asWriteError } from '../files/file-errors.ts'
import { encodeDirectory, type NewTag, tag } from './tiff-directory-writer.ts'

/** Uncompressed bytes of a strip: small enough to stream, large enough to compress well. */
const STRIP_BYTES = 262144
/** Below this nothing in the file can pass the 32-bit offsets of classic TIFF, even if deflate gains nothing. */
const LARGEST_CLASSIC_BYTES = 4_000_000_000

/** What the file will hold. Planes are written in the order t, z, channel, the last one fastest. */
export interface NewTiff {
  width: number
  height: number
  sampleType: SampleType
  channels?: number
  z?: number
  t?: number
  pixelSizeUm?: PixelSizeUm
  /** Forces BigTIFF; chosen by size when left out. */
  isBig?: boolean
}

export class TiffWriter {
  readonly #plan: Required<Omit<NewTiff, 'pixelSizeUm'>> & Pick<NewTiff, 'pixelSizeUm'>
  readonly #path: string
  readonly #temporary: string
  readonly #descriptor: number
  readonly #rowsPerStrip: number
  #end: number
  #nextPointer: number
  #planesDone = 0
  #rowsDone = 0
  #strip: Samples
  #stripRows = 0
  #offsets: number[] = []
  #byteCounts: number[] = []
  #isOpen = true

  /**
   * Starts a file under a temporary name beside `filePath`; `close` renames it. Errors here and in all methods:
   * 'disk-full', 'not-writable'.
   */
  static create(filePath: string, plan: NewTiff): TiffWriter {
    return new TiffWriter(filePath, plan)
  }

  private constructor(filePath: string, plan: NewTiff) {
    const { width, height, sampleType, channels = 1, z = 1, t = 1 } = plan
    for (const count of [width, height, channels, z, t]) {
      if (!Number.isInteger(count) || count < 1) throw new RangeError(`a TIFF cannot have a size of ${count}`)
    }
    const rowBytes = width * BYTES_PER_SAMPLE[sampleType]
    const isBig = plan.isBig ?? rowBytes * height * channels * z * t > LARGEST_CLASSIC_BYTES
    this.#plan = { width, height, sampleType, channels, z, t, isBig, pixelSizeUm: plan.pixelSizeUm }
    this.#rowsPerStrip = Math.min(height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)))
    this.#strip = allocateSamples(sampleType, this.#rowsPerStrip * width)
    this.#path = filePath
    this.#temporary = temporaryIn(path.dirname(filePath))
    try {
      this.#descriptor = fs.openSync(this.#temporary, 'w')
    } catch (error) {
      throw asWriteError(error, filePath)
    }
    const header = isBig
      ? Buffer.from('49492b000800000000000000' + '00000000', 'hex')
      : Buffer.from('49492a0000000000', 'hex')
    this.#end = 0
    this.#append(header)
    this.#nextPointer = isBig ? 8 : 4
  }

  /** Writes the whole next plane: `data[y * width + x]`. */
  writePlane(data: Samples): void {
    if (this.#rowsDone !== 0) throw new RangeError('the plane before is not complete')
    if (data.length !== this.#plan.width * this.#plan.height) throw new RangeError(`a plane of ${data.length} samples`)
    this.writeRows(data)
  }

  /** Writes the next whole rows of the plane under way: any number of them, in order. */
  writeRows(data: Samples): void {
    const { width, height, sampleType } = this.#plan
    if (sampleTypeOf(data) !== sampleType) throw new RangeError(`${sampleTypeOf(data)} rows for a ${sampleType} file`)
    const rows = data.length / width
    if (!Number.isInteger(rows) || this.#rowsDone + rows > height) throw new RangeError(`${rows} rows do not fit`)
    if (this.#planesDone === this.#planeCount) throw new RangeError('all planes have been written')
    for (let row = 0; row < rows; ) {
      const count = Math.min(rows - row, this.#rowsPerStrip - this.#stripRows)
      this.#strip.set(data.subarray(row * width, (row + count) * width), this.#stripRows * width)
      this.#stripRows += count
      this.#rowsDone += count
      row += count
      if (this.#stripRows === this.#rowsPerStrip || this.#rowsDone === height) this.#writeStrip()
    }
    if (this.#rowsDone === height) this.#finishPlane()
  }

  /** Completes the file and gives it its name; everything is on disk afterwards. All planes must have been written. */
  close(): void {
    if (!this.#isOpen) return
    if (this.#planesDone !== this.#planeCount) {
      this.abort()
      throw new Error(`only ${this.#planesDone} of ${this.#planeCount} planes were written`)
    }
    try {
      fs.fsyncSync(this.#descriptor)
      fs.closeSync(this.#descriptor)
      this.#isOpen = false
      commitTemporary(this.#temporary, this.#path)
    } catch (error) {
      throw asWriteError(error, this.#path)
    }
  }

  /** Gives up: nothing is left on disk, and a file that was there before is untouched. */
  abort(): void {
    if (this.#isOpen) fs.closeSync(this.#descriptor)
    this.#isOpen = false
    fs.rmSync(this.#temporary, { force: true })
  }

  get #planeCount(): number {
    return this.#plan.channels * this.#plan.z * this.#plan.t
  }

  #writeStrip(): void {
    const { buffer, byteOffset } = this.#strip
    const bytes = this.#stripRows * this.#plan.width * BYTES_PER_SAMPLE[this.#plan.sampleType]
    const compressed = deflateSync(new Uint8Array(buffer, byteOffset, bytes))
    this.#offsets.push(this.#append(compressed))
    this.#byteCounts.push(compressed.length)
    this.#stripRows = 0
  }

  #finishPlane(): void {
    this.#append(Buffer.alloc(this.#end % 8 === 0 ? 0 : 8 - (this.#end % 8))) // directories start at whole words
    const directory = encodeDirectory(this.#tags(), this.#end, this.#plan.isBig)
    const at = this.#append(directory.bytes)
    const pointer = Buffer.alloc(this.#plan.isBig ? 8 : 4)
    if (this.#plan.isBig) pointer.writeBigUInt64LE(BigInt(at))
    else pointer.writeUInt32LE(at)
    this.#write(pointer, this.#nextPointer)
    this.#nextPointer = at + directory.nextPointer
    this.#planesDone++
    this.#rowsDone = 0
    this.#offsets = []
    this.#byteCounts = []
  }

  #tags(): NewTag[] {
    const { width, height, sampleType, pixelSizeUm, isBig } = this.#plan
    const long = isBig ? 'long8' : 'long'
    const tags = [
      tag(256, 'long', [width]),
      tag(257, 'long', [height]),
      tag(258, 'short', [BYTES_PER_SAMPLE[sampleType] * 8]),
      tag(259, 'short', [8]), // Adobe deflate
      tag(262, 'short', [1]), // black is zero
      tag(273, long, this.#offsets),
      tag(277, 'short', [1]),
      tag(278, 'long', [this.#rowsPerStrip]),
      tag(279, long, this.#byteCounts),
      tag(305, 'ascii', 'Cellbrush'),
      tag(339, 'short', [sampleType.startsWith('float') ? 3 : sampleType.startsWith('int') ? 2 : 1]),
    ]
    if (this.#planesDone === 0) tags.push(tag(270, 'ascii', this.#description()))
    if (pixelSizeUm !== undefined) {
      tags.push(tag(282, 'rational', perMicrometre(pixelSizeUm.x)), tag(283, 'rational', perMicrometre(pixelSizeUm.y)))
      tags.push(tag(296, 'short', [1])) // the unit is in the description, as ImageJ wants it
    }
    return tags
  }

  /** ImageJ's description of axes and unit: lines of key=value, counts of one left out. */
  #description(): string {
    const { channels, z, t, pixelSizeUm } = this.#plan
    const lines = ['ImageJ=1.54f', `images=${this.#planeCount}`]
    if (channels > 1) lines.push(`channels=${channels}`)
    if (z > 1) lines.push(`slices=${z}`)
    if (t > 1) lines.push(`frames=${t}`)
    if (this.#planeCount > 1) lines.push('hyperstack=true', 'mode=grayscale')
    if (pixelSizeUm !== undefined) lines.push('unit=micron')
    if (pixelSizeUm?.z !== undefined) lines.push(`spacing=${pixelSizeUm.z}`)
    return `${lines.join('\n')}\nloop=false\n`
  }

  #append(bytes: Uint8Array): number {
    const at = this.#end
    this.#write(bytes, at)
    this.#end += bytes.length
    return at
  }

  #write(bytes: Uint8Array, position: number): void {
    try {
      writeFully(this.#descriptor, bytes, position)
    } catch (error) {
      this.abort()
      throw asWriteError(error, this.#path)
    }
  }
}

/** Pixels per micrometre as a fraction that gives the size back to a millionth of a micrometre. */
function perMicrometre(sizeUm: number): [number, number] {
  const scale = sizeUm < 4000 ? 1e6 : 1
  return [scale, Math.max(1, Math.min(0xffffffff, Math.round(sizeUm * scale)))]
}
