/** Bytes of a file at any offset; nothing outside the file is ever read. */
import * as fs from 'node:fs'
import { DamagedData } from './decode-failure.ts'

export class ByteSource {
  readonly #descriptor: number
  /** Length of the file in bytes. */
  readonly size: number

  /** Errors: the operating system's. */
  constructor(path: string) {
    this.#descriptor = fs.openSync(path, 'r')
    try {
      this.size = fs.fstatSync(this.#descriptor).size
    } catch (error) {
      fs.closeSync(this.#descriptor)
      throw error
    }
  }

  /** `length` bytes from `offset`, aligned for any sample type; DamagedData when the file ends before. */
  read(offset: number, length: number): Buffer<ArrayBuffer> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) throw new DamagedData('it is cut short')
    const bytes = Buffer.from(new ArrayBuffer(length))
    for (let done = 0; done < length; ) {
      const count = fs.readSync(this.#descriptor, bytes, done, length - done, offset + done)
      if (count === 0) throw new DamagedData('it is cut short')
      done += count
    }
    return bytes
  }

  /** What there is of `length` bytes from the start. */
  start(length: number): Buffer {
    return this.read(0, Math.min(length, this.size))
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }
}
