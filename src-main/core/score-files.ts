/** Reads the files that are scored: true masks, label images, probabilities. */

import { componentsOfEqualValues } from '../../src-shared/components.ts'
import { AppError } from '../../src-shared/errors.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import { inspect, readWholePlane } from '../imaging/import-pixels.ts'
import { colourValues, greyValues, wholeValues } from '../imaging/mask-values.ts'
import { isGrey } from './mask-import.ts'

/** One map per plane, row-major. */
export interface Maps<Values> {
  width: number
  height: number
  planes: Values[]
}

/**
 * Values of each plane of a label image as written; of colours the 4-connected pieces. Errors: 'file-missing', 'image-*',
 * 'mask-invalid'.
 */
export async function readMaps(file: string): Promise<Maps<Uint32Array>> {
  const { width, height, pages } = await inspect(file)
  const planes: Uint32Array[] = []
  for (let page = 0; page < pages; page++) {
    const pixels = await readWholePlane(file, page, { asIndices: true })
    planes.push(isGrey(pixels, file) ? wholeValues(greyValues(pixels, file), file) : coloured(pixels))
  }
  return { width, height, planes }
}

/**
 * The objects of each plane of a true mask, as an import would read them: values, or 4-connected pieces of one colour.
 * With `foreground` the values themselves, for the scores to divide. Errors: those of reading masks.
 */
export async function readTruth(file: string, foreground?: number): Promise<Maps<Uint32Array>> {
  const { width, height, pages } = await inspect(file)
  const planes: Uint32Array[] = []
  for (let page = 0; page < pages; page++) {
    const pixels = await readWholePlane(file, page, { asIndices: foreground !== undefined })
    planes.push(truthOf(pixels, file, foreground === undefined))
  }
  return { width, height, planes }
}

function truthOf(pixels: Pixels, file: string, isSplit: boolean): Uint32Array {
  if (!isGrey(pixels, file)) return coloured(pixels)
  const values = wholeValues(greyValues(pixels, file), file)
  // A mask of one value tells no objects apart: its pieces are the objects, as in an import.
  const first = values.find((value) => value !== 0)
  return isSplit && values.every((value) => value === 0 || value === first) ? coloured(pixels) : values
}

const coloured = (pixels: Pixels): Uint32Array =>
  componentsOfEqualValues(colourValues(pixels), pixels.width, pixels.height).labels

/**
 * Probability of foreground of each plane: 1 - channel 0 of several, or the only channel; integers count as shares of
 * their largest value. Errors: 'file-missing', 'image-*', 'mask-invalid' for values outside 0 to 1.
 */
export async function readProbabilities(file: string): Promise<Maps<Float32Array>> {
  const { width, height, pages, channels, sampleType } = await inspect(file)
  const most = { uint8: 255, uint16: 65535, uint32: 4294967295 }[sampleType as 'uint8'] ?? 1
  const planes: Float32Array[] = []
  for (let page = 0; page < pages; page++) {
    const { data } = await readWholePlane(file, page)
    const first = Float32Array.from(data.subarray(0, width * height), (value) => value / most)
    const wrong = first.find((value) => !(value >= -1e-4 && value <= 1 + 1e-4))
    if (wrong !== undefined) {
      throw new AppError('mask-invalid', { path: file, reason: `its values are no probabilities: ${wrong}` })
    }
    planes.push(channels === 1 ? first : first.map((value) => 1 - value))
  }
  return { width, height, planes }
}
