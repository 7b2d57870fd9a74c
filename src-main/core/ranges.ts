/** The values of an image that become 0 and 1 for the network: percentiles of the whole plane, never of a part. */
import type { InputContract } from '../../src-shared/run-plan.ts'
import { type PercentilesOf, percentiles, percentilesInTurns } from '../imaging/percentiles.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import { letOthersWork } from './job.ts'

type PlaneAt = Pick<PercentilesOf, 'z' | 't'>
type Percentages = Omit<InputContract, 'pixelSizeUm'>

/** [low, high] of each channel of the contract, on one plane of a pixel file. */
export function rangesOf(
  pixels: string,
  { z, t }: PlaneAt,
  { channels, percentileLow: low, percentileHigh: high }: Percentages,
): [number, number][] {
  const file = PixelFile.open(pixels)
  try {
    return channels.map((channel) => percentiles(file, { z, t, channel, low, high }))
  } finally {
    file.close()
  }
}

/** The same where others must be able to work meanwhile. Aborting throws the signal's reason. */
export async function rangesInTurns(
  pixels: string,
  { z, t }: PlaneAt,
  { channels, percentileLow: low, percentileHigh: high }: Percentages,
  signal?: AbortSignal,
): Promise<[number, number][]> {
  const ranges: [number, number][] = []
  for (const channel of channels) ranges.push(await rangeInTurns(pixels, { z, t, channel, low, high }, signal))
  return ranges
}

/** Two percentiles of one channel of a plane, with pauses in which others may work. */
export async function rangeInTurns(pixels: string, of: PercentilesOf, signal?: AbortSignal): Promise<[number, number]> {
  const file = PixelFile.open(pixels) // its own, because others may be closed while this waits
  try {
    const turns = percentilesInTurns(file, of)
    for (;;) {
      const { value, done } = turns.next()
      if (done) return value
      await letOthersWork()
      signal?.throwIfAborted()
    }
  } finally {
    file.close()
  }
}
