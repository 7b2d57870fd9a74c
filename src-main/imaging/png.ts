/**
 * PNG (W3C Recommendation, third edition): every chunk's checksum and the length of the pixel data are checked. Samples
 * come as stored (a 4-bit grey is 0 to 15); palettes are looked up, unless the caller wants the indices.
 */
import { crc32, inflateSync } from 'node:zlib'
import { allocateSamples, type Samples } from '../../src-shared/pixels.ts'
import type { ByteSource } from './byte-source.ts'
import { deinterleave, unpackBitFields } from './codecs/unpack.ts'
import { checkSize, DamagedData } from './decode-failure.ts'
import { axesOf, type Decoder, type ImageInfo } from './image-info.ts'

const SIGNATURE = '89504e470d0a1a0a'
/** The image is inflated whole. */
const LARGEST_BYTES = 2 ** 30

/** Bit depths that each colour type may have, and its channels. */
const COLOUR_TYPES: Record<number, { depths: number[]; channels: number }> = {
  0: { depths: [1, 2, 4, 8, 16], channels: 1 },
  2: { depths: [8, 16], channels: 3 },
  3: { depths: [1, 2, 4, 8], channels: 1 },
  4: { depths: [8, 16], channels: 2 },
  6: { depths: [8, 16], channels: 4 },
}

interface Header {
  width: number
  height: number
  depth: number
  colourType: number
  channels: number
  isInterlaced: boolean
}

interface Chunks {
  header: Header
  palette?: Buffer
  transparency?: Buffer
  pixelsPerMetre?: { x: number; y: number }
  data: Buffer[]
}

/** Adam7's passes: first column and row, step between them. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A PNG as a decoder; with `asIndices` a palette image gives its indices as one channel. */
export function openPng(source: ByteSource, { asIndices = false } = {}): Decoder {
  const chunks = readChunks(source)
  const { header, palette, transparency } = chunks
  const isLookedUp = header.colourType === 3 && !asIndices
  const channels = isLookedUp ? (transparency === undefined ? 3 : 4) : header.channels
  const sampleType = header.depth === 16 ? 'uint16' : 'uint8'
  const { width, height } = header
  const info: ImageInfo = {
    format: 'png',
    width,
    height,
    channels,
    sampleType,
    significantBits: isLookedUp ? 8 : header.depth,
    z: 1,
    t: 1,
    pages: 1,
    pixelSizeUm: believedSize(chunks.pixelsPerMetre),
    colour: (['grey', '', 'rgb', 'palette', 'grey', '', 'rgba'] as const)[header.colourType] as ImageInfo['colour'],
    axes: axesOf({ t: 1, z: 1, channels }),
  }
  return {
    info,
    hasAlpha: channels === 4 || channels === 2,
    async *blocks() {
      const samples = decodeSamples(chunks)
      const data = isLookedUp
        ? lookUp(samples, palette!, channels === 4 ? transparency : undefined)
        : deinterleave(samples, header.channels, sampleType)
      yield { z: 0, t: 0, x: 0, y: 0, firstChannel: 0, pixels: { width, height, channels, data } }
    },
    close: () => source.close(),
  }
}

function readChunks(source: ByteSource): Chunks {
  if (source.start(8).toString('hex') !== SIGNATURE) throw new DamagedData('its PNG signature is damaged')
  let header: Header | undefined
  const rest: Omit<Chunks, 'header'> = { data: [] }
  for (let at = 8; ; ) {
    const start = source.read(at, 8)
    const length = start.readUInt32BE(0)
    const body = source.read(at + 4, length + 4)
    if (source.read(at + 8 + length, 4).readUInt32BE() !== crc32(body)) {
      throw new DamagedData('a checksum of it is wrong')
    }
    const type = body.toString('latin1', 0, 4)
    const content = body.subarray(4)
    at += length + 12
    if (header === undefined) {
      if (type !== 'IHDR') throw new DamagedData('its PNG header is missing')
      header = readHeader(content)
    } else if (type === 'IDAT') rest.data.push(content)
    else if (type === 'PLTE') rest.palette = content
    else if (type === 'tRNS') rest.transparency = content
    else if (type === 'pHYs' && length === 9 && content[8] === 1) {
      rest.pixelsPerMetre = { x: content.readUInt32BE(0), y: content.readUInt32BE(4) }
    } else if (type === 'IEND') break
    else if (/^[A-Z]/.test(type)) throw new DamagedData(`it has an unknown part ${JSON.stringify(type)}`)
  }
  if (rest.data.length === 0) throw new DamagedData('it holds no pixels')
  if (header.colourType === 3 && (rest.palette === undefined || rest.palette.length % 3 !== 0)) {
    throw new DamagedData('its palette is missing')
  }
  return { header, ...rest }
}

function readHeader(bytes: Buffer): Header {
  if (bytes.length !== 13) throw new DamagedData('its PNG header is damaged')
  const [width, height] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)]
  const [depth, colourType, compression, filter, interlace] = bytes.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ]
  const colour = COLOUR_TYPES[colourType]
  if (colour === undefined) throw new DamagedData(`it has the unknown colour type ${colourType}`)
  if (!colour.depths.includes(depth)) throw new DamagedData(`it says a sample has ${depth} bits`)
  if (compression !== 0 || filter !== 0 || interlace > 1) throw new DamagedData('its PNG header is damaged')
  const { channels } = colour
  checkSize(width, height, Math.floor((LARGEST_BYTES * 8) / (channels * depth)))
  return { width, height, depth, colourType, channels, isInterlaced: interlace === 1 }
}

/** Pixel by pixel, as stored. */
function decodeSamples({ header, data }: Chunks): Samples {
  const { width, height, channels, depth, isInterlaced } = header
  const passes = isInterlaced ? PASSES : [[0, 0, 1, 1] as const]
  const sizes = passes.map(([x, y, stepX, stepY]) => ({
    width: Math.max(0, Math.ceil((width - x) / stepX)),
    height: Math.max(0, Math.ceil((height - y) / stepY)),
  }))
  const rowBytes = (pixels: number): number => Math.ceil((pixels * channels * depth) / 8)
  const lengths = sizes.map((size) => (size.width === 0 ? 0 : (1 + rowBytes(size.width)) * size.height))
  const bytes = inflate(
    data,
    lengths.reduce((sum, length) => sum + length, 0),
  )
  const samples = allocateSamples(depth === 16 ? 'uint16' : 'uint8', width * height * channels)
  let at = 0
  for (const [index, [x0, y0, stepX, stepY]] of passes.entries()) {
    const size = sizes[index]!
    const part = bytes.subarray(at, at + lengths[index]!)
    at += lengths[index]!
    if (part.length === 0) continue
    const rows = unfilter(part, rowBytes(size.width), Math.max(1, (channels * depth) >> 3))
    const values = unpackBitFields(rows, { bits: depth, rowLength: size.width * channels, rows: size.height })
    if (!isInterlaced) return values
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const from = (y * size.width + x) * channels
        const to = ((y0 + y * stepY) * width + x0 + x * stepX) * channels
        for (let channel = 0; channel < channels; channel++) samples[to + channel] = values[from + channel]!
      }
    }
  }
  return samples
}

function inflate(data: Buffer[], length: number): Buffer {
  let bytes: Buffer
  try {
    bytes = inflateSync(Buffer.concat(data), { maxOutputLength: length + 65536 })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new DamagedData('it holds more pixels than it says')
    if (!code.startsWith('Z')) throw error
    throw new DamagedData(code === 'Z_BUF_ERROR' ? 'its pixel data ends early' : 'its pixel data is damaged')
  }
  if (bytes.length < length) throw new DamagedData('it has fewer pixels than it says')
  return bytes
}

/** Undoes the five filters of PNG, section 9, and drops the filter bytes. */
function unfilter(bytes: Uint8Array, rowBytes: number, step: number): Uint8Array {
  const rows = bytes.length / (rowBytes + 1)
  const plain = new Uint8Array(rows * rowBytes)
  for (let row = 0; row < rows; row++) {
    const filter = bytes[row * (rowBytes + 1)]!
    const from = row * (rowBytes + 1) + 1
    const to = row * rowBytes
    if (filter > 4) throw new DamagedData('its pixel data is damaged')
    for (let i = 0; i < rowBytes; i++) {
      const left = i >= step ? plain[to + i - step]! : 0
      const above = row > 0 ? plain[to + i - rowBytes]! : 0
      const corner = row > 0 && i >= step ? plain[to + i - rowBytes - step]! : 0
      plain[to + i] = bytes[from + i]! + prediction(filter, left, above, corner)
    }
  }
  return plain
}

function prediction(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  const estimate = left + above - corner
  const [toLeft, toAbove, toCorner] = [
    Math.abs(estimate - left),
    Math.abs(estimate - above),
    Math.abs(estimate - corner),
  ]
  if (toLeft <= toAbove && toLeft <= toCorner) return left
  return toAbove <= toCorner ? above : corner
}

/** The colours of palette indices, channel by channel. */
function lookUp(indices: Samples, palette: Buffer, transparency?: Buffer): Uint8Array {
  const count = indices.length
  const colours = new Uint8Array(count * (transparency === undefined ? 3 : 4))
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    if (index * 3 + 2 >= palette.length) throw new DamagedData('it uses a colour that its palette lacks')
    for (let channel = 0; channel < 3; channel++) colours[channel * count + i] = palette[index * 3 + channel]!
    if (transparency !== undefined) colours[3 * count + i] = transparency[index] ?? 255
  }
  return colours
}

/** As in a TIFF: a printer's resolution (72 to 600 dpi) is not a pixel size. */
function believedSize(pixelsPerMetre: { x: number; y: number } | undefined): ImageInfo['pixelSizeUm'] {
  if (pixelsPerMetre === undefined || pixelsPerMetre.x === 0 || pixelsPerMetre.y === 0) return undefined
  const size = { x: 1e6 / pixelsPerMetre.x, y: 1e6 / pixelsPerMetre.y }
  return Math.max(size.x, size.y) <= 20 ? size : undefined
}
