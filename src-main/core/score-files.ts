/** Reads the files that are scored: true masks, label images, probabilities. */
import { AppError } from '../../src-shared/errors.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import { inspect, readWholePlane } from '../imaging/import-pixels.ts'

/** One map per plane, row-major. */
export interface Maps<Values> {
  width: number
  height: number
  planes: Values[]
}

/**
 * Values of each plane of a mask file. Colour images (masks are often stored so) count by their first channel, or, with
 * several objects told apart by colours, by the colour. Errors: 'file-missing', 'image-*'.
 */
export async function readMaps(file: string): Promise<Maps<Uint32Array>> {
  const { width, height, pages } = await inspect(file)
  const planes: Uint32Array[] = []
  for (let page = 0; page < pages; page++) planes.push(valuesOf(await readWholePlane(file, page)))
  return { width, height, planes }
}

function valuesOf({ width, height, channels, data }: Pixels): Uint32Array {
  const size = width * height
  const values = new Uint32Array(size)
  const colours = channels >= 3 ? 3 : 1 // the fourth, or the second of two, is opacity
  for (let at = 0; at < size; at++) {
    const value = data[at]!
    if (colours === 1) values[at] = value
    else {
      const [green, blue] = [data[size + at]!, data[2 * size + at]!]
      values[at] = green === value && blue === value ? value : (value << 16) | (green << 8) | blue
    }
  }
  return values
}

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
