/**
 * Exact Euclidean distances between pixel centres, in pixels, in time linear in the number of pixels: columns first,
 * then the lower envelope of parabolas along each row (Felzenszwalb and Huttenlocher 2012, "Distance transforms of
 * sampled functions"). Squared distances are whole numbers held in doubles, so nothing is rounded before the root.
 */
import { LABEL } from './labels.ts'
import { RowEnvelope } from './row-envelope.ts'

/** Distance to the nearest source pixel (non-zero), Infinity without one; row-major like `isSource`. */
export function distanceTo(isSource: Uint8Array, width: number, height: number): Float32Array {
  return nearestPixel(isSource, width, height, false).distance
}

/** Distance to the nearest source, and its value there: a nearest-label transform. 0 is no source. */
export function nearestValue(
  values: Uint32Array,
  width: number,
  height: number,
): { distance: Float32Array; value: Uint32Array } {
  const { distance, index } = nearestPixel(values, width, height, true)
  const value = new Uint32Array(values.length)
  for (let at = 0; at < value.length; at++) if (index[at]! >= 0) value[at] = values[index[at]!]!
  return { distance, value }
}

function nearestPixel(
  sources: Uint8Array | Uint32Array,
  width: number,
  height: number,
  withIndex: boolean,
): { distance: Float32Array; index: Int32Array } {
  const row = nearestRowInColumn(sources, width, height)
  const envelope = new RowEnvelope(width)
  const distance = new Float32Array(width * height)
  const index = new Int32Array(withIndex ? width * height : 0)
  for (let y = 0; y < height; y++) {
    const start = y * width
    envelope.clear()
    for (let x = 0; x < width; x++) {
      const nearest = row[start + x]!
      if (nearest >= 0) envelope.add(x, (nearest - y) * (nearest - y))
    }
    if (envelope.count === 0) {
      distance.fill(Number.POSITIVE_INFINITY, start, start + width)
      if (withIndex) index.fill(-1, start, start + width)
      continue
    }
    let part = 0
    for (let x = 0; x < width; x++) {
      while (envelope.end[part]! < x) part++
      const site = envelope.site[part]!
      distance[start + x] = Math.sqrt((x - site) * (x - site) + envelope.height[part]!)
      if (withIndex) index[start + x] = row[start + site]! * width + site
    }
  }
  return { distance, index }
}

/** For each pixel the row of the nearest source in its column, -1 without one. */
function nearestRowInColumn(sources: Uint8Array | Uint32Array, width: number, height: number): Int32Array {
  const row = new Int32Array(width * height)
  for (let x = 0; x < width; x++) row[x] = sources[x] ? 0 : -1
  for (let y = 1, at = width; y < height; y++) {
    for (let x = 0; x < width; x++, at++) row[at] = sources[at] ? y : row[at - width]!
  }
  for (let y = height - 2, at = (height - 1) * width - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, at--) {
      const below = row[at + width]!
      const above = row[at]!
      if (below >= 0 && (above < 0 || below - y < y - above)) row[at] = below
    }
  }
  return row
}

export interface TwoDistances {
  /** Distance to the nearest object: 0 inside objects, Infinity where there is none. */
  d1: Float32Array
  /** Distance to the nearest object other than that one, Infinity with fewer than two objects. */
  d2: Float32Array
  /** Id of the nearest object, 0 without one. */
  nearest: Uint32Array
}

/** Exact distances from each pixel centre to the nearest and second nearest object (ids from 16) of a label map. */
export function nearestTwoObjects(labels: Uint32Array, width: number, height: number): TwoDistances {
  const d1 = new Float32Array(labels.length)
  const d2 = new Float32Array(labels.length)
  const nearest = new Uint32Array(labels.length)
  forEachRowOfTwoNearest(labels, width, height, (y, squared1, squared2, ids) => {
    const start = y * width
    for (let x = 0; x < width; x++) {
      d1[start + x] = Math.sqrt(squared1[x]!)
      d2[start + x] = Math.sqrt(squared2[x]!)
    }
    nearest.set(ids, start)
  })
  return { d1, d2, nearest }
}

/** Receives one row: squared distances to the nearest and second nearest object, and the nearest's id. Reused buffers. */
export type RowOfTwoNearest = (y: number, squared1: Float64Array, squared2: Float64Array, nearest: Uint32Array) => void

/**
 * `nearestTwoObjects` a row at a time, from the last to the first, without holding the result.
 *
 * In each column the two vertically nearest *distinct* objects suffice: an object hidden behind two others in a column
 * is farther than both of them from any pixel of that row, hence neither nearest nor second nearest by that column.
 * Along a row, the lower envelope of all parabolas gives the nearest object A. Over a run of pixels s..e that share A
 * the second nearest lies on the envelope of the parabolas of other objects. Of those only the ones between the site
 * that wins at s - 1 and the site that wins at e + 1 matter: at s - 1 the winner is below every parabola to its left,
 * and the difference of two parabolas is a straight line that only grows with x; likewise on the right. The
 * sites that win move to the right with x, so these ranges overlap pairwise at most and a row costs O(width).
 */
export function forEachRowOfTwoNearest(
  labels: Uint32Array,
  width: number,
  height: number,
  receive: RowOfTwoNearest,
): void {
  const above = lastTwoAbove(labels, width, height)
  const below = new ColumnState(width, height)
  const row = new TwoNearestInRow(width)
  for (let y = height - 1; y >= 0; y--) {
    below.enter(labels, y)
    row.gather(y, above, below)
    row.solve()
    receive(y, row.squared1, row.squared2, row.nearest)
  }
}

/** Of each column: the object met last and the distinct one met before it, with their rows; id 0 is none. */
class ColumnState {
  readonly id1: Uint32Array
  readonly row1: Int32Array
  readonly id2: Uint32Array
  readonly row2: Int32Array
  readonly width: number
  constructor(width: number, height: number) {
    this.width = width
    this.id1 = new Uint32Array(width)
    this.row1 = new Int32Array(width).fill(-height)
    this.id2 = new Uint32Array(width)
    this.row2 = new Int32Array(width).fill(-height)
  }
  enter(labels: Uint32Array, y: number): void {
    const { id1, row1, id2, row2, width } = this
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const id = labels[at]!
      if (id < LABEL.firstObject) continue
      if (id !== id1[x]) {
        id2[x] = id1[x]!
        row2[x] = row1[x]!
        id1[x] = id
      }
      row1[x] = y
    }
  }
}

/** The state of every column after each row, from the first row down. */
function lastTwoAbove(labels: Uint32Array, width: number, height: number) {
  const size = width * height
  const all = {
    id1: new Uint32Array(size),
    row1: new Int32Array(size),
    id2: new Uint32Array(size),
    row2: new Int32Array(size),
  }
  const state = new ColumnState(width, height)
  for (let y = 0; y < height; y++) {
    state.enter(labels, y)
    all.id1.set(state.id1, y * width)
    all.row1.set(state.row1, y * width)
    all.id2.set(state.id2, y * width)
    all.row2.set(state.row2, y * width)
  }
  return all
}

class TwoNearestInRow {
  readonly squared1: Float64Array
  readonly squared2: Float64Array
  readonly nearest: Uint32Array
  /** The two nearest distinct objects of each column, seen from this row: ids (0 is none) and squared distances. */
  readonly #idA: Uint32Array
  readonly #heightA: Float64Array
  readonly #idB: Uint32Array
  readonly #heightB: Float64Array
  readonly #winner: Int32Array
  readonly #width: number
  readonly #first: RowEnvelope
  readonly #second: RowEnvelope

  constructor(width: number) {
    this.#width = width
    this.squared1 = new Float64Array(width)
    this.squared2 = new Float64Array(width)
    this.nearest = new Uint32Array(width)
    this.#idA = new Uint32Array(width)
    this.#heightA = new Float64Array(width)
    this.#idB = new Uint32Array(width)
    this.#heightB = new Float64Array(width)
    this.#winner = new Int32Array(width)
    this.#first = new RowEnvelope(width)
    this.#second = new RowEnvelope(width)
  }

  /** Merges, for each column, the two distinct objects above (or at) and the two below (or at) row `y`. */
  gather(y: number, above: ReturnType<typeof lastTwoAbove>, below: ColumnState): void {
    const idA = this.#idA
    const heightA = this.#heightA
    const idB = this.#idB
    const heightB = this.#heightB
    for (let x = 0, at = y * this.#width; x < this.#width; x++, at++) {
      const up1 = above.id1[at]!
      const down1 = below.id1[x]!
      if (up1 === 0 && down1 === 0) {
        idA[x] = 0
        idB[x] = 0
        continue
      }
      const upGap = up1 === 0 ? Number.POSITIVE_INFINITY : y - above.row1[at]!
      const downGap = down1 === 0 ? Number.POSITIVE_INFINITY : below.row1[x]! - y
      const isUp = upGap <= downGap
      const a = isUp ? up1 : down1
      const gapA = isUp ? upGap : downGap
      // On each side the first object other than a: that side's first or, when that is a, its second.
      let upOther = up1
      let upOtherGap = upGap
      if (up1 === a) {
        upOther = above.id2[at]!
        upOtherGap = upOther === 0 ? Number.POSITIVE_INFINITY : y - above.row2[at]!
      }
      let downOther = down1
      let downOtherGap = downGap
      if (down1 === a) {
        downOther = below.id2[x]!
        downOtherGap = downOther === 0 ? Number.POSITIVE_INFINITY : below.row2[x]! - y
      }
      idA[x] = a
      heightA[x] = gapA * gapA
      const isUpB = upOtherGap <= downOtherGap
      idB[x] = isUpB ? upOther : downOther
      heightB[x] = isUpB ? upOtherGap * upOtherGap : downOtherGap * downOtherGap
    }
  }

  solve(): void {
    const envelope = this.#first
    envelope.clear()
    for (let x = 0; x < this.#width; x++) if (this.#idA[x] !== 0) envelope.add(x, this.#heightA[x]!)
    if (envelope.count === 0) {
      this.squared1.fill(Number.POSITIVE_INFINITY)
      this.squared2.fill(Number.POSITIVE_INFINITY)
      this.nearest.fill(0)
      return
    }
    let part = 0
    for (let x = 0; x < this.#width; x++) {
      while (envelope.end[part]! < x) part++
      const site = envelope.site[part]!
      this.#winner[x] = site
      this.squared1[x] = (x - site) * (x - site) + envelope.height[part]!
      this.nearest[x] = this.#idA[site]!
    }
    for (let start = 0; start < this.#width; ) {
      let end = start
      while (end + 1 < this.#width && this.nearest[end + 1] === this.nearest[start]) end++
      this.#solveSecond(start, end)
      start = end + 1
    }
  }

  /** The distance to the nearest object other than that of the run `start`..`end`. */
  #solveSecond(start: number, end: number): void {
    const first = start > 0 ? this.#winner[start - 1]! : 0
    const last = end < this.#width - 1 ? this.#winner[end + 1]! : this.#width - 1
    const own = this.nearest[start]!
    const envelope = this.#second
    envelope.clear()
    for (let x = first; x <= last; x++) {
      if (this.#idA[x] !== own) {
        if (this.#idA[x] !== 0) envelope.add(x, this.#heightA[x]!)
      } else if (this.#idB[x] !== 0) {
        envelope.add(x, this.#heightB[x]!)
      }
    }
    if (envelope.count === 0) {
      this.squared2.fill(Number.POSITIVE_INFINITY, start, end + 1)
      return
    }
    let part = 0
    for (let x = start; x <= end; x++) {
      while (envelope.end[part]! < x) part++
      const site = envelope.site[part]!
      this.squared2[x] = (x - site) * (x - site) + envelope.height[part]!
    }
  }
}
