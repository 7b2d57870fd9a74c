/** JPEG through sharp (libvips with libjpeg-turbo). */
import sharp from 'sharp'
import type { ByteSource } from './byte-source.ts'
import { deinterleave } from './codecs/unpack.ts'
import { checkSize, DamagedData, UnsupportedData } from './decode-failure.ts'
import { axesOf, type Decoder, type ImageInfo } from './image-info.ts'

/** sharp decodes the whole image: 16384 x 16384. */
const LARGEST_AREA_PX = 2 ** 28

interface Decoded {
  width: number
  height: number
  channels: number
  /** Pixel by pixel. */
  data: Uint8Array
}

/** Decodes a JPEG of one or three channels, as stored: no rotation by EXIF, no colour profile applied. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Decoded> {
  try {
    const image = sharp(bytes, { limitInputPixels: LARGEST_AREA_PX, failOn: 'warning', ignoreIcc: true })
    const { space } = await image.metadata()
    const { data, info } = await image
      .toColourspace(space === 'b-w' ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, channels: info.channels, data }
  } catch (error) {
    const { message } = error as Error
    throw new DamagedData(`its JPEG data is damaged: ${message.split('\n')[0]}`)
  }
}

/** A JPEG file as a decoder. */
export async function openJpeg(source: ByteSource): Promise<Decoder> {
  const bytes = source.read(0, source.size)
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => {
      throw new DamagedData(`its JPEG header is damaged: ${error.message.split('\n')[0]}`)
    })
  const { width, height, space, channels } = header
  checkSize(width, height, LARGEST_AREA_PX)
  if (space === 'cmyk') throw new UnsupportedData('a JPEG in CMYK colours', 'save it as RGB or grey')
  const info: ImageInfo = {
    format: 'jpeg',
    width,
    height,
    channels,
    sampleType: 'uint8',
    significantBits: 8,
    z: 1,
    t: 1,
    pages: 1,
    colour: channels === 1 ? 'grey' : 'rgb',
    axes: axesOf({ t: 1, z: 1, channels }),
  }
  return {
    info,
    hasAlpha: false,
    async *blocks() {
      const decoded = await decodeJpeg(bytes)
      const data = deinterleave(decoded.data, channels, 'uint8')
      yield { z: 0, t: 0, x: 0, y: 0, firstChannel: 0, pixels: { width, height, channels, data } }
    },
    close: () => source.close(),
  }
}
