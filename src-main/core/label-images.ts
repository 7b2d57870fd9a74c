/** Images of objects for other programs: one value a pixel, 0 where there is none. */
import { AppError } from '../../src-shared/errors.ts'
import { LARGEST_IN_16_BITS, labelDepth, labelSampleType } from '../imaging/label-files.ts'
import { writePngPages, writeTiffPages } from './page-images.ts'
import type { ImageOfOutput } from './prediction-files.ts'
import type { PageRows } from './rows.ts'

/** Objects of all pages, 0 elsewhere, and the largest of their ids. */
export interface LabelPages {
  pages: readonly PageRows<Uint32Array>[]
  largest: number
}

/**
 * Writes all pages as `BASE_labels.tif`, or a PNG a page, in as many bits as the largest id needs; answers the files.
 * They appear together, when all pages are written. Errors: 'too-many-objects' for PNGs, 'disk-full', 'not-writable';
 * throws `Stopped`.
 */
export async function writeLabelImages(
  base: string,
  format: 'tiff' | 'png',
  info: ImageOfOutput,
  { pages, largest }: LabelPages,
): Promise<string[]> {
  if (format === 'tiff') {
    const file = `${base}_labels.tif`
    await writeTiffPages(file, info, { sampleType: labelSampleType(largest) }, pages)
    return [file]
  }
  if (largest > LARGEST_IN_16_BITS) {
    throw new AppError('too-many-objects', { path: `${base}_labels.png`, largest, limit: LARGEST_IN_16_BITS })
  }
  return writePngPages(base, 'labels', info, labelDepth(largest), pages)
}
