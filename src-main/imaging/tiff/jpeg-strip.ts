/** A JPEG strip or tile: TIFF Technical Note 2 (1995). Its tables may stand once for all strips, in tag 347. */
import { DamagedData } from '../decode-failure.ts'
import { decodeJpeg } from '../jpeg.ts'
import type { Chunk } from './decompress.ts'

/** Adobe's marker, by which decoders know whether three components are RGB (0) or YCbCr (1). */
const adobeMarker = (transform: 0 | 1): Buffer =>
  Buffer.from([0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform])

const START_OF_IMAGE = Buffer.from([0xff, 0xd8])

/** The samples of the strip, pixel by pixel, 8 bits each. */
export async function decodeJpegStrip(bytes: Uint8Array, chunk: Chunk): Promise<Uint8Array> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new DamagedData('its JPEG data is damaged')
  const tables = chunk.jpegTables?.subarray(2, chunk.jpegTables.length - 2) ?? new Uint8Array(0) // without start and end
  const marker = chunk.samples === 3 ? adobeMarker(chunk.isYCbCr ? 1 : 0) : new Uint8Array(0)
  const { width, height, channels, data } = await decodeJpeg(
    Buffer.concat([START_OF_IMAGE, marker, tables, bytes.subarray(2)]),
  )
  if (width !== chunk.width || height < chunk.height || channels !== chunk.samples) {
    throw new DamagedData(`it holds a JPEG of ${width} x ${height} where ${chunk.width} x ${chunk.height} was expected`)
  }
  return data
}
