/** Images whose pixels are larger or smaller than those the network learned: predicted at its size, given back at theirs. */
import { renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { type Scale, scaledSize } from '../../src-shared/pixel-size.ts'
import { resampleFile } from '../imaging/resample-file.ts'
import type { Engine } from './engine.ts'
import { readHeader } from './pixel-files.ts'
import { type PlanesToPredict, predictPlanes, type Watch } from './predict-planes.ts'

/** Where the image would have more pixels it is refused: neither disk nor time are meant for that. */
const MOST_PX = 2 ** 30

/**
 * As `predictPlanes`, on a copy of the image with the network's pixel size; the probabilities come back on the image's
 * own grid. Tile by tile both ways. Errors: 'rescale-too-large', and those of `predictPlanes`.
 */
export async function predictRescaled(engine: Engine, of: PlanesToPredict, watch: Watch, scale: Scale) {
  const { width, height } = readHeader(of.pixels)
  const size = scaledSize({ width, height }, scale)
  if (size.width * size.height > MOST_PX) throw new AppError('rescale-too-large', { path: of.name, ...size })
  const scaled = path.join(of.folder, 'rescaled.cbpx')
  const { signal } = watch.job
  await resampleFile(of.pixels, scaled, size, signal)
  const answer = await predictPlanes(engine, { ...of, pixels: scaled, withLevels: false }, watch)
  rmSync(scaled)
  const kept = { sampleType: of.outputType ?? 'float32', withLevels: of.withLevels ?? false }
  for (const { file } of answer.planes) {
    await resampleFile(file, `${file}.back`, { width, height }, signal, kept)
    renameSync(`${file}.back`, file)
  }
  return answer
}
