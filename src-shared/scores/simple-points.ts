/**
 * Simple points of the plane: pixels that can be flipped without changing the topology of cells (4-connected) and
 * membranes (8-connected). Bertrand and Malandain 1994, "A new characterization of three-dimensional simple points",
 * doi 10.1016/0167-8655(94)90046-9: a pixel is simple when both of its topological numbers are 1.
 */

/** 1 for each of the 256 neighbourhoods (bits in a circle from the pixel above, clockwise, set inside cells) whose centre is simple. */
const IS_SIMPLE = Uint8Array.from({ length: 256 }, (_, code) => (isSimpleCode(code) ? 1 : 0))

function isSimpleCode(code: number): boolean {
  const circle = Array.from({ length: 8 }, (_, i) => ((code >> i) & 1) === 1)
  return cellParts(circle) === 1 && membraneParts(circle) === 1
}

function at(circle: boolean[], i: number): boolean {
  return circle[(i + 8) % 8]!
}

/**
 * 4-connected parts of the cells around the centre that touch one of its sides (even places of the circle); 0 for a
 * closed ring, whose centre is not simple either.
 */
function cellParts(circle: boolean[]): number {
  const sides = circle.filter((isCell, i) => i % 2 === 0 && isCell).length
  const joints = circle.filter((isCell, i) => i % 2 === 1 && isCell && at(circle, i - 1) && at(circle, i + 1)).length
  return sides - joints
}

/** 8-connected parts of the membrane around the centre: two neighbouring sides meet across the corner between them. */
function membraneParts(circle: boolean[]): number {
  if (circle.every((isCell) => isCell)) return 0
  const continues = (i: number) => !at(circle, i - 1) || (i % 2 === 0 && !at(circle, i - 2))
  const starts = circle.filter((isCell, i) => !isCell && !continues(i)).length
  return Math.max(1, starts) // no start: one closed ring
}

/**
 * Whether flipping `pixel` of a plane of 0 and 1 (cell) with a frame of one pixel keeps the topology; `stride` is the
 * width with the frame.
 */
export function isSimplePoint(plane: Uint8Array, pixel: number, stride: number): boolean {
  const above = pixel - stride
  const below = pixel + stride
  const right = plane[above + 1]! * 2 + plane[pixel + 1]! * 4 + plane[below + 1]! * 8
  const left = plane[below - 1]! * 32 + plane[pixel - 1]! * 64 + plane[above - 1]! * 128
  return IS_SIMPLE[plane[above]! + right + plane[below]! * 16 + left] === 1
}
