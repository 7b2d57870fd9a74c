/** PackBits: TIFF 6.0, section 9. */
import { DamagedData } from '../decode-failure.ts'

/** The first `length` decoded bytes. */
export function unpackBits(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const decoded = new Uint8Array(length)
  let from = 0
  let to = 0
  while (to < length) {
    if (from >= bytes.length) throw new DamagedData('its PackBits data ends early')
    const header = bytes[from++]!
    if (header === 128) continue // no operation
    if (header < 128) {
      const part = bytes.subarray(from, Math.min(from + header + 1, from + length - to))
      if (part.length === 0) throw new DamagedData('its PackBits data ends early')
      decoded.set(part, to)
      from += header + 1
      to += part.length
    } else {
      if (from >= bytes.length) throw new DamagedData('its PackBits data ends early')
      const end = Math.min(length, to + 257 - header)
      decoded.fill(bytes[from++]!, to, end)
      to = end
    }
  }
  return decoded
}
