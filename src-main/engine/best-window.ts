/** Where a window on a plane sees the most of what is painted, or what is typical of it. */
import type { Rect } from '../../src-shared/planes.ts'
import { SummedTable } from '../../src-shared/summed-table.ts'

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
  const painted = cellTable(width, height)
  for (const strip of strips(width, height)) painted.addRow(paintedIn(strip, CELL_PX))
  return windows(width, height, w, h).reduce((best, one) =>
    countIn(painted, one) > countIn(painted, best) ? one : best,
  )
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
  countsIn: (strip: Rect, cellPx: number) => { objects: ArrayLike<number>; annotated: ArrayLike<number> },
): Rect {
  const [w, h] = [Math.min(width, sidePx), Math.min(height, sidePx)]
  if (w === width && h === height) return { x: 0, y: 0, w, h }
  const [objects, annotated] = [cellTable(width, height), cellTable(width, height)]
  for (const strip of strips(width, height)) {
    const counts = countsIn(strip, CELL_PX)
    objects.addRow(counts.objects)
    annotated.addRow(counts.annotated)
  }
  const whole = objects.total / Math.max(1, annotated.total)
  const offset = (rect: Rect) => Math.abs(countIn(objects, rect) / Math.max(1, countIn(annotated, rect)) - whole)
  const all = windows(width, height, w, h)
  const most = all.reduce((best, one) => Math.max(best, countIn(annotated, one)), 0)
  return all
    .filter((one) => countIn(annotated, one) >= WELL_ANNOTATED * most)
    .reduce((best, one) => (offset(one) < offset(best) ? one : best))
}

const cellTable = (width: number, height: number): SummedTable =>
  new SummedTable(Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX))

/** Rows of cells, from the top. */
const strips = (width: number, height: number): Rect[] =>
  Array.from({ length: Math.ceil(height / CELL_PX) }, (_, row) => {
    const y = row * CELL_PX
    return { x: 0, y, w: width, h: Math.min(CELL_PX, height - y) }
  })

/** What is counted in a rectangle, to whole cells. */
const countIn = (table: SummedTable, { x, y, w, h }: Rect): number =>
  table.in(Math.floor(x / CELL_PX), Math.floor(y / CELL_PX), Math.ceil((x + w) / CELL_PX), Math.ceil((y + h) / CELL_PX))

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
