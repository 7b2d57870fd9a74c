/** The next level of a pyramid. */
import { allocateSamples, type Pixels, sampleTypeOf } from '../../src-shared/pixels.ts'

/** How four pixels become one: images are averaged, labels keep one of them. */
export type Reduction = 'mean' | 'nearest'

/**
 * The pixels at half the size, rounded up. 'mean' takes the mean of the two by two pixels that exist (integers are
 * rounded, NaN is ignored unless all are NaN); 'nearest' takes the upper left one.
 */
export function halve({ width, height, channels, data }: Pixels, reduction: Reduction): Pixels {
  const w = Math.ceil(width / 2)
  const h = Math.ceil(height / 2)
  const type = sampleTypeOf(data)
  const halved = allocateSamples(type, channels * w * h)
  const round = type.startsWith('float') ? (value: number) => value : Math.round
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < h; y++) {
      const row = (channel * height + 2 * y) * width
      const below = 2 * y + 1 < height ? row + width : row
      for (let x = 0; x < w; x++) {
        const left = 2 * x
        const right = Math.min(left + 1, width - 1) // at an odd edge the pixel counts twice: the same mean
        halved[(channel * h + y) * w + x] =
          reduction === 'nearest'
            ? data[row + left]!
            : round(meanOf(data[row + left]!, data[row + right]!, data[below + left]!, data[below + right]!))
      }
    }
  }
  return { width: w, height: h, channels, data: halved }
}

function meanOf(a: number, b: number, c: number, d: number): number {
  const mean = (a + b + c + d) / 4
  if (!Number.isNaN(mean)) return mean
  const present = [a, b, c, d].filter((value) => !Number.isNaN(value))
  return present.length === 0 ? Number.NaN : present.reduce((sum, value) => sum + value, 0) / present.length
}
