/** Images of objects for other programs: one value a pixel, 0 where there is none. */
import { largestId } from '../../src-shared/labels.ts'
import { labelSampleType, writeLabelPng } from '../imaging/label-files.ts'
import { TiffWriter } from '../imaging/tiff-writer.ts'
import type { ImageOfOutput } from './prediction-files.ts'

/** Objects of each page, 0 elsewhere; read when they are written. */
export type LabelPages = readonly (() => Uint32Array)[]

/**
 * Writes all pages as `BASE_labels.tif`, or a PNG a page; answers the files. `largest` is the largest id of all, looked
 * for where it is not told. Errors: 'too-many-objects' for a PNG, 'disk-full', 'not-writable'.
 */
export const writeLabelImages = (
  base: string,
  format: 'tiff' | 'png',
  info: ImageOfOutput,
  pages: LabelPages,
  largest?: number,
): string[] => (format === 'tiff' ? [writeTiff(base, info, pages, largest)] : writePngs(base, info, pages))

function writeTiff(
  base: string,
  { width, height, z, t, pixelSizeUm }: ImageOfOutput,
  pages: LabelPages,
  largest = largestIn(pages),
): string {
  const file = `${base}_labels.tif`
  const sampleType = labelSampleType(largest)
  const tiff = TiffWriter.create(file, { width, height, sampleType, z, t, pixelSizeUm })
  try {
    for (const page of pages) tiff.writePlane(sampleType === 'uint16' ? Uint16Array.from(page()) : page())
    tiff.close()
  } catch (error) {
    tiff.abort()
    throw error
  }
  return file
}

const largestIn = (pages: LabelPages): number => pages.reduce((most, page) => Math.max(most, largestId(page())), 0)

function writePngs(base: string, { width, height, z, t }: ImageOfOutput, pages: LabelPages): string[] {
  return pages.map((page, index) => {
    const place = z * t === 1 ? '' : `_z${index % z}_t${Math.floor(index / z)}`
    const file = `${base}${place}_labels.png`
    writeLabelPng(file, { width, height, data: page() })
    return file
  })
}
