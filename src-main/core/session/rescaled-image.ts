/** An image of a session whose pixels are larger or smaller than those that the network learned. */
import { renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Scale } from '../../../src-shared/pixel-size.ts'
import { syncFolder } from '../../files/durable.ts'
import type { ImageRecord } from '../../store/index.ts'
import type { Engine } from '../engine.ts'
import { makeFolder } from '../folders.ts'
import type { Watch } from '../predict-planes.ts'
import { predictRescaled } from '../rescaled-prediction.ts'
import { type PredictionWork, planeFile } from './prediction-work.ts'

/**
 * Predicts all planes of an image at the network's pixel size; they are put into the prediction's folder when all are
 * back on the image's own grid, and on the disk. Errors: 'rescale-too-large', 'prediction-failed'.
 *
 * @param pixels the image's pixel file
 */
export async function predictRescaledImage(
  engine: Engine,
  { folder, model, header, request: { device = 'auto', average = false } }: PredictionWork,
  { id, name }: ImageRecord,
  pixels: string,
  watch: Watch,
  scale: Scale,
): Promise<void> {
  const scratch = path.join(folder, `rescaled-${id}`)
  makeFolder(scratch)
  try {
    const how = { device, isAveraged: average, outputType: 'uint8', withLevels: true } as const
    const of = { folder: scratch, name, pixels, model: path.resolve(model), header, ...how }
    const { planes } = await predictRescaled(engine, of, watch, scale)
    for (const { z, t, file } of planes) renameSync(file, path.join(folder, planeFile(id, z, t)))
    syncFolder(folder)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
