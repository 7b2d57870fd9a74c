/** Exact percentiles of one channel of one plane, in bounded memory. */
import { BYTES_PER_SAMPLE, type Samples, type SampleType } from '../../src-shared/pixels.ts'
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

/** Samples read and counted at a time; a few milliseconds of work. */
const PART_PX = 1 << 16

/**
 * The values at `low` and `high` percent, interpolated linearly between neighbours in rank as numpy.percentile does;
 * NaN and infinite samples do not count. Where both are the same, the smallest and the largest value; for a constant
 * plane v and v + 1; for one without any finite sample 0 and 1. So the second is always the larger.
 */
export function percentiles(file: PixelFile, of: PercentilesOf): [number, number] {
  const turns = percentilesInTurns(file, of)
  for (;;) {
    const { value, done } = turns.next()
    if (done) return value
  }
}

/** The same a few milliseconds at a time: each turn is one step of the generator. */
export function* percentilesInTurns(
  file: PixelFile,
  { z, t, channel, low, high }: PercentilesOf,
): Generator<undefined, [number, number]> {
  const scan = (): Generator<Keys> => keysOf(file, { z, t, channel })
  const { top, count, smallest, largest } = yield* firstPass(scan())
  if (count === 0) return [0, 1]
  const ranks = [low, high].map((percent) => ((count - 1) * percent) / 100)
  for (const rank of new Set(ranks.flatMap((rank) => [Math.floor(rank), Math.ceil(rank)]))) {
    top.wanted.push({ rank, rest: rank })
  }
  const found = yield* select(scan, top, digitCountOf(file.header.sampleType))
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

/** The samples whose key begins with `prefix`, counted by their next digit, and the ranks looked for among them. */
interface Group {
  prefix: number
  counts: Float64Array
  /** A sample of each digit; with the last digit all samples of a bucket are the same. */
  sample: Float64Array
  wanted: { rank: number; rest: number }[]
}

interface FirstPass {
  top: Group
  /** Of finite samples. */
  count: number
  smallest: number
  largest: number
}

const emptyGroup = (prefix: number): Group => ({
  prefix,
  counts: new Float64Array(BUCKETS),
  sample: new Float64Array(BUCKETS),
  wanted: [],
})

const digitCountOf = (type: SampleType): number => (type === 'float64' ? 4 : BYTES_PER_SAMPLE[type] === 4 ? 2 : 1)

function* firstPass(parts: Generator<Keys>): Generator<undefined, FirstPass> {
  const top = emptyGroup(0)
  let count = 0
  let smallest = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  for (const { values, digits } of parts) {
    const digit = digits[0]!
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (!Number.isFinite(value)) continue
      count++
      top.counts[digit[i]!]!++
      top.sample[digit[i]!] = value
      if (value < smallest) smallest = value
      if (value > largest) largest = value
    }
    yield
  }
  return { top, count, smallest, largest }
}

/** The samples with the ranks that `top` wants: by radix, one more pass over the plane for each further digit. */
function* select(
  scan: () => Generator<Keys>,
  top: Group,
  digitCount: number,
): Generator<undefined, Map<number, number>> {
  const found = new Map<number, number>()
  let groups = [top]
  for (let place = 0; place < digitCount; place++) {
    if (place > 0) {
      for (const part of scan()) {
        countInto(groups, part, place)
        yield
      }
    }
    const next = new Map<number, Group>()
    for (const group of groups) {
      for (let { rank, rest } of group.wanted) {
        let bucket = 0
        while (rest >= group.counts[bucket]!) rest -= group.counts[bucket++]!
        found.set(rank, group.sample[bucket]!)
        const prefix = group.prefix * BUCKETS + bucket // at most 48 bits: exact
        if (!next.has(prefix)) next.set(prefix, emptyGroup(prefix))
        next.get(prefix)!.wanted.push({ rank, rest })
      }
    }
    groups = [...next.values()]
  }
  return found
}

function countInto(groups: Group[], { values, digits }: Keys, place: number): void {
  for (let i = 0; i < values.length; i++) {
    let prefix = 0
    for (let before = 0; before < place; before++) prefix = prefix * BUCKETS + digits[before]![i]!
    for (const group of groups) {
      if (group.prefix !== prefix || !Number.isFinite(values[i]!)) continue
      group.counts[digits[place]![i]!]!++
      group.sample[digits[place]![i]!] = values[i]!
    }
  }
}

function* keysOf(file: PixelFile, { z, t, channel }: Pick<PercentilesOf, 'z' | 't' | 'channel'>): Generator<Keys> {
  const { width, height, sampleType } = file.header
  const partWidth = PART_PX / TILE_PX
  for (let y = 0; y < height; y += TILE_PX) {
    for (let x = 0; x < width; x += partWidth) {
      const rect = { x, y, w: Math.min(partWidth, width - x), h: Math.min(TILE_PX, height - y) }
      const values = file.readRegion({ z, t, rect, channels: [channel] }).data
      yield { values, digits: digitsOf(values, digitCountOf(sampleType)) }
    }
  }
}

/**
 * Integers are shifted to start at 0. Of a float's bits, a set sign turns all bits around and a clear one is set: then
 * unsigned order is numeric order (Herf 2001, "Radix tricks").
 */
function digitsOf(values: Samples, digitCount: number): Uint16Array[] {
  const digits = Array.from({ length: digitCount }, () => new Uint16Array(values.length))
  if (values instanceof Float32Array || values instanceof Float64Array) {
    const halves = new Uint16Array(values.buffer, values.byteOffset) // little endian: the last of each is the highest
    for (let i = 0; i < values.length; i++) {
      const last = (i + 1) * digitCount - 1
      const isNegative = (halves[last]! & 0x8000) !== 0
      for (let place = 0; place < digitCount; place++) {
        const half = halves[last - place]!
        digits[place]![i] = isNegative ? ~half : place === 0 ? half | 0x8000 : half
      }
    }
    return digits
  }
  const shift =
    values instanceof Int32Array ? 2 ** 31 : values instanceof Int16Array || values instanceof Int8Array ? 32768 : 0
  const [high, low] = digits
  for (let i = 0; i < values.length; i++) {
    const key = values[i]! + shift
    if (low === undefined) high![i] = key
    else {
      high![i] = Math.floor(key / BUCKETS)
      low[i] = key % BUCKETS
    }
  }
  return digits
}
