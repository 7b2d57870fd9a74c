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
  // Pixels wait by level, in a linked list each; a pixel enters once, when it is reached.
  const first = new Int32Array(LEVELS + 1).fill(-1)
  const last = new Int32Array(LEVELS + 1).fill(-1)
  const next = new Int32Array(seeds.length).fill(-1)
  const push = (at: number, level: number) => {
    if (first[level]! < 0) first[level] = at
    else next[last[level]!] = at
    last[level] = at
  }
  for (let at = 0; at < seeds.length; at++) if (seeds[at] !== 0) push(at, LEVELS)
  const sides = new Int32Array(4)
  for (let level = LEVELS; level >= 0; level--) {
    for (let at = first[level]!; at >= 0; at = next[at]!) {
      const x = at % width
      sides[0] = x > 0 ? at - 1 : at
      sides[1] = x < width - 1 ? at + 1 : at
      sides[2] = at >= width ? at - width : at
      sides[3] = at < width * (height - 1) ? at + width : at
      for (let side = 0; side < 4; side++) {
        const to = sides[side]!
        if (seeds[to] !== 0 || isObject[to] === 0) continue
        seeds[to] = seeds[at]!
        push(to, Math.min(level, levelOf(probability[to]!))) // never above the present level: floods run downhill
      }
    }
  }
}

const levelOf = (probability: number): number => Math.min(LEVELS - 1, Math.max(0, Math.floor(probability * LEVELS)))
