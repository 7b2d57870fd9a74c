/** What decides the probabilities of a plane beside the model, as one text by which they are found again. */
import type { Scale } from '../../src-shared/pixel-size.ts'

interface Size {
  width: number
  height: number
}

export interface PredictionInput {
  /** Of the image. */
  sha256: string
  /** How large the image was made, where another pixel size was wanted than its own. */
  scaledTo?: Size | undefined
  /** The probabilities are means over rotations and mirrors. */
  isAveraged?: boolean
}

export const inputKeyOf = ({ sha256, scaledTo, isAveraged = false }: PredictionInput): string =>
  `${sha256}${scaledTo ? `@${scaledTo.width}x${scaledTo.height}` : ''}${isAveraged ? '+mean' : ''}`

export function readInputKey(key: string): PredictionInput {
  const [, sha256 = key, width, height, mean] = /^(.*?)(?:@(\d+)x(\d+))?(\+mean)?$/.exec(key) ?? []
  const scaledTo = width && height ? { width: Number(width), height: Number(height) } : undefined
  return { sha256, isAveraged: mean !== undefined, ...(scaledTo && { scaledTo }) }
}

/** Pixels of the network to one of the image, where it was predicted at another pixel size than its own. */
export function predictedScale(inputKey: string, { width, height }: Size): Scale | undefined {
  const { scaledTo } = readInputKey(inputKey)
  return scaledTo && { x: scaledTo.width / width, y: scaledTo.height / height }
}
