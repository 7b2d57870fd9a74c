/** An image file directory of a TIFF file as bytes: TIFF 6.0, section 2, and BigTIFF (AWare Systems 2007). */

const TYPES = {
  ascii: { code: 2, bytes: 1 },
  short: { code: 3, bytes: 2 },
  long: { code: 4, bytes: 4 },
  rational: { code: 5, bytes: 8 },
  long8: { code: 16, bytes: 8 },
} as const

/** One entry: its values already encoded. */
export interface NewTag {
  id: number
  code: number
  count: number
  value: Buffer
}

/** An entry of numbers; a rational is given as numerator and denominator, a text as a string. */
export function tag(id: number, type: keyof typeof TYPES, values: number[] | string): NewTag {
  const { code, bytes } = TYPES[type]
  if (typeof values === 'string') {
    const value = Buffer.from(`${values}\0`, 'latin1')
    return { id, code, count: value.length, value }
  }
  const count = type === 'rational' ? values.length / 2 : values.length
  const value = Buffer.alloc(count * bytes)
  for (const [index, number] of values.entries()) {
    if (type === 'short') value.writeUInt16LE(number, index * 2)
    else if (type === 'long8') value.writeBigUInt64LE(BigInt(number), index * 8)
    else value.writeUInt32LE(number, index * 4)
  }
  return { id, code, count, value }
}

/**
 * The directory's bytes if it stands at offset `at`: entries sorted by id, values that do not fit follow behind.
 * `nextPointer` is where, counted from its start, the offset of the next directory belongs (zero until then).
 */
export function encodeDirectory(tags: NewTag[], at: number, isBig: boolean): { bytes: Buffer; nextPointer: number } {
  const [countBytes, entryBytes, wordBytes] = isBig ? [8, 20, 8] : [2, 12, 4]
  const nextPointer = countBytes + tags.length * entryBytes
  const parts = [Buffer.alloc(nextPointer + wordBytes)]
  const head = parts[0]!
  if (isBig) head.writeBigUInt64LE(BigInt(tags.length), 0)
  else head.writeUInt16LE(tags.length, 0)
  let length = head.length
  const sorted = [...tags].sort((a, b) => a.id - b.id)
  for (const [index, { id, code, count, value }] of sorted.entries()) {
    const entry = countBytes + index * entryBytes
    head.writeUInt16LE(id, entry)
    head.writeUInt16LE(code, entry + 2)
    writeWord(head, count, entry + 4, isBig)
    if (value.length <= wordBytes) {
      value.copy(head, entry + 4 + wordBytes)
      continue
    }
    writeWord(head, at + length, entry + 4 + wordBytes, isBig)
    const padded = Buffer.alloc(value.length + (value.length % 2)) // offsets must be even
    value.copy(padded)
    parts.push(padded)
    length += padded.length
  }
  return { bytes: Buffer.concat(parts), nextPointer }
}

function writeWord(buffer: Buffer, value: number, at: number, isBig: boolean): void {
  if (isBig) buffer.writeBigUInt64LE(BigInt(value), at)
  else buffer.writeUInt32LE(value, at)
}
