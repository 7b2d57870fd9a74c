/** Predictions that were not made by the program, turned into the same files and scored by the same code. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { normalised } from '../../../src-shared/normalise.ts'
import { objectsFromProbabilities } from '../../../src-shared/objects.ts'
import { sampleTypeOf } from '../../../src-shared/pixels.ts'
import type { InputContract, ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { importPixels } from '../../imaging/import-pixels.ts'
import { labelSamples } from '../../imaging/label-files.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import { TiffWriter } from '../../imaging/tiff-writer.ts'
import { stemOf } from '../names.ts'
import { rangesOf } from '../ranges.ts'

export interface Plane {
  width: number
  height: number
  values: Float32Array
}

/** The first plane and channel of an image file, normalised by its own percentiles as the program does it. */
export async function normalisedPlane(file: string, input: InputContract): Promise<Plane> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-study-'))
  try {
    const pixels = path.join(folder, 'image.cbpx')
    await importPixels(file, pixels)
    const ranges = rangesOf(pixels, { z: 0, t: 0 }, input)
    const opened = PixelFile.open(pixels)
    try {
      const { width, height } = opened.header
      const rect = { x: 0, y: 0, w: width, h: height }
      const image = opened.readRegion({ z: 0, t: 0, rect, channels: [input.channels[0]!] })
      return { width, height, values: normalised(image, [ranges[0]!]) }
    } finally {
      opened.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes NAME_probabilities.tif (one channel: p of object, 0 to 1) and NAME_labels.tif as `cellbrush predict` does. */
export function writePrediction(
  folder: string,
  image: string,
  { width, height, values }: Plane,
  objects: ObjectsPlan,
): void {
  mkdirSync(folder, { recursive: true })
  const base = path.join(folder, stemOf(image))
  const probabilities = TiffWriter.create(`${base}_probabilities.tif`, { width, height, sampleType: 'float32' })
  probabilities.writePlane(values)
  probabilities.close()
  const found = labelSamples(objectsFromProbabilities(values, width, height, objects))
  const labels = TiffWriter.create(`${base}_labels.tif`, { width, height, sampleType: sampleTypeOf(found) })
  labels.writePlane(found)
  labels.close()
}
