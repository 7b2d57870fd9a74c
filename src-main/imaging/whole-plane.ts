/** One plane of a file in memory, as stored; runs in the decode worker. */
import { AppError } from '../../src-shared/errors.ts'
import { allocateSamples, type Pixels } from '../../src-shared/pixels.ts'
import { openImage } from './open.ts'

/**
 * All channels of page `page` (z + t * number of slices, from 0). A palette PNG gives its indices when `asIndices`.
 * Errors: AppErrors that name the file; also 'image-unreadable' for a page it does not have.
 */
export async function wholePlane(path: string, page: number, asIndices: boolean): Promise<Pixels> {
  const decoder = await openImage(path, { asIndices })
  try {
    const { width, height, channels, sampleType, pages } = decoder.info
    if (page >= pages)
      throw new AppError('image-unreadable', { path, reason: `it has ${pages} pages, not ${page + 1}` })
    const data = allocateSamples(sampleType, channels * width * height)
    for await (const { x, y, firstChannel, pixels } of decoder.blocks(page)) {
      for (let row = 0; row < pixels.channels * pixels.height; row++) {
        const channel = firstChannel + Math.floor(row / pixels.height)
        const from = row * pixels.width
        const to = (channel * height + y + (row % pixels.height)) * width + x
        data.set(pixels.data.subarray(from, from + pixels.width), to)
      }
    }
    return { width, height, channels, data }
  } finally {
    decoder.close()
  }
}
