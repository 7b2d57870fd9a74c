/** Sets of pixels as horizontal runs. */
import type { Rect } from '../planes.ts'

/** Triples y, x0, x1: pixels x0 <= x < x1 of row y; by growing y, then x, without overlap. */
export type Spans = Int32Array

/** Calls `visit` for every run. */
export function forEachSpan(spans: Spans, visit: (y: number, x0: number, x1: number) => void): void {
  for (let index = 0; index < spans.length; index += 3) visit(spans[index]!, spans[index + 1]!, spans[index + 2]!)
}

/** Number of pixels. */
export function areaOf(spans: Spans): number {
  let area = 0
  for (let index = 0; index < spans.length; index += 3) area += spans[index + 2]! - spans[index + 1]!
  return area
}

/** The smallest rectangle with all pixels; w = 0 when there are none. */
export function boundsOf(spans: Spans): Rect {
  if (spans.length === 0) return { x: 0, y: 0, w: 0, h: 0 }
  let left = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  for (let index = 0; index < spans.length; index += 3) {
    left = Math.min(left, spans[index + 1]!)
    right = Math.max(right, spans[index + 2]!)
  }
  const top = spans[0]!
  return { x: left, y: top, w: right - left, h: spans[spans.length - 3]! - top + 1 }
}

/** Collects runs in any order, overlapping or not, inside a rectangle. */
export class SpanBuilder {
  readonly #clip: Rect
  readonly #rows = new Map<number, number[]>()

  constructor(clip: Rect) {
    this.#clip = clip
  }

  /** Adds pixels x0 <= x < x1 of row y, as far as they lie inside. */
  add(y: number, x0: number, x1: number): void {
    const { x, w, y: top, h } = this.#clip
    const from = Math.max(x0, x)
    const to = Math.min(x1, x + w)
    if (from >= to || y < top || y >= top + h) return
    const row = this.#rows.get(y)
    if (row) row.push(from, to)
    else this.#rows.set(y, [from, to])
  }

  build(): Spans {
    const spans: number[] = []
    for (const y of [...this.#rows.keys()].sort((a, b) => a - b)) mergeRow(y, this.#rows.get(y)!, spans)
    return Int32Array.from(spans)
  }
}

/** Appends the union of the runs of one row. */
function mergeRow(y: number, runs: number[], spans: number[]): void {
  const order = Array.from({ length: runs.length / 2 }, (_, index) => index * 2).sort((a, b) => runs[a]! - runs[b]!)
  let from = runs[order[0]!]!
  let to = runs[order[0]! + 1]!
  for (const index of order) {
    if (runs[index]! > to) {
      spans.push(y, from, to)
      from = runs[index]!
    }
    to = Math.max(to, runs[index + 1]!)
  }
  spans.push(y, from, to)
}
