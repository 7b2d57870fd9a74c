/** Where a window on a plane sees the most of what is painted. */
import type { Rect } from '../../src-shared/planes.ts'

/** Windows are placed on a grid of cells of this side. */
const CELL_PX = 32

/**
 * The rectangle of at most `sidePx` by `sidePx` pixels inside width x height with the most painted pixels; of equal ones
 * the uppermost, then leftmost. `paintedIn` counts them in a rectangle one cell high, column of cells by column.
 */
export function bestWindow(
  width: number,
  height: number,
  sidePx: number,
  paintedIn: (strip: Rect, cellPx: number) => ArrayLike<number>,
): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)]
  if (w === width && h === height) return { x: 0, y: 0, w, h }
  const columns = Math.ceil(width / CELL_PX)
  const rows = Math.ceil(height / CELL_PX)
  // Sums over all rectangles of cells that start at the origin.
  const sums = new Float64Array((columns + 1) * (rows + 1))
  for (let row = 0; row < rows; row++) {
    const y = row * CELL_PX
    const counts = paintedIn({ x: 0, y, w: width, h: Math.min(CELL_PX, height - y) }, CELL_PX)
    let line = 0
    for (let column = 0; column < columns; column++) {
      line += counts[column]!
      sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1]! + line
    }
  }
  let best = { x: 0, y: 0, painted: -1 }
  for (const y of starts(height, h)) {
    for (const x of starts(width, w)) {
      const [left, right] = [Math.floor(x / CELL_PX), Math.ceil((x + w) / CELL_PX)]
      const [top, bottom] = [Math.floor(y / CELL_PX), Math.ceil((y + h) / CELL_PX)]
      const at = (row: number, column: number) => sums[row * (columns + 1) + column]!
      const painted = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left)
      if (painted > best.painted) best = { x, y, painted }
    }
  }
  return { x: best.x, y: best.y, w, h }
}

/** Where a window of `side` may begin: at each cell, and flush with the end. */
function starts(whole: number, side: number): number[] {
  const last = whole - side
  const found: number[] = []
  for (let at = 0; at < last; at += CELL_PX) found.push(at)
  return [...found, last]
}

/** Counts the pixels of a strip that `isPainted`, column of cells by column. */
export function countColumns(
  { w, h }: Rect,
  cellPx: number,
  isPainted: (x: number, y: number) => boolean,
): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(Math.ceil(w / cellPx))
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) if (isPainted(x, y)) counts[Math.floor(x / cellPx)]!++
  }
  return counts
}
