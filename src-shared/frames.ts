/**
 * Frames between host and engine (docs/architecture.md): uint32 little-endian length, then that many bytes of UTF-8
 * JSON. Pixels never travel here, only file names and numbers, so a frame is small.
 */
import type { WireError } from './engine-api.ts'

/** More than any answer needs; a longer announcement means that the stream is not frames. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** Host to engine. */
export type RequestFrame = { id: number; method: string; params: unknown } | { id: number; abort: true }

/** Engine to host. */
export type AnswerFrame =
  | { ready: true }
  | { id: number; event: unknown }
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: WireError }

/** The stream cannot be trusted any more; whoever reads it closes it. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/**
 * One message as bytes ready to be written.
 * @throws FrameError when the JSON is longer than MAX_FRAME_BYTES
 */
export function encodeFrame(message: RequestFrame | AnswerFrame): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(message))
  if (json.length > MAX_FRAME_BYTES) throw new FrameError(`a message of ${json.length} bytes is too long for a frame`)
  const frame = new Uint8Array(4 + json.length)
  new DataView(frame.buffer).setUint32(0, json.length, true)
  frame.set(json, 4)
  return frame
}

/** Puts frames together from chunks of any size; after an error it answers nothing more. */
export class FrameReader {
  #chunks: Uint8Array[] = []
  #held = 0
  #isBroken = false

  /**
   * The objects completed by this chunk, in order.
   * @throws FrameError when a length or a body is not what a frame holds
   */
  push(chunk: Uint8Array): object[] {
    if (this.#isBroken) return []
    this.#chunks.push(chunk)
    this.#held += chunk.length
    const messages: object[] = []
    try {
      for (let body = this.#take(); body; body = this.#take()) messages.push(parseBody(body))
    } catch (error) {
      this.#isBroken = true
      this.#chunks = []
      throw error
    }
    return messages
  }

  /** True between two frames: the place where a stream may end. */
  get isAtBoundary(): boolean {
    return this.#held === 0
  }

  /** The next whole body, or nothing until more bytes have come. */
  #take(): Uint8Array | undefined {
    if (this.#held < 4) return undefined
    const head = this.#peek(4)
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true)
    if (length === 0 || length > MAX_FRAME_BYTES) throw new FrameError(`a frame of ${length} bytes was announced`)
    if (this.#held < 4 + length) return undefined
    const all = this.#peek(this.#held) // copies only when several chunks are waiting
    this.#held -= 4 + length
    this.#chunks = this.#held > 0 ? [all.subarray(4 + length)] : []
    return all.subarray(4, 4 + length)
  }

  /** At least `count` bytes in one piece, at the head of the queue. */
  #peek(count: number): Uint8Array {
    const first = this.#chunks[0]!
    if (first.length >= count) return first
    const joined = new Uint8Array(count)
    let filled = 0
    while (filled < count) {
      const next = this.#chunks.shift()!
      const part = next.subarray(0, count - filled)
      joined.set(part, filled)
      filled += part.length
      if (part.length < next.length) this.#chunks.unshift(next.subarray(part.length))
    }
    this.#chunks.unshift(joined)
    return joined
  }
}

function parseBody(body: Uint8Array): object {
  let message: unknown
  try {
    message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new FrameError('a frame is not JSON', { cause })
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new FrameError('a frame is not a JSON object')
  }
  return message
}
