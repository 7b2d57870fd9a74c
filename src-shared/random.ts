/**
 * Random numbers that are a pure function of (seed, step, stream, draw): a run resumed at any step draws what an
 * uninterrupted one would have drawn, and what one batch draws does not depend on any other.
 *
 * Philox-4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85
const ROUNDS = 10

/** One block of Philox-4x32-10: writes four uint32 to `out` from a counter of four and a key of two uint32. */
export function philox(
  out: Uint32Array,
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): void {
  let [a, b, c, d] = counter
  let [k0, k1] = key
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = upperHalf(MULTIPLIER_0, a)
    const low0 = Math.imul(MULTIPLIER_0, a)
    const high1 = upperHalf(MULTIPLIER_1, c)
    const low1 = Math.imul(MULTIPLIER_1, c)
    a = high1 ^ b ^ k0
    b = low1
    c = high0 ^ d ^ k1
    d = low0
    k0 = (k0 + WEYL_0) | 0
    k1 = (k1 + WEYL_1) | 0
  }
  out[0] = a
  out[1] = b
  out[2] = c
  out[3] = d
}

/** The upper 32 bits of the product of two uint32. */
function upperHalf(x: number, y: number): number {
  const xLow = x & 0xffff
  const xHigh = x >>> 16
  const yLow = y & 0xffff
  const yHigh = y >>> 16
  // None of the sums passes 2^32 - 1, so everything stays in 32-bit arithmetic.
  const middle = (Math.imul(xHigh, yLow) >>> 0) + (Math.imul(xLow, yLow) >>> 16)
  const carry = (Math.imul(xLow, yHigh) >>> 0) + (middle & 0xffff)
  return (Math.imul(xHigh, yHigh) + (middle >>> 16) + (carry >>> 16)) | 0
}

/** A sequence of random numbers. Each (seed, step, stream, part) has its own, of 2^34 numbers, independent of the others. */
export class Random {
  readonly #key: [number, number]
  readonly #counter: [number, number, number, number]
  readonly #block = new Uint32Array(4)
  #used = 4
  #spareNormal = Number.NaN

  /** All are whole numbers from 0; `seed` below 2^53, the others below 2^32. */
  constructor(seed: number, step = 0, stream = 0, part = 0) {
    this.#key = [seed | 0, Math.floor(seed / 0x100000000) | 0]
    this.#counter = [0, step | 0, stream | 0, part | 0]
  }

  /** A whole number, 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#used === 4) {
      philox(this.#block, this.#counter, this.#key)
      this.#counter[0] = (this.#counter[0] + 1) | 0
      this.#used = 0
    }
    return this.#block[this.#used++]!
  }

  /** Uniform in [low, high), in steps of 2^-32 of the range. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() / 0x100000000)
  }

  /** A whole number, 0 to `below` - 1, all equally likely; `below` at most 2^32. */
  integer(below: number): number {
    const fair = 0x100000000 - (0x100000000 % below) // the part of the range that `below` divides
    let drawn = this.uint32()
    while (drawn >= fair) drawn = this.uint32()
    return drawn % below
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** Normal with mean 0 and the given standard deviation (Box and Muller 1958, both numbers of a pair are used). */
  normal(sigma = 1): number {
    const spare = this.#spareNormal
    if (!Number.isNaN(spare)) {
      this.#spareNormal = Number.NaN
      return spare * sigma
    }
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 1) / 0x100000000)) // (0, 1]: the logarithm is finite
    const angle = (this.uint32() * 2 * Math.PI) / 0x100000000
    this.#spareNormal = radius * Math.sin(angle)
    return radius * Math.cos(angle) * sigma
  }
}
