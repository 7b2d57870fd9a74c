/** Images whose pixels are larger or smaller than those the network learned: predicted at its size, given back at theirs. */
import { renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import { resampleFile } from '../imaging/resample-file.ts'
import type { Engine } from './engine.ts'
import { type PlanesToPredict, predictPlanes, type Watch } from './predict-planes.ts'

/** How large an image is when its pixels are as large as those the network learned. */
export interface Scale {
  /** Network pixels to one of the image. */
  x: number
  y: number
}

/** A network sees sizes in pixels: pixel sizes that differ by more are other sizes of cells to it. */
const LARGEST_DIFFERENCE = 1.1
/** Where the image would have more pixels it is refused: neither disk nor time are meant for that. */
const MOST_PX = 2 ** 30

/** Undefined where the sizes are not known, or agree within 10 %. */
export function scaleBetween(found: PixelSizeUm | undefined, wanted: Pick<PixelSizeUm, 'x' | 'y'> | undefined) {
  if (found === undefined || wanted === undefined) return undefined
  const scale: Scale = { x: found.x / wanted.x, y: found.y / wanted.y }
  const ratio = Math.max(scale.x, 1 / scale.x, scale.y, 1 / scale.y)
  return ratio > LARGEST_DIFFERENCE ? scale : undefined
}

/**
 * As `predictPlanes`, on a copy of the image with the network's pixel size; the probabilities come back on the image's
 * own grid. Tile by tile both ways. Errors: 'rescale-too-large', and those of `predictPlanes`.
 */
export async function predictRescaled(engine: Engine, of: PlanesToPredict, watch: Watch, scale: Scale) {
  const { width, height } = headerOf(of.pixels)
  const size = { width: atLeastOne(width * scale.x), height: atLeastOne(height * scale.y) }
  if (size.width * size.height > MOST_PX) throw new AppError('rescale-too-large', { path: of.name, ...size })
  const scaled = path.join(of.folder, 'rescaled.cbpx')
  const { signal } = watch.job
  await resampleFile(of.pixels, scaled, size, signal)
  const answer = await predictPlanes(engine, { ...of, pixels: scaled }, watch)
  rmSync(scaled)
  for (const { file } of answer.planes) {
    await resampleFile(file, `${file}.back`, { width, height }, signal)
    renameSync(`${file}.back`, file)
  }
  return answer
}

const atLeastOne = (px: number): number => Math.max(1, Math.round(px))

function headerOf(file: string) {
  const pixels = PixelFile.open(file)
  pixels.close()
  return pixels.header
}
