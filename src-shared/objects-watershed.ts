/** Levels of probability told apart while flooding; finer differences do not decide where two objects meet. */
const LEVELS = 1024

/**
 * Grows seeds in place over the pixels of `isObject`, in the order of falling probability, 4-connected and without
 * ever merging: a pixel belongs to the seed that reaches it first (watershed by flooding, Meyer 1994). Within a level
 * pixels are taken in the order in which they were reached, so equal input gives equal output.
 */
export function growSeeds(
  seeds: Uint32Array,
  probability: Float32Array,
  isObject: Uint8Array,
  width: number,
  height: number,
): void {
  const flood = new LevelQueue(seeds.length)
  const reach = (at: number, label: number, level: number) => {
    if (isObject[at] === 0 || seeds[at] !== 0) return
    seeds[at] = label
    flood.push(at, Math.min(level, levelOf(probability[at]!)))
  }
  const spread = (at: number, level: number) => {
    const label = seeds[at]!
    const x = at % width
    if (x > 0) reach(at - 1, label, level)
    if (x < width - 1) reach(at + 1, label, level)
    if (at >= width) reach(at - width, label, level)
    if (at < width * (height - 1)) reach(at + width, label, level)
  }
  for (let at = 0; at < seeds.length; at++) if (seeds[at] !== 0) flood.push(at, LEVELS)
  for (let at = flood.pop(); at >= 0; at = flood.pop()) spread(at, flood.level)
}

const levelOf = (probability: number): number => Math.min(LEVELS - 1, Math.max(0, Math.floor(probability * LEVELS)))

/** Pixels by level, the highest first, first in first out within a level; a pixel enters once. */
class LevelQueue {
  level = LEVELS
  readonly #first = new Int32Array(LEVELS + 1).fill(-1)
  readonly #last = new Int32Array(LEVELS + 1).fill(-1)
  readonly #next: Int32Array
  constructor(size: number) {
    this.#next = new Int32Array(size).fill(-1)
  }
  /** `level` is at most that of the pixel taken last. */
  push(at: number, level: number): void {
    if (this.#first[level]! < 0) this.#first[level] = at
    else this.#next[this.#last[level]!] = at
    this.#last[level] = at
  }
  /** -1 when empty. */
  pop(): number {
    while (this.level >= 0 && this.#first[this.level]! < 0) this.level--
    if (this.level < 0) return -1
    const at = this.#first[this.level]!
    this.#first[this.level] = this.#next[at]!
    return at
  }
}
