/** What settling proposed objects writes, over a part of a plane. */
import { expect, test } from 'vitest'
import { inPart, objectsAt, tilesWith } from '../../../src-main/core/session/proposed-fill.ts'

/** Reaches over the corner where four tiles meet. */
const PART = { x: 250, y: 200, w: 300, h: 100 }
const indexOf = (x: number, y: number) => (y - PART.y) * PART.w + x - PART.x

test('of the tiles that a part meets those are written in which it has a value, row by row', () => {
  const values = new Uint32Array(PART.w * PART.h)
  expect(tilesWith(values, PART)).toEqual([])
  // The last pixel of the first tile, the first of the one beside it, and the last of the part.
  for (const [x, y] of [
    [255, 255],
    [256, 200],
    [549, 299],
  ] as const) {
    values[indexOf(x, y)] = 16
  }
  expect(tilesWith(values, PART)).toEqual([
    { tx: 0, ty: 0 },
    { tx: 1, ty: 0 },
    { tx: 2, ty: 1 },
  ])
})

test('objects in a wider part are found at the same places of the plane', () => {
  const labels = Uint32Array.from([1, 0, 2, 2, 0, 3])
  const wider = inPart({ x: 252, y: 201, width: 3, height: 2, labels, classIndex: new Uint8Array(4) }, PART)
  const places = [252, 253, 254].flatMap((x) => [201, 202].map((y) => wider.labels[indexOf(x, y)]))
  expect(places).toEqual([1, 2, 0, 0, 2, 3])
  expect(wider.labels.filter((label) => label !== 0)).toHaveLength(4)
  expect([...objectsAt(wider, [{ x: 252, y: 201 }])]).toEqual([0, 1, 0, 0])
  expect([...objectsAt(wider, undefined, [{ x: 254, y: 202 }])]).toEqual([0, 1, 1, 0])
  // In the row above and below where a wider plane would have wrapped round, and outside.
  for (const [x, y] of [
    [249, 202],
    [552, 200],
    [252, 199],
    [252, 300],
  ] as const) {
    expect([...objectsAt(wider, [{ x, y }])]).toEqual([0, 0, 0, 0])
  }
})
