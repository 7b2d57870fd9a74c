import { RowEnvelope } from './row-envelope.ts'

/** Rows for which nearest pixels are held at a time. */
const BAND_ROWS = 512
/** Farther than any pixel of any plane. */
const FAR = 2 ** 30

/**
 * Background within `regrowPx` of an object goes to the nearest one, in place. Only what stays 4-connected to the object
 * is taken, so that objects which nearly meet cannot leave crumbs behind each other. Ids are below 2^31.
 */
export function regrow(labels: Uint32Array, width: number, height: number, regrowPx: number): void {
  const most = largestSquare(Math.min(regrowPx, width + height))
  if (most < 1) return
  // A pixel that waits to be connected to object n holds -n, so that no second plane is needed.
  const signed = new Int32Array(labels.buffer, labels.byteOffset, labels.length)
  propose(signed, width, height, most)
  confirm(signed, width, height)
  for (let at = 0; at < signed.length; at++) if (signed[at]! < 0) signed[at] = 0
}

/** The largest whole number whose root, as a float32 distance, is at most `distancePx`. */
function largestSquare(distancePx: number): number {
  let square = Math.floor(distancePx * distancePx) + 1
  while (square > 0 && Math.fround(Math.sqrt(square)) > distancePx) square--
  while (Math.fround(Math.sqrt(square + 1)) <= distancePx) square++
  return square
}

/**
 * Gives background the id of the nearest object pixel, negative, where its squared distance is at most `most`: of
 * equally near ones the leftmost, in a column the upper. As in `nearestValue` (distance.ts), but a band of rows at a
 * time, with the rows below it within reach read before they change.
 */
function propose(signed: Int32Array, width: number, height: number, most: number): void {
  const reach = Math.floor(Math.sqrt(most))
  const bandRows = Math.min(height, Math.max(BAND_ROWS, reach))
  const below = new Int32Array(bandRows * width)
  const above = new Int32Array(width).fill(-FAR)
  const row = new NearestInRow(width, reach)
  for (let top = 0; top < height; top += bandRows) {
    const bottom = Math.min(height, top + bandRows)
    findBelow(below, signed, width, { top, bottom, last: Math.min(height, bottom + reach) })
    for (let y = top; y < bottom; y++) {
      const start = y * width
      for (let x = 0; x < width; x++) if (signed[start + x]! > 0) above[x] = y
      row.enter(above, below, (y - top) * width, y)
      row.propose(signed, y, most)
    }
  }
}

/** For the rows from `top` to before `bottom`, the row of the nearest object at or below each pixel, before `last`. */
function findBelow(
  below: Int32Array,
  signed: Int32Array,
  width: number,
  { top, bottom, last }: { top: number; bottom: number; last: number },
): void {
  const nearest = new Int32Array(width).fill(FAR)
  for (let y = last - 1; y >= top; y--) {
    const start = y * width
    for (let x = 0; x < width; x++) if (signed[start + x] !== 0) nearest[x] = y
    if (y < bottom) below.set(nearest, (y - top) * width)
  }
}

/** The nearest object pixels of one row, as far as they are within reach. */
class NearestInRow {
  readonly #width: number
  readonly #reach: number
  readonly #envelope: RowEnvelope
  /** Row of the nearest object pixel in each column, and how far above or below it is. */
  readonly #rowOf: Int32Array
  readonly #gap: Int32Array

  constructor(width: number, reach: number) {
    this.#width = width
    this.#reach = reach
    this.#envelope = new RowEnvelope(width)
    this.#rowOf = new Int32Array(width)
    this.#gap = new Int32Array(width + 1).fill(1) // the last entry ends the row's last run of objects
  }

  enter(above: Int32Array, below: Int32Array, start: number, y: number): void {
    const gap = this.#gap
    for (let x = 0; x < this.#width; x++) {
      const up = y - above[x]!
      const down = below[start + x]! - y
      this.#rowOf[x] = down < up ? below[start + x]! : above[x]!
      gap[x] = Math.min(up, down)
    }
    this.#envelope.clear()
    for (let x = 0, before = 1; x < this.#width; x++) {
      const here = gap[x]!
      // Inside a run of object pixels none is nearest to anything outside it.
      const isInner = here === 0 && before === 0 && gap[x + 1] === 0
      if (here <= this.#reach && !isInner) this.#envelope.add(x, here * here)
      before = here
    }
  }

  propose(signed: Int32Array, y: number, most: number): void {
    const { count, site, height, end } = this.#envelope
    if (count === 0) return
    const start = y * this.#width
    for (let x = 0, part = 0; x < this.#width; x++) {
      if (signed[start + x] !== 0) continue
      while (end[part]! < x) part++
      const nearest = site[part]!
      if ((x - nearest) * (x - nearest) + height[part]! > most) continue
      signed[start + x] = -signed[this.#rowOf[nearest]! * this.#width + nearest]!
    }
  }
}

/** Makes positive what is connected to its object through pixels of the same. */
function confirm(signed: Int32Array, width: number, height: number): void {
  const stack = new Stack()
  const size = width * height
  for (let start = 0; start < size; start++) {
    const waiting = signed[start]!
    if (waiting >= 0) continue
    const isTouching =
      signed[start - width] === -waiting ||
      signed[start + width] === -waiting ||
      (start % width > 0 && signed[start - 1] === -waiting) ||
      (start % width < width - 1 && signed[start + 1] === -waiting)
    if (!isTouching) continue
    stack.push(start)
    signed[start] = -waiting
    while (stack.count > 0) {
      const at = stack.pop()
      const x = at % width
      for (let side = 0; side < 4; side++) {
        const to = side === 0 ? at - width : side === 1 ? at + width : side === 2 ? at - 1 : at + 1
        if ((side === 2 && x === 0) || (side === 3 && x === width - 1) || signed[to] !== waiting) continue
        signed[to] = -waiting
        stack.push(to)
      }
    }
  }
}

class Stack {
  count = 0
  #values = new Int32Array(1024)

  push(value: number): void {
    if (this.count === this.#values.length) {
      const larger = new Int32Array(this.count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.count++] = value
  }

  pop(): number {
    return this.#values[--this.count]!
  }
}
