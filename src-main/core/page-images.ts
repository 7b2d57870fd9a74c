/** Pages of one value a pixel as files: all in a TIFF or each in a PNG, under their names when all of them are whole. */
import type { Samples, SampleType } from '../../src-shared/pixels.ts'
import { PngWriter } from '../imaging/png-writer.ts'
import { TiffWriter } from '../imaging/tiff-writer.ts'
import type { ImageOfOutput } from './prediction-files.ts'
import type { PageRows } from './rows.ts'

/** Samples of a TIFF, and how many pages each plane has. */
export interface TiffSamples {
  sampleType: SampleType
  channels?: number
}

/** Labels are narrowed to uint16 where the file is. Errors: 'disk-full', 'not-writable'; throws `Stopped`. */
export async function writeTiffPages(
  file: string,
  { width, height, z, t, pixelSizeUm }: ImageOfOutput,
  { sampleType, channels = 1 }: TiffSamples,
  pages: Iterable<PageRows<Samples>>,
): Promise<void> {
  const tiff = TiffWriter.create(file, { width, height, sampleType, channels, z, t, pixelSizeUm })
  try {
    for (const page of pages) {
      for await (const rows of page()) tiff.writeRows(sampleType === 'uint16' ? new Uint16Array(rows) : rows)
    }
    tiff.close()
  } catch (error) {
    tiff.abort()
    throw error
  }
}

/**
 * `BASE_ENDING.png`, or `BASE_z0_t0_ENDING.png` and so on where there are several pages; answers the files. Values fit
 * into `depth` bits. Errors: 'disk-full', 'not-writable'; throws `Stopped`.
 */
export async function writePngPages(
  base: string,
  ending: string,
  { width, height, z, t }: ImageOfOutput,
  depth: 8 | 16,
  pages: readonly PageRows<Uint8Array | Uint32Array>[],
): Promise<string[]> {
  const written: PngWriter[] = []
  try {
    for (const [index, page] of pages.entries()) {
      const place = z * t === 1 ? '' : `_z${index % z}_t${Math.floor(index / z)}`
      const png = PngWriter.create(`${base}${place}_${ending}.png`, { width, height, depth })
      written.push(png)
      for await (const rows of page()) await png.writeRows(rows)
      await png.finish()
    }
    for (const png of written) png.commit()
  } catch (error) {
    for (const png of written) png.abort()
    throw error
  }
  return written.map(({ path }) => path)
}
