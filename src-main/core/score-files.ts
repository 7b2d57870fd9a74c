/** Reads the files that are scored: true masks, label images, probabilities. */

import { componentsOfEqualValues } from '../../src-shared/components.ts'
import { AppError } from '../../src-shared/errors.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import { type Truth, truthOfLabels } from '../../src-shared/scores/truth.ts'
import { inspect, readWholePlane } from '../imaging/import-pixels.ts'
import { colourValues, greyValues, OneColour, wholeValues } from '../imaging/mask-values.ts'
import { type LabelSidecar, labelsWithSidecar, planeOf, readSidecar } from './label-sidecar.ts'
import { isGrey } from './mask-import.ts'

/** One map per plane, row-major. */
export interface Maps<Values> {
  width: number
  height: number
  planes: Values[]
}

/** What is true of each plane. */
export interface TrueMaps extends Maps<Uint32Array> {
  /** 0 where nothing is known, a map per plane; absent where everything is known. */
  masks?: Uint8Array[]
}

/**
 * The objects of each plane of a label image: values as written, or the 4-connected pieces of colours and of a file that
 * has one value. Errors: 'file-missing', 'image-*', 'mask-invalid'.
 */
export async function readMaps(file: string): Promise<Maps<Uint32Array>> {
  const { width, height, pages } = await readPages(file, { asIndices: true })
  return { width, height, planes: objectsOf(pages, file) }
}

/**
 * The objects of each plane of a true mask, as an import would read them, and what is known where an export of ours says
 * it. With `foreground` the values themselves, for the scores to divide. Errors: those of reading masks.
 */
export async function readTruth(file: string, foreground?: number): Promise<TrueMaps> {
  const sidecar = readSidecar(file)
  const hasValues = foreground !== undefined
  const { width, height, pages } = await readPages(file, { asIndices: hasValues || sidecar !== undefined })
  const planes = hasValues ? pages.map((page) => valuesOf(page, file)) : undefined
  if (!sidecar) return { width, height, planes: planes ?? objectsOf(pages, file) }
  const truths = pages.map((page, index) => truthOfExport(valuesOf(page, file), file, index, sidecar))
  return {
    ...{ width, height },
    planes: planes ?? truths.map(({ objects }) => objects),
    masks: truths.map(({ mask }) => mask),
  }
}

/** Of an exported label image 0 is background only where it was painted, or where the plane is complete. */
function truthOfExport(values: Uint32Array, file: string, page: number, sidecar: LabelSidecar): Truth {
  const plane = planeOf(sidecar, file, page)
  return truthOfLabels(labelsWithSidecar(values, plane, sidecar, file), plane)
}

async function readPages(file: string, options: { asIndices: boolean }) {
  const { width, height, pages: count } = await inspect(file)
  const pages: Pixels[] = []
  for (let page = 0; page < count; page++) pages.push(await readWholePlane(file, page, options))
  return { width, height, pages }
}

/** What the values mean is the same on all pages of a file, also on one that has a single object or none. */
function objectsOf(pages: readonly Pixels[], file: string): Uint32Array[] {
  if (!pages.every((page) => isGrey(page, file))) return pages.map(coloured)
  const values = pages.map((page) => valuesOf(page, file))
  // A mask of one value tells no objects apart: its pieces are the objects, as in an import.
  const one = new OneColour()
  return pages.every((page) => one.holds(page)) ? pages.map(coloured) : values
}

const valuesOf = (pixels: Pixels, file: string): Uint32Array =>
  isGrey(pixels, file) ? wholeValues(greyValues(pixels, file), file) : coloured(pixels)

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
