/** The compressions of TIFF that are read, by their code in tag 259. */
import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { decodeFax } from '../codecs/ccitt.ts'
import { decodeLzw } from '../codecs/lzw.ts'
import { unpackBits } from '../codecs/packbits.ts'
import { DamagedData } from '../decode-failure.ts'

/** What a decompressor must know beside the bytes. */
export interface Chunk {
  width: number
  height: number
  /** Bytes wanted; a result may be longer, never needs to be. */
  length: number
  faxOptions: number
  samples: number
  isYCbCr: boolean
  jpegTables?: Uint8Array
}

type Decompress = (bytes: Uint8Array, chunk: Chunk) => Uint8Array | Promise<Uint8Array>

/** Writers may fill a strip beyond its rows; more than this is a bomb. */
const SLACK_BYTES = 65536

const inflate: Decompress = (bytes, { length }) =>
  unzip(() => inflateSync(bytes, { maxOutputLength: length + SLACK_BYTES }))

const unzstd: Decompress = (bytes, { length }) =>
  unzip(() => zstdDecompressSync(bytes, { maxOutputLength: length + SLACK_BYTES }))

/** zlib's complaint as a reason; running out of room means that the data is longer than the image. */
function unzip(run: () => Uint8Array): Uint8Array {
  try {
    return run()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') throw new DamagedData('its compressed data ends early')
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new DamagedData('its compressed data is longer than its image')
    if (code.startsWith('Z')) throw new DamagedData('its compressed data is damaged')
    throw error
  }
}

const fax =
  (kind: 'huffman' | 'group3' | 'group4'): Decompress =>
  (bytes, { width, height, faxOptions }) =>
    decodeFax(bytes, { width, height, kind, isTwoDimensional: (faxOptions & 1) === 1 })

export const COMPRESSIONS: Record<number, Decompress> = {
  1: (bytes) => bytes,
  2: fax('huffman'),
  3: fax('group3'),
  4: fax('group4'),
  5: (bytes, { length }) => decodeLzw(bytes, length),
  7: async (bytes, chunk) => (await import('./jpeg-strip.ts')).decodeJpegStrip(bytes, chunk), // sharp loads only when needed
  8: inflate,
  32773: (bytes, { length }) => unpackBits(bytes, length),
  32946: inflate,
  34926: unzstd,
  50000: unzstd,
}
