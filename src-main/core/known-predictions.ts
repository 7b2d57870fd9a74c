/** What the sessions of a project have predicted already, for those who want whole images of it. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Scale } from '../../src-shared/pixel-size.ts'
import { type ImageRecord, type PredictedPlane, type ProjectStore, predictedScale } from '../store/index.ts'

export interface KnownPrediction {
  /** Pixel files of all planes, z fastest. */
  files: string[]
  /** Where the image was predicted at another pixel size than its own. */
  scale?: Scale | undefined
}

/**
 * Answers, for an image, its newest prediction by a model that has all its planes: the one a window shows first, be it
 * rescaled, averaged or neither. Of predictions as they are listed now.
 */
export function knownPredictions(
  { predictions }: ProjectStore,
  modelSha256: string,
): (image: ImageRecord) => KnownPrediction | undefined {
  const byImage = new Map<number, { folder: string; planes: PredictedPlane[] }[]>()
  for (const { id, modelSha256: of, isAdopted } of predictions.list()) {
    if (of !== modelSha256 || isAdopted) continue
    const folder = predictions.folderOf(id)
    for (const [imageId, planes] of Map.groupBy(predictions.planesOf(id), ({ imageId }) => imageId)) {
      byImage.set(imageId, [...(byImage.get(imageId) ?? []), { folder, planes }])
    }
  }
  return (image) => {
    for (const { folder, planes } of byImage.get(image.id) ?? []) {
      const files = planes.sort((a, b) => a.t - b.t || a.z - b.z).map(({ file }) => path.join(folder, file))
      if (files.length < image.z * image.t || !files.every((file) => existsSync(file))) continue
      return { files, scale: predictedScale(planes[0]!.inputKey, image) }
    }
    return undefined
  }
}
