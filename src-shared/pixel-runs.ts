/**
 * Runs of pixels along the rows of a plane and the regions they form: what has to be known of a region while it is
 * found is held once a run instead of once a pixel, so that a plane costs little beside its own pixels.
 */

/** By which neighbours two runs of adjacent rows belong together: 0 by a shared edge, 1 by a shared corner too. */
type Reach = 0 | 1

const FIRST_CAPACITY = 1024

/** Maximal runs in raster order, and after `number` the region of each. */
export class PixelRuns {
  readonly width: number
  readonly height: number
  count = 0
  /** Index in the plane of the first pixel of each run. */
  start = new Int32Array(FIRST_CAPACITY)
  /** Index after the last pixel of each run. */
  end = new Int32Array(FIRST_CAPACITY)
  /** Region of each run, 1..n in the order of their first pixel; while regions are found, an earlier run of the same. */
  region = new Uint32Array(0)
  /** The first run of each row, and at index `height` the number of runs. */
  readonly firstOfRow: Int32Array

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.firstOfRow = new Int32Array(height + 1)
  }

  /** Appends a run; runs come in raster order. */
  add(start: number, end: number): void {
    if (this.count === this.start.length) {
      this.start = grown(this.start)
      this.end = grown(this.end)
    }
    this.start[this.count] = start
    this.end[this.count++] = end
  }

  /** Numbers the regions and returns how many there are; with `values`, runs of different values never belong together. */
  number(reach: Reach, values?: Uint32Array | Uint8Array): number {
    const region = new Uint32Array(this.count)
    this.region = region
    for (let run = 0; run < this.count; run++) region[run] = run
    for (let y = 1; y < this.height; y++) this.#joinRow(y, reach, values)
    let regions = 0
    // An earlier run of the same region has its number already.
    for (let run = 0; run < this.count; run++) region[run] = region[run] === run ? ++regions : region[region[run]!]!
    return regions
  }

  /** Writes the region of each run into its pixels. */
  paint(labels: Uint32Array): void {
    const { start, end, region } = this
    for (let run = 0; run < this.count; run++) {
      const label = region[run]!
      for (let at = start[run]!; at < end[run]!; at++) labels[at] = label
    }
  }

  #joinRow(y: number, reach: Reach, values: Uint32Array | Uint8Array | undefined): void {
    const { start, end, region, width, firstOfRow } = this
    let above = firstOfRow[y - 1]!
    let here = firstOfRow[y]!
    const lastAbove = here
    const last = firstOfRow[y + 1]!
    while (above < lastAbove && here < last) {
      const endAbove = end[above]! + width // as if it lay in this row
      if (endAbove + reach <= start[here]!) above++
      else if (end[here]! + reach <= start[above]! + width) here++
      else {
        if (values === undefined || values[start[above]!] === values[start[here]!]) join(region, above, here)
        if (endAbove < end[here]!) above++
        else here++
      }
    }
  }
}

/** The runs of pixels whose value is at least `least`. */
export function runsAtLeast(
  values: Float32Array | Uint32Array | Uint8Array,
  width: number,
  height: number,
  least: number,
): PixelRuns {
  const runs = new PixelRuns(width, height)
  for (let y = 0, at = 0; y < height; y++) {
    runs.firstOfRow[y] = runs.count
    for (const end = at + width; at < end; ) {
      while (at < end && !(values[at]! >= least)) at++ // NaN is below everything
      if (at === end) break
      const start = at++
      while (at < end && values[at]! >= least) at++
      runs.add(start, at)
    }
  }
  runs.firstOfRow[height] = runs.count
  return runs
}

/** The runs of pixels of one value each, values below `least` left out. */
export function runsOfEqualValues(
  values: Uint32Array | Uint8Array,
  width: number,
  height: number,
  least: number,
): PixelRuns {
  const runs = new PixelRuns(width, height)
  for (let y = 0, at = 0; y < height; y++) {
    runs.firstOfRow[y] = runs.count
    for (const end = at + width; at < end; ) {
      const start = at
      const value = values[at++]!
      while (at < end && values[at] === value) at++
      if (value >= least) runs.add(start, at)
    }
  }
  runs.firstOfRow[height] = runs.count
  return runs
}

/** The runs of pixels that are 0. */
export function runsOfZero(labels: Uint32Array, width: number, height: number): PixelRuns {
  const runs = new PixelRuns(width, height)
  for (let y = 0, at = 0; y < height; y++) {
    runs.firstOfRow[y] = runs.count
    for (const end = at + width; at < end; ) {
      while (at < end && labels[at] !== 0) at++
      if (at === end) break
      const start = at++
      while (at < end && labels[at] === 0) at++
      runs.add(start, at)
    }
  }
  runs.firstOfRow[height] = runs.count
  return runs
}

/** The later root points to the earlier one, so that one forward sweep numbers all regions in raster order. */
function join(parent: Uint32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a)
  const rootB = rootOf(parent, b)
  if (rootA < rootB) parent[rootB] = rootA
  else parent[rootA] = rootB
}

function rootOf(parent: Uint32Array, run: number): number {
  let at = run
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]!]! // path halving
    at = parent[at]!
  }
  return at
}

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}
