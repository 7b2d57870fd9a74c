/** What settling proposed objects writes, over a part of a plane. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptedFill, inPart, objectsAt, tilesWith } from '../../../src-main/core/session/proposed-fill.ts'
import { LABEL } from '../../../src-shared/labels.ts'

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

interface Decision {
  width: number
  height: number
  /** Numbers of proposed objects, 0 for none. */
  labels: Uint32Array
  ringPx: number
}

/** What is painted after the objects, by number, have been accepted in turns, each turn several at once. */
function painted({ width, height, labels, ringPx }: Decision, before: Uint32Array, turns: number[][]): Uint32Array {
  const count = labels.reduce((most, label) => Math.max(most, label), 0)
  const plane = Uint32Array.from(before)
  for (const turn of turns) {
    const isChosen = Uint8Array.from({ length: count + 1 }, (_, object) => Number(turn.includes(object)))
    // The class names the object here.
    const classIndex = Uint8Array.from({ length: count + 1 }, (_, object) => object)
    const proposed = { x: 0, y: 0, width, height, labels: labels.slice(), classIndex }
    const free = Uint8Array.from(plane, (label) => Number(label === LABEL.unpainted))
    const { values, classes } = acceptedFill(proposed, isChosen, free, ringPx)
    for (const [at, value] of values.entries()) {
      if (value !== 0) plane[at] = value < LABEL.firstObject ? value : 100 + classes[value - LABEL.firstObject]!
    }
  }
  return plane
}
const objectsIn = (plane: Uint32Array) => plane.map((label) => (label >= LABEL.firstObject ? label : 0))

test('of cells that touch, each is accepted whole, one after the other as all at once, with background around them alone', () => {
  const [width, height] = [110, 36]
  // Six cells of 14 x 14 px side by side.
  const labels = Uint32Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [(at % width) - 13, Math.floor(at / width) - 11]
    return x >= 0 && x < 84 && y >= 0 && y < 14 ? 1 + Math.floor(x / 14) : 0
  })
  const decision = { width, height, labels, ringPx: 8 }
  const blank = new Uint32Array(width * height)
  const together = painted(decision, blank, [[1, 2, 3, 4, 5, 6]])
  const inTurns = painted(decision, blank, [[3], [1], [2], [6], [5], [4]])
  expect(inTurns).toEqual(together)
  expect(objectsIn(together)).toEqual(labels.map((label) => label && 100 + label))
  expect(together.filter((label) => label === LABEL.background).length).toBeGreaterThan(0)
  // What nobody has decided about stays unpainted, also in the ring of its neighbour.
  const one = painted(decision, blank, [[2]])
  expect(one.filter((_, at) => labels[at] !== 2 && labels[at] !== 0).every((label) => label === 0)).toBe(true)
})

test('accepted one by one in any order, objects are those of accepting all, also where some of the plane is painted', () => {
  const [width, height] = [14, 10]
  const plane = fc.array(fc.constantFrom(0, 0, 1, 2, 3, 4), { minLength: width * height, maxLength: width * height })
  const paint = fc.array(fc.constantFrom(0, 0, 0, 0, 0, 1, 3, 16), { minLength: 35, maxLength: 35 })
  const order = fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 })
  fc.assert(
    fc.property(plane, paint, order, fc.constantFrom(0, 1.5, 3), (coarse, painting, turns, ringPx) => {
      // Squares of two pixels, so that objects have an inside.
      const at = (values: number[]) =>
        Uint32Array.from({ length: width * height }, (_, place) => {
          const [x, y] = [place % width, Math.floor(place / width)]
          return values[(y >> 1) * (width >> 1) + (x >> 1)]!
        })
      const decision = { width, height, labels: at(coarse), ringPx }
      const before = at(painting)
      const together = painted(decision, before, [[1, 2, 3, 4]])
      const inTurns = painted(
        decision,
        before,
        turns.map((object) => [object]),
      )
      expect(objectsIn(inTurns)).toEqual(objectsIn(together))
    }),
  )
})
