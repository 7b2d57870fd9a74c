import type { PredictionView } from '../../src-shared/api.ts'
import { objectsOnImage } from '../../src-shared/pixel-size.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'

/** How objects are made of an image's planes: as `plan`, whose pixels are the network's, on the image's own grid. */
export function objectsOfImage(plan: ObjectsPlan, { scales }: PredictionView, imageId: number): ObjectsPlan {
  const scale = scales?.[imageId]
  return scale ? objectsOnImage(plan, scale) : plan
}
