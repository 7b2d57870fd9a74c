/** Exact percentiles of one channel of one plane, in bounded memory. */
import { allocateSamples, type Samples } from '../../src-shared/pixels.ts'
import { type PixelFile, TILE_PX } from './pixel-file.ts'

/** Which values are wanted: z, t and channel from 0, `low` and `high` in percent, 0 to 100. */
export interface PercentilesOf {
  z: number
  t: number
  channel: number
  low: number
  high: number
}

const BUCKETS = 65536

/**
 * The values at `low` and `high` percent, interpolated linearly between neighbours in rank as numpy.percentile does;
 * NaN and infinite samples do not count. Where both are the same, the smallest and the largest value; for a constant
 * plane v and v + 1; for one without any finite sample 0 and 1. So the second is always the larger.
 */
export function percentiles(file: PixelFile, { z, t, channel, low, high }: PercentilesOf): [number, number] {
  const scan = (): Generator<Keys> => keysOf(file, { z, t, channel })
  const { count, smallest, largest } = summary(scan())
  if (count === 0) return [0, 1]
  const ranks = [low, high].map((percent) => ((count - 1) * percent) / 100)
  const whole = [...new Set(ranks.flatMap((rank) => [Math.floor(rank), Math.ceil(rank)]))]
  const found = new Map(whole.map((rank) => [rank, select(scan, rank, file.header.sampleType === 'float64' ? 4 : 2)]))
  const [first, second] = ranks.map((rank) => {
    const [below, above] = [found.get(Math.floor(rank))!, found.get(Math.ceil(rank))!]
    return below + (above - below) * (rank - Math.floor(rank))
  }) as [number, number]
  if (second > first) return [first, second]
  return largest > smallest ? [smallest, largest] : [smallest, smallest + 1]
}

/** Samples as unsigned numbers in the same order, in 16-bit digits: `digits[0]` the most significant of each sample. */
interface Keys {
  values: Samples
  digits: Uint16Array[]
}

/** The sample with `rank` smaller ones: by radix, one pass over the plane for each of its digits. */
function select(scan: () => Generator<Keys>, rank: number, digitCount: number): number {
  const prefix: number[] = []
  let rest = rank
  let answer = Number.NaN
  for (let place = 0; place < digitCount; place++) {
    const counts = new Float64Array(BUCKETS)
    const sample = new Float64Array(BUCKETS)
    for (const { values, digits } of scan()) {
      const digit = digits[place]!
      for (let i = 0; i < values.length; i++) {
        if (!Number.isFinite(values[i]!) || prefix.some((value, before) => digits[before]![i] !== value)) continue
        counts[digit[i]!]!++
        sample[digit[i]!] = values[i]!
      }
    }
    let bucket = 0
    while (rest >= counts[bucket]!) rest -= counts[bucket++]!
    prefix.push(bucket)
    answer = sample[bucket]!
  }
  return answer
}

function summary(parts: Generator<Keys>): { count: number; smallest: number; largest: number } {
  let count = 0
  let smallest = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  for (const { values } of parts) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (!Number.isFinite(value)) continue
      count++
      if (value < smallest) smallest = value
      if (value > largest) largest = value
    }
  }
  return { count, smallest, largest }
}

function* keysOf(file: PixelFile, { z, t, channel }: Pick<PercentilesOf, 'z' | 't' | 'channel'>): Generator<Keys> {
  const { width, height } = file.header
  for (let y = 0; y < height; y += TILE_PX) {
    const rect = { x: 0, y, w: width, h: Math.min(TILE_PX, height - y) }
    const values = file.readRegion({ z, t, rect, channels: [channel] }).data
    yield { values, digits: digitsOf(values) }
  }
}

/**
 * Integers are shifted to start at 0. Of a float's bits, a set sign turns all bits around and a clear one is set: then
 * unsigned order is numeric order (Herf 2001, "Radix tricks").
 */
function digitsOf(values: Samples): Uint16Array[] {
  const digitCount = values instanceof Float64Array ? 4 : 2
  const digits = Array.from({ length: digitCount }, () => new Uint16Array(values.length))
  if (values instanceof Float32Array || values instanceof Float64Array) {
    const copy = allocateSamples(values instanceof Float64Array ? 'float64' : 'float32', values.length)
    copy.set(values)
    const halves = new Uint16Array(copy.buffer) // little endian: the last of each is the most significant
    for (let i = 0; i < values.length; i++) {
      const isNegative = (halves[(i + 1) * digitCount - 1]! & 0x8000) !== 0
      for (let place = 0; place < digitCount; place++) {
        const half = halves[(i + 1) * digitCount - 1 - place]!
        digits[place]![i] = isNegative ? ~half : place === 0 ? half | 0x8000 : half
      }
    }
    return digits
  }
  const isSigned = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array
  const shift = isSigned ? 2 ** 31 : 0
  for (let i = 0; i < values.length; i++) {
    const key = values[i]! + shift
    digits[0]![i] = Math.floor(key / BUCKETS)
    digits[1]![i] = key % BUCKETS
  }
  return digits
}
