/** Drives decoders in tests: whole images, hashed in the order that the fixtures' scripts use. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { openImage } from '../../../src-main/imaging/open.ts'
import { allocateSamples, type Samples } from '../../../src-shared/pixels.ts'

/** All planes of a file in memory, in the order t, z, channel. */
export async function decodeAll(file: string) {
  const decoder = await openImage(file)
  const { info } = decoder
  const planeSize = info.width * info.height
  const data = allocateSamples(info.sampleType, planeSize * info.channels * info.pages)
  let covered = 0
  for await (const { z, t, x, y, firstChannel, pixels } of decoder.blocks()) {
    covered += pixels.data.length
    for (let row = 0; row < pixels.channels * pixels.height; row++) {
      const channel = firstChannel + Math.floor(row / pixels.height)
      const plane = (t * info.z + z) * info.channels + channel
      const part = pixels.data.subarray(row * pixels.width, (row + 1) * pixels.width)
      data.set(part, plane * planeSize + (y + (row % pixels.height)) * info.width + x)
    }
  }
  decoder.close()
  if (covered !== data.length) throw new Error(`blocks cover ${covered} of ${data.length} samples`)
  return { info, data }
}

export const sha1 = (data: Samples): string =>
  createHash('sha1')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

/** Samples pixel by pixel, as RGB files hold them: each plane's channels last. */
export function channelsLast(data: Samples, channels: number, planeSize: number): Samples {
  const sorted = data.slice()
  for (let i = 0; i < data.length; i++) {
    const page = Math.floor(i / (channels * planeSize))
    const channel = Math.floor(i / planeSize) % channels
    sorted[(page * planeSize + (i % planeSize)) * channels + channel] = data[i]!
  }
  return sorted
}

/** How opening and decoding a file ends: its error's code and sentence, or its description. */
export async function outcome(file: string): Promise<{ code: string; message: string }> {
  try {
    const { info } = await decodeAll(file)
    return { code: 'decoded', message: JSON.stringify(info) }
  } catch (error) {
    if ((error as Error).name !== 'AppError') throw error
    const { code, message } = error as Error & { code: string }
    return { code, message }
  }
}

export const readJson = (file: string) => JSON.parse(fs.readFileSync(file, 'utf8'))

/** The data sets beside the repository, where they are present. */
export const SHARED = '../shared/data'
