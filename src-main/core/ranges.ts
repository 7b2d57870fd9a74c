/** The values of an image that become 0 and 1 for the network: percentiles of the whole plane, never of a part. */
import type { InputContract } from '../../src-shared/run-plan.ts'
import { percentiles } from '../imaging/percentiles.ts'
import { PixelFile } from '../imaging/pixel-file.ts'

/** [low, high] of each channel of the contract, on one plane of a pixel file. */
export function rangesOf(
  pixels: string,
  { z, t }: { z: number; t: number },
  { channels, percentileLow: low, percentileHigh: high }: Omit<InputContract, 'pixelSizeUm'>,
): [number, number][] {
  const file = PixelFile.open(pixels)
  try {
    return channels.map((channel) => percentiles(file, { z, t, channel, low, high }))
  } finally {
    file.close()
  }
}
