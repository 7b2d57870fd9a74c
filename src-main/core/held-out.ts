/**
 * Which part of the annotation is held out for validation when no image has that role. Blocks, not whole images: every
 * painted image still teaches, and the score still comes from pixels the network never saw labelled.
 */
import { leastOf } from '../../src-shared/extremes.ts'
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
  object: Float64Array
  other: Float64Array
}

export interface HoldOutOptions {
  /** Share of the painted area to hold out, over all planes: 0.15. */
  share?: number
  /** At most this many planes give a block, evenly spread: validation must not take longer than training. */
  maxBlocks?: number
  /** No block is smaller than this: with less, a score is a matter of luck. */
  leastSidePx?: number
  seed?: number
}

/** Never more than this share of a plane, or of its painted objects, is taken from training. */
const MOST_OF_A_PLANE = 0.5

/**
 * Rectangles held out for validation, one list per plane (mostly empty or one). Of n planes, min(n, maxBlocks) give one
 * block each, together about `share` of the area; a block is placed where its painted object and background pixels are
 * nearest to its share of the plane's, and leaves at least half of the objects' pixels to training. Planes in which no
 * such block exists (one small object, a tiny image) give none. Equal input and seed give equal blocks.
 */
export function chooseHeldOut(grids: readonly PaintedGrid[], options: HoldOutOptions = {}): Rect[][] {
  const { share = 0.15, maxBlocks = 6, leastSidePx = 48, seed = 1 } = options
  const random = randomFrom(seed)
  const blocks: Rect[][] = grids.map(() => [])
  const donors = evenlySpread(grids.length, Math.min(grids.length, maxBlocks))
  const shareOfDonor = Math.min(MOST_OF_A_PLANE, (share * grids.length) / Math.max(1, donors.length))
  for (const index of donors) {
    const block = chooseBlock(grids[index]!, shareOfDonor, leastSidePx, random)
    if (block) blocks[index] = [block]
  }
  return blocks
}

/** `count` of the indices 0..length-1, evenly spread: 3 of 10 are 1, 5, 8. */
function evenlySpread(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count))
}

function chooseBlock(grid: PaintedGrid, share: number, leastSidePx: number, random: () => number): Rect | undefined {
  const scale = Math.sqrt(share)
  const columns = sideInCells(grid.width, grid.cellPx, scale, leastSidePx)
  const rows = sideInCells(grid.height, grid.cellPx, scale, leastSidePx)
  if (columns * rows > MOST_OF_A_PLANE * grid.columns * grid.rows) return undefined
  const object = summedTable(grid, grid.object)
  const other = summedTable(grid, grid.other)
  const candidates: { column: number; row: number; cost: number }[] = []
  for (let row = 0; row + rows <= grid.rows; row++) {
    for (let column = 0; column + columns <= grid.columns; column++) {
      const shareOf = (table: SummedTable) => table.in(column, row, column + columns, row + rows) / table.total
      const [objectShare, otherShare] = [shareOf(object), shareOf(other)]
      if (objectShare === 0 || objectShare > MOST_OF_A_PLANE || otherShare > MOST_OF_A_PLANE) continue
      candidates.push({ column, row, cost: misfit(objectShare, share) + misfit(otherShare, share) })
    }
  }
  if (candidates.length === 0) return undefined
  const best = leastOf(candidates.map(({ cost }) => cost))
  const good = candidates.filter(({ cost }) => cost <= best + 0.2) // many places are as good: let the seed choose
  const { column, row } = good[Math.floor(random() * good.length)]!
  const x = column * grid.cellPx
  const y = row * grid.cellPx
  const w = Math.min(columns * grid.cellPx, grid.width - x)
  const h = Math.min(rows * grid.cellPx, grid.height - y)
  return { x, y, w, h }
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

/** Mulberry32: 32 bits of state are plenty for choosing a place. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
