/**
 * The directories of a TIFF or BigTIFF file, read without trusting them: every offset is checked against the file's
 * length, every chain against running in circles. TIFF 6.0, section 2; BigTIFF (AWare Systems 2007).
 */
import type { ByteSource } from '../byte-source.ts'
import { DamagedData } from '../decode-failure.ts'

/** A directory entry whose values have been found to lie inside the file. */
export interface Entry {
  type: number
  count: number
  /** Where the values start in the file. */
  offset: number
}

export interface Directory {
  entries: Map<number, Entry>
}

export interface TiffFile {
  source: ByteSource
  isLittleEndian: boolean
  isBig: boolean
  directories: Directory[]
}

/** Bytes of a value by type code; 0 for codes that do not exist. */
export const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8]
const MOST_PAGES = 100_000
const MOST_ENTRIES = 4096
const SUB_DIRECTORIES = 330

/** Reads all directories of the file. DamagedData where they make no sense. */
export function scanTiff(source: ByteSource): TiffFile {
  const header = source.read(0, Math.min(16, source.size))
  if (header.length < 8) throw new DamagedData('it is cut short')
  const isLittleEndian = header.toString('latin1', 0, 2) === 'II'
  const version = isLittleEndian ? header.readUInt16LE(2) : header.readUInt16BE(2)
  const isBig = version === 43
  if ((isBig && header.length < 16) || (version !== 42 && version !== 43))
    throw new DamagedData('its header is damaged')
  const tiff: TiffFile = { source, isLittleEndian, isBig, directories: [] }
  const seen = new Set<number>()
  let at = isBig ? word(tiff, header, 8) : word(tiff, header, 4)
  while (at !== 0) {
    if (tiff.directories.length === MOST_PAGES) throw new DamagedData(`it has more than ${MOST_PAGES} pages`)
    const { directory, next } = readDirectory(tiff, at, seen)
    tiff.directories.push(directory)
    at = next
  }
  if (tiff.directories.length === 0) throw new DamagedData('it has no pages')
  for (const { entries } of [...tiff.directories]) checkSubDirectories(tiff, entries, seen)
  return tiff
}

/** Smaller versions of a page hang below it; they are not read, but a circle among them shows a broken file. */
function checkSubDirectories(tiff: TiffFile, entries: Map<number, Entry>, seen: Set<number>): void {
  const entry = entries.get(SUB_DIRECTORIES)
  if (entry === undefined) return
  const starts = entry.type === 13 ? numbers(tiff, { ...entry, type: 4 }) : numbers(tiff, entry)
  for (const start of starts) {
    for (let at = start; at !== 0; ) {
      if (seen.size > MOST_PAGES) throw new DamagedData(`it has more than ${MOST_PAGES} pages`)
      const { directory, next } = readDirectory(tiff, at, seen)
      checkSubDirectories(tiff, directory.entries, seen)
      at = next
    }
  }
}

function readDirectory(tiff: TiffFile, at: number, seen: Set<number>): { directory: Directory; next: number } {
  if (seen.has(at)) throw new DamagedData('its list of pages runs in a circle')
  seen.add(at)
  const [countBytes, entryBytes, wordBytes] = tiff.isBig ? [8, 20, 8] : [2, 12, 4]
  const head = tiff.source.read(at, countBytes)
  const count = tiff.isBig ? word(tiff, head, 0) : short(tiff, head, 0)
  if (count > MOST_ENTRIES) throw new DamagedData('its list of tags is damaged')
  const bytes = tiff.source.read(at + countBytes, count * entryBytes + wordBytes)
  const entries = new Map<number, Entry>()
  for (let index = 0; index < count; index++) {
    const start = index * entryBytes
    const type = short(tiff, bytes, start + 2)
    const values = word(tiff, bytes, start + 4)
    const length = values * (TYPE_BYTES[type] ?? 0)
    const isInline = length <= wordBytes
    const inline = at + countBytes + start + 4 + wordBytes
    const offset = isInline ? inline : word(tiff, bytes, start + 4 + wordBytes)
    // A private tag may be broken without harm: it is left out, and only what is asked for must exist.
    if (length > 0 && offset + length <= tiff.source.size) {
      entries.set(short(tiff, bytes, start), { type, count: values, offset })
    }
  }
  return { directory: { entries }, next: word(tiff, bytes, count * entryBytes) }
}

/** All values of an entry as numbers; rationals as their quotient. */
export function numbers(tiff: TiffFile, { type, count, offset }: Entry): number[] {
  const bytes = tiff.source.read(offset, count * TYPE_BYTES[type]!)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const little = tiff.isLittleEndian
  const readers: Record<number, (at: number) => number> = {
    1: (at) => view.getUint8(at),
    2: (at) => view.getUint8(at),
    3: (at) => view.getUint16(at, little),
    4: (at) => view.getUint32(at, little),
    5: (at) => view.getUint32(at, little) / view.getUint32(at + 4, little),
    6: (at) => view.getInt8(at),
    7: (at) => view.getUint8(at),
    8: (at) => view.getInt16(at, little),
    9: (at) => view.getInt32(at, little),
    10: (at) => view.getInt32(at, little) / view.getInt32(at + 4, little),
    11: (at) => view.getFloat32(at, little),
    12: (at) => view.getFloat64(at, little),
    13: (at) => view.getUint32(at, little),
    16: (at) => Number(view.getBigUint64(at, little)),
    17: (at) => Number(view.getBigInt64(at, little)),
    18: (at) => Number(view.getBigUint64(at, little)),
  }
  const read = readers[type]!
  return Array.from({ length: count }, (_, index) => read(index * TYPE_BYTES[type]!))
}

/** A text entry, as UTF-8 where it is that, else as Latin-1 (which ImageJ writes). */
export function text(tiff: TiffFile, { count, offset }: Entry): string {
  const bytes = tiff.source.read(offset, count)
  const end = bytes.indexOf(0)
  const used = end < 0 ? bytes : bytes.subarray(0, end)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(used)
  } catch {
    return used.toString('latin1')
  }
}

const short = (tiff: TiffFile, bytes: Buffer, at: number): number =>
  tiff.isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)

function word({ isBig, isLittleEndian }: TiffFile, bytes: Buffer, at: number): number {
  if (isBig) return Number(isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  return isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
}
