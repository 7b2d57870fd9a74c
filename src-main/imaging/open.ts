/** Finds out what a file is by its first bytes, never by its name, and opens the decoder for it. */
import * as path from 'node:path'
import { ByteSource } from './byte-source.ts'
import { asDecodeError, DamagedData, UnsupportedData } from './decode-failure.ts'
import type { Decoder } from './image-info.ts'
import { openPng } from './png.ts'
import { EXPORT_OME, openTiff } from './tiff/open.ts'

/** Formats of microscope makers, by extension: some of them are TIFFs inside, which would read as only a part. */
const VENDORS: Record<string, string> = {
  '.czi': 'a Zeiss CZI file',
  '.lsm': 'a Zeiss LSM file',
  '.zvi': 'a Zeiss ZVI file',
  '.nd2': 'a Nikon ND2 file',
  '.lif': 'a Leica LIF file',
  '.lof': 'a Leica LOF file',
  '.xlef': 'a Leica project file',
  '.scn': 'a Leica SCN slide',
  '.oib': 'an Olympus OIB file',
  '.oif': 'an Olympus OIF file',
  '.oir': 'an Olympus OIR file',
  '.vsi': 'an Olympus VSI file',
  '.svs': 'an Aperio SVS slide',
  '.ndpi': 'a Hamamatsu NDPI slide',
  '.ndpis': 'a Hamamatsu NDPI slide',
  '.mrxs': 'a MIRAX slide',
  '.dv': 'a DeltaVision file',
  '.r3d': 'a DeltaVision file',
  '.ims': 'an Imaris file',
  '.stk': 'a MetaMorph STK file',
  '.flex': 'an Opera Flex file',
  '.bif': 'a Ventana slide',
}

const SAVE_AS = 'save it as PNG or TIFF'

/** Other things people drop on a program: how they begin (hexadecimal, xx is any byte), what they are, what to do. */
const STRANGERS: [string, string, string][] = [
  ['47494638', 'a GIF', SAVE_AS],
  ['424d', 'a BMP', SAVE_AS],
  ['52494646xxxxxxxx57454250', 'a WebP image', SAVE_AS],
  ['0000000c6a502020', 'a JPEG 2000 image', SAVE_AS],
  ['ff4fff51', 'a JPEG 2000 image', SAVE_AS],
  ['xxxxxxxx66747970', 'a HEIC or AVIF image or a film', SAVE_AS],
  ['25504446', 'a PDF', 'save the image in it as PNG or TIFF'],
  ['504b0304', 'a zip archive', 'unpack it and import what is inside'],
  ['1f8b', 'a gzip archive', 'unpack it and import what is inside'],
  ['89484446', 'an HDF5 file', 'export its images as TIFF'],
  ['d0cf11e0', 'a microscope or office document', EXPORT_OME],
  ['53494d504c4520203d', 'a FITS image', 'export it as TIFF'],
  [`${'xx'.repeat(128)}4449434d`, 'a DICOM file', 'export it as TIFF'],
]

const begins = (start: string, pattern: string): boolean => new RegExp(`^${pattern.replaceAll('x', '.')}`).test(start)

/** Extensions worth a look when a whole folder is imported. */
export const isImageName = (name: string): boolean => {
  const extension = path.extname(name).toLowerCase()
  return /^\.(tiff?|png|jpe?g|jfif|btf|tf2|tf8)$/.test(extension) || extension in VENDORS
}

/** Opens a file for decoding; `asIndices` leaves the palette of a PNG alone. Errors: AppErrors that name the file. */
export async function openImage(filePath: string, options: { asIndices?: boolean } = {}): Promise<Decoder> {
  let source: ByteSource | undefined
  try {
    source = new ByteSource(filePath)
    return guarded(await openSource(source, filePath, options), filePath)
  } catch (error) {
    source?.close()
    throw asDecodeError(error, filePath)
  }
}

async function openSource(source: ByteSource, filePath: string, options: { asIndices?: boolean }): Promise<Decoder> {
  const vendor = VENDORS[path.extname(filePath).toLowerCase()]
  if (vendor !== undefined) throw new UnsupportedData(vendor, EXPORT_OME)
  if (source.size === 0) throw new DamagedData('it is empty')
  const start = source.start(256).toString('hex')
  if (['49492a00', '49492b00', '4d4d002a', '4d4d002b'].includes(start.slice(0, 8))) {
    return openTiff(source, path.basename(filePath))
  }
  if (start.startsWith('89504e47')) return openPng(source, options)
  if (start.startsWith('ffd8ff')) return (await import('./jpeg.ts')).openJpeg(source) // sharp loads only when needed
  for (const [pattern, what, remedy] of STRANGERS) {
    if (begins(start, pattern)) throw new UnsupportedData(what, remedy)
  }
  throw new DamagedData('it is no PNG, JPEG or TIFF')
}

/** The decoder with failures that name the file, also those that show only while its pixels are read. */
function guarded(decoder: Decoder, filePath: string): Decoder {
  return {
    ...decoder,
    async *blocks(page) {
      try {
        yield* decoder.blocks(page)
      } catch (error) {
        throw asDecodeError(error, filePath)
      }
    },
  }
}
