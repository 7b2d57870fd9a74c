/**
 * Bilevel fax compression: ITU-T T.4 (Group 3, one- and two-dimensional), T.6 (Group 4), and TIFF's modified Huffman.
 * A decoded bit is 0 for white and 1 for black, eight to a byte, rows padded to whole bytes.
 */
import { DamagedData } from '../decode-failure.ts'
import { BLACK_RUNS, MODES, type Mode, WHITE_RUNS } from './ccitt-codes.ts'

export interface FaxOptions {
  width: number
  height: number
  /** 'huffman': TIFF compression 2, 'group3': 3, 'group4': 4. */
  kind: 'huffman' | 'group3' | 'group4'
  /** Bit 0 of TIFF's T4Options: lines after the first may refer to the line before. */
  isTwoDimensional?: boolean
}

const LONGEST_CODE = 13
const END_OF_LINE_BITS = 12

class BitReader {
  readonly #bytes: Uint8Array
  position = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }
  /** The next `count` bits without moving; zeros follow the end. */
  peek(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) {
      const at = this.position + i
      value = (value << 1) | (((this.#bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1)
    }
    return value
  }
  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length * 8
  }
  /** Moves behind the code of `table` that stands here and gives its meaning. */
  code<Value>(table: Map<string, Value>): Value | undefined {
    let bits = ''
    for (let length = 1; length <= LONGEST_CODE; length++) {
      bits = this.peek(length).toString(2).padStart(length, '0')
      const value = table.get(bits)
      if (value !== undefined) {
        this.position += length
        return value
      }
    }
    return undefined
  }
}

/** The rows of a fax strip, packed. DamagedData where the codes make no sense. */
export function decodeFax(bytes: Uint8Array, options: FaxOptions): Uint8Array<ArrayBuffer> {
  const { width, height, kind } = options
  const rowBytes = Math.ceil(width / 8)
  const decoded = new Uint8Array(rowBytes * height)
  const reader = new BitReader(bytes)
  let changes: number[] = [] // where the colour changes in the row before, starting with black
  for (let row = 0; row < height; row++) {
    if (reader.isAtEnd) throw new DamagedData('its fax data ends early')
    let refersBack = kind === 'group4'
    if (kind === 'group3') {
      skipEndOfLine(reader)
      if (options.isTwoDimensional === true) refersBack = reader.peek(1) === 0
      if (options.isTwoDimensional === true) reader.position++
    }
    changes = withoutEmptyRuns(refersBack ? decodeTwoDimensional(reader, changes, width) : decodeRuns(reader, width))
    paint(decoded, row * rowBytes, changes, width)
    if (kind === 'huffman') reader.position = Math.ceil(reader.position / 8) * 8
  }
  return decoded
}

/** Two changes at one place are none; the next row must not take them for one. */
function withoutEmptyRuns(changes: number[]): number[] {
  const kept: number[] = []
  for (const change of changes) {
    if (kept.at(-1) === change) kept.pop()
    else kept.push(change)
  }
  return kept
}

/** An end-of-line code is eleven or more zeros and a one; fill bits before it are zeros too. */
function skipEndOfLine(reader: BitReader): void {
  if (reader.peek(END_OF_LINE_BITS - 1) !== 0) return
  const start = reader.position
  reader.position += END_OF_LINE_BITS - 1
  while (!reader.isAtEnd && reader.peek(1) === 0) reader.position++
  if (reader.isAtEnd) reader.position = start
  else reader.position++
}

function decodeRuns(reader: BitReader, width: number): number[] {
  const changes: number[] = []
  let x = 0
  let isBlack = false
  while (x < width) {
    x += runLength(reader, isBlack)
    if (x > width) throw new DamagedData('its fax data is damaged')
    changes.push(x)
    isBlack = !isBlack
  }
  return changes
}

/** Make-up codes (multiples of 64) add up until a terminating code (0 to 63). */
function runLength(reader: BitReader, isBlack: boolean): number {
  let length = 0
  for (;;) {
    const part = reader.code(isBlack ? BLACK_RUNS : WHITE_RUNS)
    if (part === undefined) throw new DamagedData('its fax data is damaged')
    length += part
    if (part < 64) return length
  }
}

/** T.4, 4.2: the changes of this row relative to `reference`, those of the row before. */
function decodeTwoDimensional(reader: BitReader, reference: number[], width: number): number[] {
  const changes: number[] = []
  let a0 = -1
  let isBlack = false
  while (a0 < width) {
    const mode: Mode | undefined = reader.code(MODES)
    if (mode === undefined) throw new DamagedData('its fax data is damaged')
    const [b1, b2] = referenceChanges(reference, a0, isBlack, width)
    if (mode === 'pass') {
      a0 = b2
    } else if (mode === 'horizontal') {
      const first = Math.max(a0, 0) + runLength(reader, isBlack)
      const second = first + runLength(reader, !isBlack)
      if (second > width) throw new DamagedData('its fax data is damaged')
      changes.push(first, second)
      a0 = second
    } else {
      const a1 = b1 + mode
      if (a1 > width || a1 < Math.max(a0, 0)) throw new DamagedData('its fax data is damaged')
      changes.push(a1)
      a0 = a1
      isBlack = !isBlack
    }
  }
  return changes
}

/** b1: the first change right of a0 towards the opposite of a0's colour; b2: the change after it. */
function referenceChanges(reference: number[], a0: number, isBlack: boolean, width: number): [number, number] {
  // Even places of the list change to black; from white, b1 is one of those.
  for (let i = isBlack ? 1 : 0; i < reference.length; i += 2) {
    if (reference[i]! > a0) return [reference[i]!, reference[i + 1] ?? width]
  }
  return [width, width]
}

function paint(decoded: Uint8Array, offset: number, changes: number[], width: number): void {
  for (let i = 0; i < changes.length; i += 2) {
    const end = Math.min(changes[i + 1] ?? width, width)
    for (let x = changes[i]!; x < end; x++) decoded[offset + (x >> 3)]! |= 128 >> (x & 7)
  }
}
