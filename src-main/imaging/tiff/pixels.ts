/** The samples of a TIFF page, strip by strip or tile by tile. */
import { allocateSamples, type Pixels, type Samples } from '../../../src-shared/pixels.ts'
import { joinFloatBytes, sumRows, sumRows64 } from '../codecs/predictor.ts'
import {
  asSamples,
  deinterleave,
  swapBytes,
  unpackBitFields,
  widenHalves,
  widenIntegers,
  withSign,
} from '../codecs/unpack.ts'
import { DamagedData } from '../decode-failure.ts'
import { COMPRESSIONS } from './decompress.ts'
import { chunkBytes, chunkRows, chunksPerChannel, type TiffPage } from './page.ts'
import type { TiffFile } from './scan.ts'

/** A rectangle of a page: channels from `firstChannel` on, channel by channel. */
export interface PageBlock {
  x: number
  y: number
  firstChannel: number
  pixels: Pixels
}

/** Strips shorter than this are joined, so that a file of one-row strips does not cost a write for each. */
const BAND_ROWS = 256

/** All blocks of a page; together they cover it once. DamagedData where the data is not what the tags say. */
export async function* pageBlocks(tiff: TiffFile, page: TiffPage): AsyncGenerator<PageBlock> {
  const channels = page.isPlanar ? 1 : page.samples
  const perChannel = chunksPerChannel(page)
  const across = Math.ceil(page.width / page.chunkWidth)
  for (let firstChannel = 0; firstChannel < page.samples; firstChannel += channels) {
    let band: PageBlock[] = []
    for (let index = 0; index < perChannel; index++) {
      const chunk = (firstChannel / channels) * perChannel + index
      const rows = chunkRows(page, chunk)
      const data = deinterleave(await readChunk(tiff, page, chunk), channels, page.sampleType)
      const x = (index % across) * page.chunkWidth
      const y = Math.floor(index / across) * page.chunkHeight
      const pixels = { width: page.chunkWidth, height: rows, channels, data }
      const block = { x, y, firstChannel, pixels: cropped(pixels, page.width - x, page.height - y) }
      if (page.isTiled) {
        yield block
        continue
      }
      band.push(block)
      if (y + rows - band[0]!.y >= BAND_ROWS || index === perChannel - 1) {
        yield joined(band)
        band = []
      }
    }
  }
}

/** The samples of a strip or tile pixel by pixel, `chunkWidth` pixels a row. */
async function readChunk(tiff: TiffFile, page: TiffPage, index: number): Promise<Samples> {
  const rows = chunkRows(page, index)
  const length = chunkBytes(page, rows)
  const rowLength = page.chunkWidth * (page.isPlanar ? 1 : page.samples)
  if (page.byteCounts[index] === 0 && page.offsets[index] === 0) {
    return allocateSamples(page.sampleType, rowLength * rows) // never written: sparse files mean zeros
  }
  const stored = page.compression === 1 ? Math.min(length, page.byteCounts[index]!) : page.byteCounts[index]!
  const bytes = tiff.source.read(page.offsets[index]!, stored)
  if (page.isReversed && page.compression !== 7) reverseBits(bytes)
  const { jpegTables } = page
  const decoded = await COMPRESSIONS[page.compression]!(bytes, {
    width: page.chunkWidth,
    height: rows,
    length,
    faxOptions: page.faxOptions,
    samples: page.isPlanar ? 1 : page.samples,
    isYCbCr: page.photometric === 6,
    jpegTables: jpegTables === undefined ? undefined : tiff.source.read(jpegTables.offset, jpegTables.length),
  })
  if (decoded.length < length) throw new DamagedData('it has fewer pixels than it says')
  return toSamples(decoded.subarray(0, length), page, { rowLength, rows, isLittleEndian: tiff.isLittleEndian })
}

interface Rows {
  rowLength: number
  rows: number
  isLittleEndian: boolean
}

function toSamples(bytes: Uint8Array, page: TiffPage, { rowLength, rows, isLittleEndian }: Rows): Samples {
  const { bits, predictor, sampleKind } = page
  const step = page.isPlanar ? 1 : page.samples
  if (![8, 16, 32, 64].includes(bits)) {
    const values = unpackBitFields(bytes, { bits, rowLength, rows }) // 24 bits too, whatever the file's byte order
    if (predictor === 2) sumRows(values, rowLength, step, bits)
    return sampleKind === 'signed' ? withSign(values, bits) : values
  }
  const sampleBytes = bits / 8
  if (predictor === 3) {
    const joinedBytes = joinFloatBytes(bytes, rowLength * sampleBytes, step, sampleBytes)
    return floats(joinedBytes, bits)
  }
  if (!isLittleEndian) swapBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), sampleBytes)
  if (bits === 64) {
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
    const values = new BigUint64Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / 8)
    if (predictor === 2) sumRows64(values, rowLength, step)
    if (sampleKind === 'float') return new Float64Array(values.buffer, values.byteOffset, values.length)
    return widenIntegers(
      sampleKind === 'unsigned' ? values : new BigInt64Array(values.buffer, values.byteOffset, values.length),
    )
  }
  const patterns = asSamples(`uint${bits as 8 | 16 | 32}`, bytes, sampleBytes) as Uint8Array | Uint16Array | Uint32Array
  if (predictor === 2) sumRows(patterns, rowLength, step, bits)
  const raw = new Uint8Array(patterns.buffer, patterns.byteOffset, patterns.byteLength)
  if (sampleKind === 'float') return floats(raw, bits)
  return asSamples(page.sampleType, raw, sampleBytes)
}

function floats(bytes: Uint8Array, bits: number): Samples {
  if (bits === 16) return widenHalves(asSamples('uint16', bytes, 2) as Uint16Array)
  return asSamples(bits === 64 ? 'float64' : 'float32', bytes, bits / 8)
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit)
  return reversed
})

/** FillOrder 2: the least significant bit of a byte comes first. */
function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = REVERSED[bytes[i]!]!
}

/** Without the padding that tiles at the right and lower edge have. */
function cropped(pixels: Pixels, mostWidth: number, mostHeight: number): Pixels {
  const width = Math.min(pixels.width, mostWidth)
  const height = Math.min(pixels.height, mostHeight)
  if (width === pixels.width && height === pixels.height) return pixels
  const data = pixels.data.slice(0, pixels.channels * width * height)
  for (let channel = 0; channel < pixels.channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (channel * pixels.height + y) * pixels.width
      data.set(pixels.data.subarray(from, from + width), (channel * height + y) * width)
    }
  }
  return { width, height, channels: pixels.channels, data }
}

/** Strips below each other as one block. */
function joined(strips: PageBlock[]): PageBlock {
  const [first] = strips as [PageBlock]
  if (strips.length === 1) return first
  const { width, channels, data } = first.pixels
  const height = strips.reduce((rows, strip) => rows + strip.pixels.height, 0)
  const all = new (data.constructor as new (length: number) => Samples)(channels * height * width)
  for (const { y, pixels } of strips) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = pixels.data.subarray(channel * pixels.height * width, (channel + 1) * pixels.height * width)
      all.set(plane, (channel * height + y - first.y) * width)
    }
  }
  return { ...first, pixels: { width, height, channels, data: all } }
}
