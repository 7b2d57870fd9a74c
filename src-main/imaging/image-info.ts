/** What a file of pixels holds, as its header says or, after an import, as its pixels show. */

import type { Pixels, SampleType } from '../../src-shared/pixels.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'

export interface ImageInfo {
  format: 'tiff' | 'png' | 'jpeg'
  width: number
  height: number
  /** Of one plane; after an import grey stored as RGB(A) counts as one. */
  channels: number
  channelNames?: string[]
  sampleType: SampleType
  /** Bits that carry a value: as stored, or for integers wider than 8 bits, after an import, as the largest value needs. */
  significantBits: number
  z: number
  t: number
  /** z * t: the planes an annotator sees. */
  pages: number
  /** Absent when the file does not say it, or says something only a printer would mean. */
  pixelSizeUm?: PixelSizeUm
  /** How the file stores colour. 'palette' is an index in a TIFF (channels 1) and looked up in a PNG (channels 3 or 4). */
  colour: 'grey' | 'rgb' | 'rgba' | 'palette' | 'cmyk'
  /** Those of TZCYX that are longer than 1, in this order, and YX always. */
  axes: string
}

/** Part of a plane as a decoder delivers it: some channels, starting with `firstChannel`, channel by channel. */
export interface PixelBlock {
  z: number
  t: number
  x: number
  y: number
  firstChannel: number
  pixels: Pixels
}

/** A file opened for decoding: its description, and its pixels in blocks that cover every plane once. */
export interface Decoder {
  info: ImageInfo
  /** The last channel of a pixel is its opacity. */
  hasAlpha: boolean
  /** All planes, or only page `z + t * info.z`. */
  blocks(page?: number): AsyncGenerator<PixelBlock>
  close(): void
}

/** The axes that are longer than one, as ImageInfo.axes has them. */
export const axesOf = ({ t, z, channels }: { t: number; z: number; channels: number }): string =>
  `${t > 1 ? 'T' : ''}${z > 1 ? 'Z' : ''}${channels > 1 ? 'C' : ''}YX`
