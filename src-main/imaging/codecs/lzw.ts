/** LZW as TIFF 6.0, section 13, has it: codes of 9 to 12 bits, most significant bit first, widened one code early. */
import { DamagedData, UnsupportedData } from '../decode-failure.ts'

const CLEAR = 256
const END = 257
const FIRST_FREE = 258
const MOST_CODES = 4096

/** The first `length` decoded bytes. */
export function decodeLzw(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length > 1 && bytes[0] === 0 && (bytes[1]! & 1) === 1) {
    throw new UnsupportedData('a TIFF with the LZW of before 1988 (least significant bit first)')
  }
  const decoded = new Uint8Array(length)
  // A code's text is the text of its prefix and one byte more; it has already been written once, so a place suffices.
  const starts = new Uint32Array(MOST_CODES)
  const lengths = new Uint32Array(MOST_CODES)
  let next = FIRST_FREE
  let width = 9
  let previous = -1
  let bits = 0
  let bitCount = 0
  let from = 0
  let to = 0
  while (to < length) {
    while (bitCount < width) {
      if (from >= bytes.length) throw new DamagedData('its LZW data ends early')
      bits = ((bits << 8) | bytes[from++]!) & 0xffffff
      bitCount += 8
    }
    const code = (bits >> (bitCount - width)) & ((1 << width) - 1)
    bitCount -= width
    if (code === END) throw new DamagedData('its LZW data ends early')
    if (code === CLEAR) {
      next = FIRST_FREE
      width = 9
      previous = -1
      continue
    }
    if (code > next || (code >= next && previous < 0)) throw new DamagedData('its LZW data is damaged')
    const start = to
    if (code < CLEAR) {
      decoded[to++] = code
    } else {
      // The newest code is the text before and its own first byte: reading on from where it starts gives just that.
      const count = Math.min(code === next ? lengthOf(previous) + 1 : lengths[code]!, length - to)
      const source = code === next ? start - lengthOf(previous) : starts[code]!
      for (let i = 0; i < count; i++) decoded[to++] = decoded[source + i]!
    }
    if (previous >= 0 && next < MOST_CODES) {
      starts[next] = start - lengthOf(previous)
      lengths[next] = lengthOf(previous) + 1
      next++
      if (next >= (1 << width) - 1 && width < 12) width++
    }
    previous = code
  }
  return decoded

  function lengthOf(code: number): number {
    return code < CLEAR ? 1 : lengths[code]!
  }
}
