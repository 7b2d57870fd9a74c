/** A slide of a run folder predicted by itself, beside whatever the run predicts of it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { predict } from '../../src-main/engine/predict.ts'
import { PixelFile } from '../../src-main/imaging/pixel-file.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { PredictionPlan, RunPlan } from '../../src-shared/run-plan.ts'
import { nativeKernels } from './native.ts'

/** Probabilities `[K, h, w]` of a rectangle, out of a prediction of the whole slide of an item by a checkpoint. */
export async function predictSlide(
  folder: string,
  { model, item: index, rect, average = false }: { model: string; item: number; rect: Rect; average?: boolean },
): Promise<Float32Array> {
  const written = readFileSync(join(folder, 'plan.json'))
  const { pixels, range } = (JSON.parse(String(written)) as RunPlan).items[index]!
  const items = [{ name: 'slide', pixels, z: 0, t: 0, range, output: 'alone.cbpx', outputType: 'float32' as const }]
  const job: PredictionPlan = { format: 1, id: 'p', model, device: 'auto', threads: 0, average, items }
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(job))
  try {
    await predict(folder, { kernels: nativeKernels(), onEvent: () => {} })
  } finally {
    writeFileSync(join(folder, 'plan.json'), written)
  }
  const file = PixelFile.open(join(folder, 'alone.cbpx'))
  const { data } = file.readRegion({ z: 0, t: 0, rect })
  file.close()
  rmSync(join(folder, 'alone.cbpx'))
  return data as Float32Array
}
