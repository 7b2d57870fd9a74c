/** A TIFF file as a decoder: its pages as planes, or ImageJ's single page as a whole stack. */
import type { ByteSource } from '../byte-source.ts'
import { DamagedData, UnsupportedData } from '../decode-failure.ts'
import { axesOf, type Decoder, type ImageInfo } from '../image-info.ts'
import { imageJKeys, imagePages, planeLayout } from './axes.ts'
import { chunkBytes, colourOf, readPage, type TiffPage } from './page.ts'
import { pageBlocks } from './pixels.ts'
import type { PlaneLayout } from './plane-layout.ts'
import { type Directory, scanTiff, type TiffFile } from './scan.ts'

/** Tags by which vendors' dialects of TIFF are known: they hold pages of several kinds. */
const DIALECTS: [number, string][] = [
  [34412, 'a Zeiss LSM file'],
  [65420, 'a Hamamatsu NDPI file'],
  [34361, 'a MetaMorph STK file'],
]

export const EXPORT_OME = 'export it as OME-TIFF from the microscope program or with Fiji (File, Save As, OME-TIFF)'

/** Opens a TIFF whose name is `fileName`. DamagedData, UnsupportedData or TooLarge say why not. */
export function openTiff(source: ByteSource, fileName: string): Decoder {
  const tiff = scanTiff(source)
  refuseDialects(tiff)
  const stored = imagePages(tiff.directories.map((directory) => readPage(tiff, directory)))
  const pages = withHiddenPages(tiff, stored)
  const layout = planeLayout(pages, fileName)
  const info = describe(pages[0]!, layout)
  return {
    info,
    hasAlpha: layout.c === 1 && hasOpacity(pages[0]!),
    async *blocks(wanted) {
      for (const [index, page] of pages.entries()) {
        const place = layout.places[index]
        if (place === undefined || (wanted !== undefined && wanted !== place.z + place.t * layout.z)) continue
        for await (const { firstChannel, ...block } of pageBlocks(tiff, page)) {
          yield { ...block, z: place.z, t: place.t, firstChannel: place.c * page.samples + firstChannel }
        }
      }
    },
    close: () => source.close(),
  }
}

/** RGB with a fourth channel has always been read as RGBA, whatever the tag says. */
const hasOpacity = (page: TiffPage): boolean => page.hasAlpha || colourOf(page) === 'rgba'

function describe(page: TiffPage, { z, t, c, channelNames, pixelSizeUm }: PlaneLayout): ImageInfo {
  const channels = c * page.samples
  return {
    format: 'tiff',
    width: page.width,
    height: page.height,
    channels,
    channelNames: channelNames?.length === channels ? channelNames : undefined,
    sampleType: page.sampleType,
    significantBits: page.bits,
    z,
    t,
    pages: z * t,
    pixelSizeUm,
    colour: c === 1 ? colourOf(page) : 'grey',
    axes: axesOf({ t, z, channels }),
  }
}

function refuseDialects({ directories }: TiffFile): void {
  const { entries } = directories[0] as Directory
  for (const [id, what] of DIALECTS) if (entries.has(id)) throw new UnsupportedData(what, EXPORT_OME)
}

/**
 * ImageJ writes a stack beyond 4 GB, and any stack on request, as one page whose description says `images=N`; the
 * planes follow each other without more directories.
 */
function withHiddenPages(tiff: TiffFile, pages: TiffPage[]): TiffPage[] {
  const [first] = pages as [TiffPage]
  if (pages.length > 1 || !first.description.startsWith('ImageJ=')) return pages
  const images = Math.floor(Number(imageJKeys(first.description).get('images') ?? 1)) || 1
  if (images <= 1 || first.compression !== 1 || first.isTiled || first.isPlanar) return pages
  const planeBytes = chunkBytes(first, first.height)
  if (images > 1e6 || first.offsets[0]! + images * planeBytes > tiff.source.size) {
    throw new DamagedData(`it is cut short: it should hold ${images} images`)
  }
  return Array.from({ length: images }, (_, index) => ({
    ...first,
    offsets: first.offsets.map((offset) => offset + index * planeBytes),
  }))
}
