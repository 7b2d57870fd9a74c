/** Sizes in the unpadded network of figure 1 (Ronneberger et al. 2015): two 3x3 convolutions a level, 2x2 pooling. */

/** Pixels of context lost on both sides together: 184 at depth 4 (572 -> 388). */
export const marginPx = (depth: number): number => inputSidePx(depth, 32) - outputSidePx(depth, 32)

/** Side of the input tile whose lowest level enters with `bottomPx` pixels: 572 for depth 4 and 32. */
export function inputSidePx(depth: number, bottomPx: number): number {
  let side = bottomPx
  for (let level = 0; level < depth; level++) side = side * 2 + 4
  return side
}

/** Side of the output tile for the same: 388 for depth 4 and 32. */
export function outputSidePx(depth: number, bottomPx: number): number {
  let side = bottomPx - 4
  for (let level = 0; level < depth; level++) side = side * 2 - 4
  return side
}

/** The smallest possible output side that is at least `leastPx`, and its input side. */
export function validTile(depth: number, leastPx: number): { inputPx: number; outputPx: number } {
  let bottom = 5
  while (outputSidePx(depth, bottom) < leastPx) bottom++
  return { inputPx: inputSidePx(depth, bottom), outputPx: outputSidePx(depth, bottom) }
}
