/** One page of a TIFF: how its samples are stored and where. TIFF 6.0, sections 3 to 15. */
import type { SampleType } from '../../../src-shared/pixels.ts'
import { checkSize, DamagedData, UnsupportedData } from '../decode-failure.ts'
import { COMPRESSIONS } from './decompress.ts'
import { type Directory, numbers, type TiffFile, text } from './scan.ts'

export interface TiffPage {
  width: number
  height: number
  /** Bits and channels of a pixel as stored. */
  bits: number
  samples: number
  sampleKind: 'unsigned' | 'signed' | 'float'
  sampleType: SampleType
  compression: number
  photometric: number
  /** Each channel in strips or tiles of its own. */
  isPlanar: boolean
  predictor: number
  isReversed: boolean
  isTiled: boolean
  /** Size of a strip or tile in pixels; the last strip of a page may be shorter. */
  chunkWidth: number
  chunkHeight: number
  offsets: number[]
  byteCounts: number[]
  jpegTables?: { offset: number; length: number }
  faxOptions: number
  description: string
  /** Pixels per unit, and the unit (1 none, 2 inch, 3 centimetre). */
  resolution?: { x: number; y: number; unit: number }
  hasAlpha: boolean
  /** A smaller version of another page, or a transparency mask: not an image of its own. */
  isAuxiliary: boolean
}

const PALETTE = 3
const SEPARATED = 5
const YCBCR = 6
/** Uncompressed strips longer than this are read in parts. */
const LONGEST_PART_BYTES = 4 * 2 ** 20
/** A compressed strip or tile is decoded as a whole. */
const LARGEST_CHUNK_BYTES = 2 ** 30

/** Parses a directory. DamagedData or UnsupportedData say why not. */
export function readPage(tiff: TiffFile, { entries }: Directory): TiffPage {
  const all = (id: number): number[] | undefined => {
    const entry = entries.get(id)
    return entry === undefined ? undefined : numbers(tiff, entry)
  }
  const one = (id: number, otherwise: number): number => all(id)?.[0] ?? otherwise
  const string = (id: number): string => {
    const entry = entries.get(id)
    return entry === undefined ? '' : text(tiff, entry)
  }
  const [width, height] = [one(256, 0), one(257, 0)]
  checkSize(width, height)
  const samples = one(277, 1)
  const bitsPerSample = all(258) ?? [1]
  const bits = bitsPerSample[0]!
  if (samples < 1 || samples > 1024) throw new DamagedData(`it says a pixel has ${samples} channels`)
  if (bitsPerSample.some((value) => value !== bits)) {
    throw new UnsupportedData(`a TIFF with channels of different depths (${bitsPerSample.join(', ')} bits)`)
  }
  const sampleKind = kindOf(all(339) ?? [1])
  const compression = one(259, 1)
  if (COMPRESSIONS[compression] === undefined) throw new UnsupportedData(unknownCompression(compression))
  const isTiled = entries.has(322)
  const layout = isTiled
    ? {
        chunkWidth: one(322, 0),
        chunkHeight: one(323, 0),
        offsets: all(324) ?? all(273),
        byteCounts: all(325) ?? all(279),
      }
    : {
        chunkWidth: width,
        chunkHeight: Math.min(height, one(278, height)),
        offsets: all(273) ?? all(324),
        byteCounts: all(279) ?? all(325),
      }
  if (layout.chunkWidth < 1 || layout.chunkHeight < 1 || layout.offsets === undefined) {
    throw new DamagedData('it does not say where its pixels are')
  }
  const tables = entries.get(347)
  const page: TiffPage = {
    width,
    height,
    bits,
    samples,
    sampleKind,
    sampleType: sampleTypeFor(sampleKind, bits),
    compression,
    photometric: one(262, 1),
    isPlanar: one(284, 1) === 2 && samples > 1,
    predictor: one(317, 1),
    isReversed: one(266, 1) === 2,
    isTiled,
    chunkWidth: layout.chunkWidth,
    chunkHeight: layout.chunkHeight,
    offsets: layout.offsets,
    byteCounts: layout.byteCounts ?? [],
    jpegTables: tables === undefined ? undefined : { offset: tables.offset, length: tables.count },
    faxOptions: one(292, 0),
    description: string(270),
    resolution: entries.has(282) ? { x: one(282, 0), y: one(283, one(282, 0)), unit: one(296, 2) } : undefined,
    hasAlpha: (all(338) ?? []).some((kind) => kind === 1 || kind === 2),
    isAuxiliary: (one(254, 0) & 5) !== 0,
  }
  checkKind(page)
  return withParts(checkLayout(tiff, page))
}

/** Which colours the samples are, for ImageInfo. */
export function colourOf({ photometric, samples, hasAlpha }: TiffPage): 'grey' | 'rgb' | 'rgba' | 'palette' | 'cmyk' {
  if (photometric === PALETTE) return 'palette'
  if (photometric === SEPARATED && samples >= 4) return 'cmyk'
  if (photometric !== 2 && photometric !== YCBCR) return 'grey'
  if (samples === 4) return 'rgba'
  return samples === 3 && !hasAlpha ? 'rgb' : 'grey'
}

function kindOf(formats: number[]): TiffPage['sampleKind'] {
  const format = formats[0]!
  if (formats.some((value) => value !== format)) throw new UnsupportedData('a TIFF with channels of different types')
  if (format === 2) return 'signed'
  if (format === 3) return 'float'
  if (format === 5 || format === 6) throw new UnsupportedData('a TIFF of complex numbers', 'save its magnitude instead')
  return 'unsigned'
}

function sampleTypeFor(kind: TiffPage['sampleKind'], bits: number): SampleType {
  if (kind === 'float') {
    if (bits === 64) return 'float64'
    if (bits === 16 || bits === 32) return 'float32'
    throw new UnsupportedData(`a TIFF of ${bits}-bit floating point numbers`, 'save it as 32-bit')
  }
  if (bits === 64) return 'float64'
  if (bits < 1 || bits > 32) throw new DamagedData(`it says a sample has ${bits} bits`)
  const width = bits <= 8 ? 8 : bits <= 16 ? 16 : 32
  return kind === 'signed' ? `int${width}` : `uint${width}`
}

function unknownCompression(code: number): string {
  const names: Record<number, string> = {
    6: 'old-style JPEG',
    33003: 'JPEG 2000',
    33005: 'JPEG 2000',
    34712: 'JPEG 2000',
    34887: 'LERC',
    34925: 'LZMA',
    50001: 'WebP',
    50002: 'JPEG XL',
    52546: 'JPEG XL',
  }
  return `a TIFF compressed with ${names[code] ?? `method ${code}`}`
}

function checkKind(page: TiffPage): void {
  const { bits, compression, photometric, predictor, samples } = page
  if (compression === 7 && (bits !== 8 || (samples !== 1 && samples !== 3))) {
    throw new UnsupportedData(`a JPEG compressed TIFF with ${samples} channels of ${bits} bits`)
  }
  if (photometric === YCBCR && compression !== 7) throw new UnsupportedData('a TIFF in YCbCr colours without JPEG')
  if (photometric === 32844 || photometric === 32845) throw new UnsupportedData('a TIFF in LogLuv colours')
  if ([2, 3, 4].includes(compression) && (bits !== 1 || samples !== 1))
    throw new DamagedData('its fax data has grey values')
  if (predictor < 1 || predictor > 3) throw new UnsupportedData(`a TIFF with predictor ${predictor}`)
  if (predictor === 3 && page.sampleKind !== 'float') throw new DamagedData('its predictor does not fit its samples')
}

/** How many strips or tiles there must be, and that all of them lie inside the file. */
function checkLayout(tiff: TiffFile, page: TiffPage): TiffPage {
  const chunks = chunksPerChannel(page) * (page.isPlanar ? page.samples : 1)
  if (page.offsets.length < chunks) throw new DamagedData('its list of strips is too short')
  if (page.byteCounts.length < chunks) {
    if (page.compression !== 1) throw new DamagedData('it does not say how long its strips are')
    page.byteCounts = page.offsets.map((_, index) => chunkBytes(page, chunkRows(page, index)))
  }
  for (let index = 0; index < chunks; index++) {
    const end = page.offsets[index]! + page.byteCounts[index]!
    // Some writers count an uncompressed last strip in full; what is really there decides.
    const needed = page.offsets[index]! + Math.min(page.byteCounts[index]!, chunkBytes(page, chunkRows(page, index)))
    if ((page.compression === 1 ? needed : end) > tiff.source.size) throw new DamagedData('it is cut short')
  }
  if (page.compression !== 1 && chunkBytes(page, page.chunkHeight) > LARGEST_CHUNK_BYTES) {
    throw new UnsupportedData(
      'a TIFF with one compressed strip of more than 1 GB',
      'save it with tiles or smaller strips',
    )
  }
  return page
}

/** Strips or tiles of the whole plane, or of one channel of it when each has its own. */
export const chunksPerChannel = ({ width, height, chunkWidth, chunkHeight }: TiffPage): number =>
  Math.ceil(width / chunkWidth) * Math.ceil(height / chunkHeight)

/** Rows stored in a strip or tile: the last strip of a channel has only those that are left. */
export function chunkRows(page: TiffPage, index: number): number {
  if (page.isTiled) return page.chunkHeight
  const strip = index % chunksPerChannel(page)
  return Math.min(page.chunkHeight, page.height - strip * page.chunkHeight)
}

/** Bytes of `rows` rows of a strip or tile after decompression. */
export const chunkBytes = ({ chunkWidth, samples, isPlanar, bits }: TiffPage, rows: number): number =>
  Math.ceil((chunkWidth * (isPlanar ? 1 : samples) * bits) / 8) * rows

/** Long uncompressed strips (ImageJ writes one a page) cut into parts, so that no page is ever held whole. */
function withParts(page: TiffPage): TiffPage {
  const rowBytes = chunkBytes(page, 1)
  const rows = Math.max(1, Math.floor(LONGEST_PART_BYTES / rowBytes))
  const channels = page.isPlanar ? page.samples : 1
  const isOneStrip = !page.isTiled && chunksPerChannel(page) === 1
  if (page.compression !== 1 || !isOneStrip || page.chunkHeight <= rows) return page
  const offsets: number[] = []
  const byteCounts: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < page.height; row += rows) {
      offsets.push(page.offsets[channel]! + row * rowBytes)
      byteCounts.push(Math.min(rows, page.height - row) * rowBytes)
    }
  }
  return { ...page, chunkHeight: rows, offsets, byteCounts }
}
