import { expect, test } from 'vitest'
import { chooseHeldOut } from '../../../src-main/core/held-out.ts'
import type { PaintedGrid } from '../../../src-main/core/held-out-places.ts'
import type { Rect } from '../../../src-shared/planes.ts'

const CELL_PX = 16

/** A plane of cells; `fill` says which share of a cell is painted as anything else, and as each class of objects. */
function grid(
  width: number,
  height: number,
  fill: (column: number, row: number) => [other: number, ...objects: number[]],
): PaintedGrid {
  const columns = Math.ceil(width / CELL_PX)
  const rows = Math.ceil(height / CELL_PX)
  const shares = Array.from({ length: columns * rows }, (_, at) => fill(at % columns, Math.floor(at / columns)))
  const [other, ...objects] = shares[0]!.map((_, k) => Float64Array.from(shares, (cell) => cell[k]! * CELL_PX ** 2))
  return { width, height, cellPx: CELL_PX, columns, rows, objects, other: other! }
}

const dense = (width = 512, height = 512) => grid(width, height, () => [0.3, 0.7])
/** Nothing painted but one small object. */
const oneCell = () => grid(512, 512, (column, row) => (column === 9 && row === 9 ? [0, 1] : [0, 0]))
/** Complete, without objects. */
const empty = () => grid(512, 512, () => [1, 0])
const donorsOf = (blocks: Rect[][]) => blocks.flatMap(({ length }, index) => (length > 0 ? [index] : []))
/** Painted pixels of class `k` in the blocks, over all planes. */
const pixelsIn = (grids: readonly PaintedGrid[], blocks: Rect[][], k: number) =>
  grids.reduce((sum, { objects, columns }, index) => {
    const isIn = (x: number, y: number) =>
      blocks[index]!.some((block) => x >= block.x && x < block.x + block.w && y >= block.y && y < block.y + block.h)
    const counts = objects[k - 1]!
    return counts.reduce((all, count, at) => {
      const [x, y] = [(at % columns) * CELL_PX, Math.floor(at / columns) * CELL_PX]
      return isIn(x, y) ? all + count : all
    }, sum)
  }, 0)
const area = (rects: { w: number; h: number }[]) => rects.reduce((sum, { w, h }) => sum + w * h, 0)

test('one painted image gives one block of about 15 % of it', async () => {
  const [blocks] = await chooseHeldOut([dense()])
  expect(blocks).toHaveLength(1)
  expect(area(blocks!) / 512 ** 2).toBeGreaterThan(0.12)
  expect(area(blocks!) / 512 ** 2).toBeLessThan(0.18)
})

test('of few images each gives a block, of many some give larger ones, and none is lost', async () => {
  const five = await chooseHeldOut(Array.from({ length: 5 }, () => dense()))
  expect(five.map((blocks) => blocks.length)).toEqual([1, 1, 1, 1, 1])
  const twelve = await chooseHeldOut(Array.from({ length: 12 }, () => dense()))
  expect(twelve.filter((blocks) => blocks.length === 1)).toHaveLength(6)
  expect(area(twelve.flat()) / (12 * 512 ** 2)).toBeCloseTo(0.15, 1)
  const many = await chooseHeldOut(Array.from({ length: 100 }, () => dense()))
  expect(donorsOf(many)).toEqual([8, 25, 41, 58, 75, 91])
  for (const blocks of many) expect(area(blocks)).toBeLessThanOrEqual(0.5 * 512 ** 2)
})

test('blocks lie inside their plane, at odd sizes too', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const [blocks] = await chooseHeldOut([grid(333, 201, () => [0.5, 0.5])], { seed })
    for (const { x, y, w, h } of blocks!) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(y).toBeGreaterThanOrEqual(0)
      expect(x + w).toBeLessThanOrEqual(333)
      expect(y + h).toBeLessThanOrEqual(201)
    }
  }
})

test('a block holds painted objects and leaves most of them to training', async () => {
  // Objects only in the upper left quarter.
  const corner = grid(512, 512, (column, row) => (column < 16 && row < 16 ? [0.5, 0.5] : [0, 0]))
  const [block] = (await chooseHeldOut([corner]))[0]!
  expect(block!.x).toBeLessThan(256)
  expect(block!.y).toBeLessThan(256)
  const columns = Math.min(16, (block!.x + block!.w) / CELL_PX) - block!.x / CELL_PX
  const rows = Math.min(16, (block!.y + block!.h) / CELL_PX) - block!.y / CELL_PX
  expect((columns * rows) / 256).toBeLessThanOrEqual(0.5)
})

test('nothing is held out where the only object would be lost, or where the image is tiny', async () => {
  expect(await chooseHeldOut([oneCell()])).toEqual([[]])
  expect(await chooseHeldOut([dense(60, 60)])).toEqual([[]])
})

test('the same seed gives the same blocks and another seed other ones', async () => {
  const grids = [dense(), dense()]
  expect(await chooseHeldOut(grids, { seed: 7 })).toEqual(await chooseHeldOut(grids, { seed: 7 }))
  const places = await Promise.all(Array.from({ length: 10 }, (_, seed) => chooseHeldOut(grids, { seed })))
  expect(new Set(places.map((blocks) => JSON.stringify(blocks))).size).toBeGreaterThan(5)
})

test('images painted all over give the blocks that published studies were trained with', async () => {
  const square = (x: number, y: number, side: number) => ({ x, y, w: side, h: side })
  expect(await chooseHeldOut([dense(), dense(), dense()], { seed: 2 })).toEqual([
    [square(128, 240, 192)],
    [square(272, 96, 192)],
    [square(320, 80, 192)],
  ])
  const fifteen = await chooseHeldOut(Array.from({ length: 15 }, () => dense()))
  expect(Object.fromEntries([...fifteen.entries()].filter(([, blocks]) => blocks.length > 0))).toEqual({
    1: [square(16, 128, 320)],
    3: [square(0, 0, 320)],
    6: [square(176, 96, 320)],
    8: [square(144, 192, 320)],
    11: [square(112, 192, 320)],
    13: [square(128, 48, 320)],
  })
})

test('the share can be chosen', async () => {
  const [blocks] = await chooseHeldOut([dense()], { share: 0.4 })
  expect(area(blocks!) / 512 ** 2).toBeGreaterThan(0.34)
  expect(await chooseHeldOut([dense()], { share: 0 })).toEqual([[]])
})

test('images that cannot give a block are passed over, wherever they stand in the list', async () => {
  const painted = [0, 2, 4]
  const grids = Array.from({ length: 12 }, (_, index) => (painted.includes(index) ? dense(256, 256) : oneCell()))
  const blocks = await chooseHeldOut(grids)
  expect(donorsOf(blocks)).toEqual(painted)
  // Nearly all paint is on these three, so each gives its own share and not also that of the nine others.
  for (const index of painted) expect(area(blocks[index]!) / 256 ** 2).toBeCloseTo(0.15, 1)
})

test('blocks show objects, and background alone only where no image has room for more', async () => {
  const mixed = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? dense() : empty()))
  expect(donorsOf(await chooseHeldOut(mixed))).toEqual([0, 2, 4, 6, 8, 10])
  expect(donorsOf(await chooseHeldOut([oneCell(), empty(), empty()]))).toEqual([1, 2])
})

test('of a rare class at least half is left to training, on all images together', async () => {
  // Two objects of class 2 on each image, which a block would well hold both of.
  const rare = () =>
    grid(256, 256, (column, row) => (row === 7 && (column === 7 || column === 8) ? [0, 0, 1] : [0.5, 0.5, 0]))
  const grids = Array.from({ length: 3 }, rare)
  for (let seed = 0; seed < 20; seed++) {
    const blocks = await chooseHeldOut(grids, { seed })
    expect(donorsOf(blocks)).toEqual([0, 1, 2])
    expect(pixelsIn(grids, blocks, 2)).toBeLessThanOrEqual(3 * CELL_PX ** 2)
  }
  // Two objects on two images: one block may hold an object, the other must leave its own.
  const single = () => grid(256, 256, (column, row) => (row === 7 && column === 7 ? [0, 0, 1] : [0.5, 0.5, 0]))
  const two = [single(), single()]
  for (let seed = 0; seed < 20; seed++) {
    const blocks = await chooseHeldOut(two, { seed })
    expect(donorsOf(blocks)).toEqual([0, 1])
    expect(pixelsIn(two, blocks, 2)).toBeLessThanOrEqual(CELL_PX ** 2)
  }
})

test('a plane of 10,000 x 10,000 pixels, painted all over, gives a block like any other', async () => {
  const [blocks] = await chooseHeldOut([dense(10_000, 10_000)])
  expect(blocks).toHaveLength(1)
  expect(area(blocks!) / 10_000 ** 2).toBeCloseTo(0.15, 2)
})
