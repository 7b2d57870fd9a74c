import { expect, test } from 'vitest'
import { chooseHeldOut, type PaintedGrid } from '../../../src-main/core/held-out.ts'

const CELL_PX = 16

/** A plane of cells; `fill` says which share of a cell is painted as object and as anything else. */
function grid(width: number, height: number, fill: (column: number, row: number) => [number, number]): PaintedGrid {
  const columns = Math.ceil(width / CELL_PX)
  const rows = Math.ceil(height / CELL_PX)
  const object = new Float64Array(columns * rows)
  const other = new Float64Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [inside, outside] = fill(column, row)
      object[row * columns + column] = inside * 256
      other[row * columns + column] = outside * 256
    }
  }
  return { width, height, cellPx: CELL_PX, columns, rows, object, other }
}

const dense = (width = 512, height = 512) => grid(width, height, () => [0.7, 0.3])
const area = (rects: { w: number; h: number }[]) => rects.reduce((sum, { w, h }) => sum + w * h, 0)

test('one painted image gives one block of about 15 % of it', () => {
  const [blocks] = chooseHeldOut([dense()])
  expect(blocks).toHaveLength(1)
  expect(area(blocks!) / 512 ** 2).toBeGreaterThan(0.12)
  expect(area(blocks!) / 512 ** 2).toBeLessThan(0.18)
})

test('of few images each gives a block, of many some give larger ones, and none is lost', () => {
  const five = chooseHeldOut(Array.from({ length: 5 }, () => dense()))
  expect(five.map((blocks) => blocks.length)).toEqual([1, 1, 1, 1, 1])
  const twelve = chooseHeldOut(Array.from({ length: 12 }, () => dense()))
  expect(twelve.filter((blocks) => blocks.length === 1)).toHaveLength(6)
  expect(area(twelve.flat()) / (12 * 512 ** 2)).toBeCloseTo(0.15, 1)
  const many = chooseHeldOut(Array.from({ length: 100 }, () => dense()))
  for (const blocks of many) expect(area(blocks)).toBeLessThanOrEqual(0.52 * 512 ** 2)
})

test('blocks lie inside their plane, at odd sizes too', () => {
  for (let seed = 0; seed < 40; seed++) {
    const [blocks] = chooseHeldOut([grid(333, 201, () => [0.5, 0.5])], { seed })
    for (const { x, y, w, h } of blocks!) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(y).toBeGreaterThanOrEqual(0)
      expect(x + w).toBeLessThanOrEqual(333)
      expect(y + h).toBeLessThanOrEqual(201)
    }
  }
})

test('a block holds painted objects and leaves most of them to training', () => {
  // Objects only in the upper left quarter.
  const corner = grid(512, 512, (column, row) => (column < 16 && row < 16 ? [0.5, 0.5] : [0, 0]))
  const [block] = chooseHeldOut([corner])[0]!
  expect(block!.x).toBeLessThan(256)
  expect(block!.y).toBeLessThan(256)
  const columns = Math.min(16, (block!.x + block!.w) / CELL_PX) - block!.x / CELL_PX
  const rows = Math.min(16, (block!.y + block!.h) / CELL_PX) - block!.y / CELL_PX
  expect((columns * rows) / 256).toBeLessThanOrEqual(0.5)
})

test('nothing is held out where the only object would be lost, or where the image is tiny', () => {
  expect(chooseHeldOut([grid(512, 512, (column, row) => (column === 9 && row === 9 ? [1, 0] : [0, 0]))])).toEqual([[]])
  expect(chooseHeldOut([dense(60, 60)])).toEqual([[]])
})

test('the same seed gives the same blocks and another seed other ones', () => {
  const grids = [dense(), dense()]
  expect(chooseHeldOut(grids, { seed: 7 })).toEqual(chooseHeldOut(grids, { seed: 7 }))
  const places = new Set(Array.from({ length: 10 }, (_, seed) => JSON.stringify(chooseHeldOut(grids, { seed }))))
  expect(places.size).toBeGreaterThan(5)
})

test('the share can be chosen', () => {
  const [blocks] = chooseHeldOut([dense()], { share: 0.4 })
  expect(area(blocks!) / 512 ** 2).toBeGreaterThan(0.34)
})

test('a plane of 10,000 x 10,000 pixels, painted all over, gives a block like any other', () => {
  const [blocks] = chooseHeldOut([dense(10_000, 10_000)])
  expect(blocks).toHaveLength(1)
  expect(area(blocks!) / 10_000 ** 2).toBeCloseTo(0.15, 2)
})
