/** The middles of images and of their truth as files: what is too slow for a whole plane is measured on a part of it. */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Pixels, Samples } from '../../../src-shared/pixels.ts'
import { sampleTypeOf } from '../../../src-shared/pixels.ts'
import { readWholePlane } from '../../imaging/import-pixels.ts'
import { labelSamples } from '../../imaging/label-files.ts'
import { listMasks } from '../../imaging/list-images.ts'
import { TiffWriter } from '../../imaging/tiff-writer.ts'
import { matchByName, stemOf } from '../names.ts'
import { readTruth } from '../score-files.ts'
import type { SplitImages } from './study-data.ts'

/** The first planes of the test images, `sidePx` by `sidePx` around their middles (less where they are smaller). */
export async function croppedImages(images: SplitImages, sidePx: number, folder: string): Promise<SplitImages> {
  const [imageFolder, truth] = [path.join(folder, 'images'), path.join(folder, 'truth')]
  for (const made of [imageFolder, truth]) mkdirSync(made, { recursive: true })
  const truths = matchByName(images.test, listMasks([images.truth]))
  const test: string[] = []
  for (const [index, file] of images.test.entries()) {
    const to = path.join(imageFolder, `${stemOf(file)}.tif`)
    test.push(to)
    const truthTo = path.join(truth, `${stemOf(file)}.tif`)
    if (!existsSync(to)) writePlanes(to, middleOf(await readWholePlane(file, 0), sidePx))
    if (!existsSync(truthTo)) await cropTruth(truths[index]!, images.data.foreground, sidePx, truthTo)
  }
  return { ...images, test, truth }
}

async function cropTruth(file: string, foreground: number | undefined, sidePx: number, to: string): Promise<void> {
  const { width, height, planes } = await readTruth(file, foreground)
  const { data, ...size } = middleOf({ width, height, channels: 1, data: planes[0]! }, sidePx)
  writePlanes(to, { ...size, data: labelSamples(data as Uint32Array) })
}

/** A square from the middle, all channels. */
export function middleOf({ width, height, channels, data }: Pixels, sidePx: number): Pixels {
  const [w, h] = [Math.min(sidePx, width), Math.min(sidePx, height)]
  const [left, top] = [(width - w) >> 1, (height - h) >> 1]
  const part = data.slice(0, w * h * channels)
  for (let row = 0; row < h * channels; row++) {
    const from = (Math.floor(row / h) * height + top + (row % h)) * width + left
    part.set(data.subarray(from, from + w) as never, row * w)
  }
  return { width: w, height: h, channels, data: part }
}

function writePlanes(file: string, { width, height, channels, data }: Pixels): void {
  const tiff = TiffWriter.create(file, { width, height, channels, sampleType: sampleTypeOf(data) })
  try {
    for (let c = 0; c < channels; c++) {
      tiff.writePlane(data.slice(c * width * height, (c + 1) * width * height) as Samples)
    }
    tiff.close()
  } catch (error) {
    tiff.abort()
    throw error
  }
}
