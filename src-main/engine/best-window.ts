/** Where a window on a plane sees the most of what is painted, or what is typical of it. */
import type { Rect } from '../../src-shared/planes.ts'

/** Windows are placed on a grid of cells of this side. */
const CELL_PX = 32

/** Counts pixels in a rectangle one cell high, column of cells by column. */
type CountIn = (strip: Rect, cellPx: number) => ArrayLike<number>

/**
 * The rectangle of at most `sidePx` by `sidePx` pixels inside width x height with the most painted pixels; of equal ones
 * the uppermost, then leftmost.
 */
export function bestWindow(width: number, height: number, sidePx: number, paintedIn: CountIn): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)]
  if (w === width && h === height) return { x: 0, y: 0, w, h }
  const painted = new CellSums(width, height, paintedIn)
  return windows(width, height, w, h).reduce((best, one) => (painted.in(one) > painted.in(best) ? one : best))
}

/** A window must have this share of the annotated pixels that the fullest one has. */
const WELL_ANNOTATED = 0.9

/**
 * The same, but what is seen is to stand for all: among the windows with nearly the most annotated pixels the one whose
 * share of objects among them is nearest to that of the whole; of equal ones the first. The most objects would be seen
 * inside a large one, where there is nothing to get wrong.
 */
export function typicalWindow(
  width: number,
  height: number,
  sidePx: number,
  { objectsIn, annotatedIn }: { objectsIn: CountIn; annotatedIn: CountIn },
): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)]
  if (w === width && h === height) return { x: 0, y: 0, w, h }
  const objects = new CellSums(width, height, objectsIn)
  const annotated = new CellSums(width, height, annotatedIn)
  const shareIn = (rect: Rect) => objects.in(rect) / Math.max(1, annotated.in(rect))
  const whole = shareIn({ x: 0, y: 0, w: width, h: height })
  const all = windows(width, height, w, h)
  const most = all.reduce((best, one) => Math.max(best, annotated.in(one)), 0)
  const offset = (rect: Rect) => Math.abs(shareIn(rect) - whole)
  return all
    .filter((one) => annotated.in(one) >= WELL_ANNOTATED * most)
    .reduce((best, one) => (offset(one) < offset(best) ? one : best))
}

/** Counts over any rectangle, to whole cells: sums over all rectangles of cells that start at the origin. */
class CellSums {
  readonly #columns: number
  readonly #sums: Float64Array

  constructor(width: number, height: number, countIn: CountIn) {
    this.#columns = Math.ceil(width / CELL_PX) + 1
    const rows = Math.ceil(height / CELL_PX)
    this.#sums = new Float64Array(this.#columns * (rows + 1))
    for (let row = 0; row < rows; row++) {
      const y = row * CELL_PX
      const counts = countIn({ x: 0, y, w: width, h: Math.min(CELL_PX, height - y) }, CELL_PX)
      let line = 0
      for (let column = 0; column + 1 < this.#columns; column++) {
        line += counts[column]!
        this.#sums[(row + 1) * this.#columns + column + 1] = this.#sums[row * this.#columns + column + 1]! + line
      }
    }
  }

  in({ x, y, w, h }: Rect): number {
    const [left, right] = [Math.floor(x / CELL_PX), Math.ceil((x + w) / CELL_PX)]
    const [top, bottom] = [Math.floor(y / CELL_PX), Math.ceil((y + h) / CELL_PX)]
    const at = (row: number, column: number) => this.#sums[row * this.#columns + column]!
    return at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left)
  }
}

/** All places of a window, row by row. */
const windows = (width: number, height: number, w: number, h: number): Rect[] =>
  starts(height, h).flatMap((y) => starts(width, w).map((x) => ({ x, y, w, h })))

/** Where a window of `side` may begin: at each cell, and flush with the end. */
function starts(whole: number, side: number): number[] {
  const last = whole - side
  const found: number[] = []
  for (let at = 0; at < last; at += CELL_PX) found.push(at)
  return [...found, last]
}

/** Counts the pixels of a strip that are `counted`, column of cells by column. */
export function countColumns(
  { w, h }: Rect,
  cellPx: number,
  counted: (x: number, y: number) => boolean,
): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(Math.ceil(w / cellPx))
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) if (counted(x, y)) counts[Math.floor(x / cellPx)]!++
  }
  return counts
}
