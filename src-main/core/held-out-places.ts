/** Where on a painted plane a block could be held out for validation, and how well it would stand for the plane. */
import type { Rect } from '../../src-shared/planes.ts'
import { SummedTable } from '../../src-shared/summed-table.ts'

/** A painted plane as a coarse grid of cells: how many pixels of each cell are painted as object and as anything else. */
export interface PaintedGrid {
  width: number
  height: number
  /** Side of a cell in pixels; the last ones of a row or column may be cut. */
  cellPx: number
  columns: number
  rows: number
  /** Of each class of objects, class 1 first. */
  objects: Float64Array[]
  other: Float64Array
}

/** Never more than this share of a plane, of its painted objects, or of a class on all planes, is taken from training. */
export const MOST_HELD_OUT = 0.5

export interface WantedPlace {
  /** Of the plane's area. */
  share: number
  leastSidePx: number
  classes: ClassesLeft
}

/** In cells. */
export interface Place {
  column: number
  row: number
  columns: number
  rows: number
  /** How far its shares of the plane's objects and background are from the wanted one. */
  cost: number
}

/** The places for a block of the wanted share, row by row; none where a block would take too much from training. */
export function* placesIn(grid: PaintedGrid, { share, leastSidePx, classes }: WantedPlace): Generator<Place> {
  const scale = Math.sqrt(share)
  const columns = sideInCells(grid.width, grid.cellPx, scale, leastSidePx)
  const rows = sideInCells(grid.height, grid.cellPx, scale, leastSidePx)
  if (columns * rows > MOST_HELD_OUT * grid.columns * grid.rows) return
  const object = summedTable(grid, objectsOf(grid))
  const other = summedTable(grid, grid.other)
  // Of a single class half is left wherever half of each plane's objects is.
  const byClass = grid.objects.length === 1 ? [] : grid.objects.map((counts) => summedTable(grid, counts))
  for (let row = 0; row + rows <= grid.rows; row++) {
    for (let column = 0; column + columns <= grid.columns; column++) {
      const within = (table: SummedTable) => table.in(column, row, column + columns, row + rows)
      const [objectShare, otherShare] = [within(object) / object.total, within(other) / other.total]
      if (objectShare === 0 || objectShare > MOST_HELD_OUT || otherShare > MOST_HELD_OUT) continue
      if (!byClass.every((table, k) => classes.canSpare(k, within(table)))) continue
      yield { column, row, columns, rows, cost: misfit(objectShare, share) + misfit(otherShare, share) }
    }
  }
}

/** A place in pixels. */
export function rectOf({ width, height, cellPx }: PaintedGrid, { column, row, columns, rows }: Place): Rect {
  const [x, y] = [column * cellPx, row * cellPx]
  return { x, y, w: Math.min(columns * cellPx, width - x), h: Math.min(rows * cellPx, height - y) }
}

/** Object pixels of the cells that a rectangle touches. */
export function objectPixelsNear(grid: PaintedGrid, { x, y, w, h }: Rect): number {
  const { cellPx } = grid
  const table = summedTable(grid, objectsOf(grid))
  const [right, bottom] = [Math.ceil((x + w) / cellPx), Math.ceil((y + h) / cellPx)]
  return table.in(Math.floor(x / cellPx), Math.floor(y / cellPx), right, bottom)
}

/** What is painted of each class on all planes, and how much of it is held out already: a rare class must be taught. */
export class ClassesLeft {
  readonly #painted: number[]
  readonly #heldOut: number[]

  constructor(grids: readonly PaintedGrid[]) {
    const classes = grids[0]?.objects.length ?? 0
    this.#painted = Array.from({ length: classes }, (_, k) => sumOf(grids.map(({ objects }) => sumOf(objects[k]!))))
    this.#heldOut = this.#painted.map(() => 0)
  }

  /** Whether half of a class is left to training when so many of its pixels are held out as well. */
  canSpare(k: number, pixels: number): boolean {
    return this.#heldOut[k]! + pixels <= MOST_HELD_OUT * this.#painted[k]!
  }

  take(grid: PaintedGrid, { column, row, columns, rows }: Place): void {
    for (const [k, counts] of grid.objects.entries()) {
      this.#heldOut[k]! += summedTable(grid, counts).in(column, row, column + columns, row + rows)
    }
  }
}

/** Pixels painted as objects, of whichever class. */
export function objectsOf({ objects, other }: PaintedGrid): Float64Array {
  if (objects.length === 1) return objects[0]!
  const sums = new Float64Array(other.length) // asked for of every plane after every stroke: no list per cell
  for (const counts of objects) for (let cell = 0; cell < sums.length; cell++) sums[cell]! += counts[cell]!
  return sums
}

export function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

const sideInCells = (sidePx: number, cellPx: number, scale: number, leastSidePx: number): number =>
  Math.max(1, Math.round(Math.max(sidePx * scale, Math.min(leastSidePx, sidePx)) / cellPx))

/** How far a share is from the wanted one; a plane without such pixels (NaN) costs nothing. */
const misfit = (found: number, wanted: number): number =>
  Number.isNaN(found) ? 0 : Math.abs(Math.log((found + 1e-3) / wanted))

function summedTable({ columns, rows }: PaintedGrid, values: Float64Array): SummedTable {
  const table = new SummedTable(columns, rows)
  for (let row = 0; row < rows; row++) table.addRow(values.subarray(row * columns, (row + 1) * columns))
  return table
}
