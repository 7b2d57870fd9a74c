/**
 * Writes a grey PNG (W3C Recommendation, third edition) some rows at a time, compressed by a thread: nothing as large as
 * the image is held. Rows are not filtered: labels are flat, and what is flat deflates well as it is.
 */
import * as fs from 'node:fs'
import * as path from 'node:path'
import { crc32, createDeflate, type Deflate } from 'node:zlib'
import { commitTemporary, temporaryIn, writeFully } from '../files/durable.ts'
import { asWriteError } from '../files/file-errors.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

export interface NewPng {
  width: number
  height: number
  depth: 8 | 16
}

export class PngWriter {
  /** Where the file will be. */
  readonly path: string
  readonly #plan: NewPng
  readonly #temporary: string
  readonly #descriptor: number
  readonly #deflate: Deflate
  #rowsDone = 0
  #isOpen = true
  #failure: unknown

  /** Starts a file under a temporary name beside `filePath`. Errors here and in all methods: 'disk-full', 'not-writable'. */
  static create(filePath: string, plan: NewPng): PngWriter {
    return new PngWriter(filePath, plan)
  }

  private constructor(filePath: string, plan: NewPng) {
    this.path = filePath
    this.#plan = plan
    this.#temporary = temporaryIn(path.dirname(filePath))
    try {
      this.#descriptor = fs.openSync(this.#temporary, 'wx')
    } catch (error) {
      throw asWriteError(error, filePath)
    }
    this.#deflate = createDeflate()
    this.#deflate.on('data', (bytes: Buffer) => this.#writeData(bytes))
    this.#write(SIGNATURE)
    this.#write(chunk('IHDR', headerOf(plan)))
    this.#throwFailure()
  }

  /** Writes the next whole rows, which fit into the depth. */
  async writeRows(values: Uint8Array | Uint16Array | Uint32Array): Promise<void> {
    const { width, height, depth } = this.#plan
    const rows = values.length / width
    if (!Number.isInteger(rows) || this.#rowsDone + rows > height) throw new RangeError(`${rows} rows do not fit`)
    this.#rowsDone += rows
    const bytes = rowBytes(values, width, depth)
    await new Promise<void>((resolve, reject) =>
      this.#deflate.write(bytes, (error) => (error ? reject(error) : resolve())),
    )
    this.#throwFailure()
  }

  /** Completes the file, which is on disk afterwards, and has its name only when it is committed. */
  async finish(): Promise<void> {
    if (this.#rowsDone !== this.#plan.height) throw new Error(`only ${this.#rowsDone} rows were written`)
    await new Promise<void>((resolve) => this.#deflate.once('end', resolve).end())
    this.#write(chunk('IEND', Buffer.alloc(0)))
    this.#throwFailure()
    try {
      fs.fsyncSync(this.#descriptor)
    } catch (error) {
      throw asWriteError(error, this.path)
    }
    this.#close()
  }

  /** Gives the finished file its name. */
  commit(): void {
    commitTemporary(this.#temporary, this.path)
  }

  /** Gives up what was not committed: nothing is left on disk, and a file that was there before is untouched. */
  abort(): void {
    this.#deflate.destroy()
    this.#close()
    fs.rmSync(this.#temporary, { force: true })
  }

  #close(): void {
    if (this.#isOpen) fs.closeSync(this.#descriptor)
    this.#isOpen = false
  }

  #writeData(bytes: Buffer): void {
    this.#write(chunk('IDAT', bytes))
  }

  /** A failure is kept for who writes: some of this runs in an event of the compressor. */
  #write(bytes: Buffer): void {
    if (!this.#isOpen || this.#failure !== undefined) return
    try {
      writeFully(this.#descriptor, bytes)
    } catch (error) {
      this.#failure = asWriteError(error, this.path)
    }
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    this.abort()
    throw this.#failure
  }
}

/** Grey, one sample a pixel, not interlaced. */
function headerOf({ width, height, depth }: NewPng): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(depth, 8)
  return header
}

function chunk(type: string, content: Buffer): Buffer {
  const whole = Buffer.alloc(content.length + 12)
  whole.writeUInt32BE(content.length, 0)
  whole.write(type, 4, 'latin1')
  content.copy(whole, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, content.length + 8)), content.length + 8)
  return whole
}

/** Each row after the number of its filter, 0 for none; 16 bits with the high byte first. */
function rowBytes(values: Uint8Array | Uint16Array | Uint32Array, width: number, depth: 8 | 16): Buffer {
  const size = 1 + (width * depth) / 8
  const bytes = Buffer.alloc((values.length / width) * size)
  for (let from = 0, to = 0; from < values.length; from += width, to += size) {
    for (let column = 0; column < width; column++) {
      const value = values[from + column]!
      if (depth === 8) bytes[to + 1 + column] = value
      else {
        bytes[to + 1 + 2 * column] = value >> 8
        bytes[to + 2 + 2 * column] = value
      }
    }
  }
  return bytes
}
