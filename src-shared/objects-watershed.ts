/** Objects that touch in one component, told apart by their seeds (docs/science.md, "Objects"). */
import { type PixelRuns, runsAtLeast } from './pixel-runs.ts'

/** Levels of probability told apart while flooding; finer differences do not decide where two objects meet. */
const LEVELS = 1024

/** What becomes of a component. */
const FATE = { nothing: 0, whole: 1, divided: 2 } as const
/** In the signed view of the labels: a pixel of a divided component that no seed has reached. */
const UNCLAIMED = -1

/** Labels in which each object has an id of its own, below `count`; 0 is background. */
export interface Separated {
  labels: Uint32Array
  count: number
}

/** From which probability on a pixel is an object's, and from which one it is a seed; `seedThreshold` is the higher. */
export interface SeedThresholds {
  threshold: number
  seedThreshold: number
}

/**
 * Divides components, given as numbered runs of `foreground`, between their seeds: a component with one seed is an
 * object, one with several is flooded from them, and one without is an object when its peak reaches half-way from
 * `threshold` to `seedThreshold`. `components` is their number.
 */
export function dividedBySeeds(
  foreground: Float32Array,
  runs: PixelRuns,
  components: number,
  thresholds: SeedThresholds,
): Separated {
  const { width, height } = runs
  const seeds = runsAtLeast(foreground, width, height, Math.fround(thresholds.seedThreshold))
  const seedCount = seeds.number(0)
  const componentOf = componentsOfSeeds(runs, seeds)
  const fate = fates(foreground, runs, components, seeds, componentOf, thresholds)
  const labels = new Uint32Array(foreground.length)
  const signed = new Int32Array(labels.buffer)
  for (let run = 0; run < runs.count; run++) {
    const component = runs.region[run]!
    if (fate[component] === FATE.nothing) continue
    const label = fate[component] === FATE.whole ? component : UNCLAIMED
    for (let at = runs.start[run]!; at < runs.end[run]!; at++) signed[at] = label
  }
  floodDivided(signed, foreground, { runs, components, fate, seeds, componentOf })
  return { labels, count: components + seedCount + 1 }
}

/** The component of each seed run; every seed run lies inside a run of objects, and both come in raster order. */
function componentsOfSeeds(runs: PixelRuns, seeds: PixelRuns): Uint32Array {
  const componentOf = new Uint32Array(seeds.count)
  for (let seed = 0, run = 0; seed < seeds.count; seed++) {
    while (runs.end[run]! <= seeds.start[seed]!) run++
    componentOf[seed] = runs.region[run]!
  }
  return componentOf
}

function fates(
  foreground: Float32Array,
  runs: PixelRuns,
  components: number,
  seeds: PixelRuns,
  componentOf: Uint32Array,
  { threshold, seedThreshold }: SeedThresholds,
): Uint8Array {
  const fate = new Uint8Array(components + 1)
  const firstSeed = new Uint32Array(components + 1)
  for (let seed = 0; seed < seeds.count; seed++) {
    const component = componentOf[seed]!
    if (firstSeed[component] === 0) firstSeed[component] = seeds.region[seed]!
    fate[component] =
      firstSeed[component] === seeds.region[seed] ? Math.max(fate[component]!, FATE.whole) : FATE.divided
  }
  const peak = new Float32Array(components + 1)
  for (let run = 0; run < runs.count; run++) {
    const component = runs.region[run]!
    for (let at = runs.start[run]!; at < runs.end[run]!; at++) {
      if (foreground[at]! > peak[component]!) peak[component] = foreground[at]!
    }
  }
  const least = (threshold + seedThreshold) / 2
  for (let component = 1; component <= components; component++) {
    if (peak[component]! < seedThreshold && peak[component]! >= least) fate[component] = FATE.whole
  }
  return fate
}

interface Divided {
  runs: PixelRuns
  components: number
  fate: Uint8Array
  seeds: PixelRuns
  componentOf: Uint32Array
}

/** Floods each divided component by itself, in the box around it: what else the plane holds costs no memory then. */
function floodDivided(signed: Int32Array, foreground: Float32Array, divided: Divided): void {
  const { runs, components, fate, seeds, componentOf } = divided
  const { width } = runs
  const order = seedRunsByComponent(divided)
  if (order.length === 0) return
  const boxes = boxesOf(runs, components, fate)
  const flood = new Flood(signed, foreground, width, largestArea(boxes))
  for (let i = 0; i < order.length; ) {
    const component = componentOf[order[i]!]!
    flood.enter(boxes, component)
    for (; i < order.length && componentOf[order[i]!] === component; i++) {
      const seed = order[i]!
      for (let at = seeds.start[seed]!; at < seeds.end[seed]!; at++) flood.begin(at, components + seeds.region[seed]!)
    }
    flood.run()
  }
}

/** The seed runs of divided components, component by component, in raster order within each. */
function seedRunsByComponent({ components, fate, seeds, componentOf }: Divided): Int32Array {
  const place = new Int32Array(components + 2)
  for (const component of componentOf) if (fate[component] === FATE.divided) place[component + 1]!++
  for (let component = 1; component < place.length; component++) place[component]! += place[component - 1]!
  const order = new Int32Array(place.at(-1)!)
  for (let seed = 0; seed < seeds.count; seed++) {
    const component = componentOf[seed]!
    if (fate[component] === FATE.divided) order[place[component]!++] = seed
  }
  return order
}

/** The box around each divided component, in pixels of the plane; `right` and `bottom` are its last column and row. */
interface Boxes {
  left: Int32Array
  top: Int32Array
  right: Int32Array
  bottom: Int32Array
}

function boxesOf({ start, end, region, firstOfRow, width, height }: PixelRuns, components: number, fate: Uint8Array) {
  const left = new Int32Array(components + 1).fill(width)
  const top = new Int32Array(components + 1).fill(height)
  const right = new Int32Array(components + 1).fill(-1)
  const bottom = new Int32Array(components + 1).fill(-1)
  for (let y = 0; y < height; y++) {
    for (let run = firstOfRow[y]!; run < firstOfRow[y + 1]!; run++) {
      const component = region[run]!
      if (fate[component] !== FATE.divided) continue
      left[component] = Math.min(left[component]!, start[run]! - y * width)
      right[component] = Math.max(right[component]!, end[run]! - 1 - y * width)
      top[component] = Math.min(top[component]!, y)
      bottom[component] = y
    }
  }
  return { left, top, right, bottom }
}

function largestArea({ left, top, right, bottom }: Boxes): number {
  let most = 0
  for (let component = 0; component < left.length; component++) {
    if (right[component]! < 0) continue
    most = Math.max(most, (right[component]! - left[component]! + 1) * (bottom[component]! - top[component]! + 1))
  }
  return most
}

/**
 * Grows seeds over unclaimed pixels in the order of falling probability, 4-connected and without ever merging: a pixel
 * belongs to the seed that reaches it first (watershed by flooding, Meyer 1994). Within a level pixels are taken in the
 * order in which they were reached, so equal input gives equal output.
 */
class Flood {
  readonly #signed: Int32Array
  readonly #probability: Float32Array
  readonly #planeWidth: number
  /** Pixels wait by level, in a linked list each, as indices in the box; a pixel enters once, when it is reached. */
  readonly #first = new Int32Array(LEVELS + 1).fill(-1)
  readonly #last = new Int32Array(LEVELS + 1).fill(-1)
  readonly #next: Int32Array
  #waiting = 0
  #width = 0
  #height = 0
  /** Index in the plane of the box's upper left pixel. */
  #origin = 0

  constructor(signed: Int32Array, probability: Float32Array, planeWidth: number, largestArea: number) {
    this.#signed = signed
    this.#probability = probability
    this.#planeWidth = planeWidth
    this.#next = new Int32Array(largestArea)
  }

  enter({ left, top, right, bottom }: Boxes, component: number): void {
    this.#origin = top[component]! * this.#planeWidth + left[component]!
    this.#width = right[component]! - left[component]! + 1
    this.#height = bottom[component]! - top[component]! + 1
  }

  /** Claims a pixel, by its index in the plane, for a seed. */
  begin(at: number, id: number): void {
    const fromOrigin = at - this.#origin
    const y = Math.floor(fromOrigin / this.#planeWidth)
    this.#signed[at] = id
    this.#push(y * this.#width + fromOrigin - y * this.#planeWidth, LEVELS)
  }

  run(): void {
    const width = this.#width
    const planeWidth = this.#planeWidth
    for (let level = LEVELS; this.#waiting > 0; level--) {
      for (let local = this.#first[level]!; local >= 0; local = this.#next[local]!) {
        this.#waiting--
        const y = Math.floor(local / width)
        const x = local - y * width
        const at = this.#origin + y * planeWidth + x
        const id = this.#signed[at]!
        if (x > 0) this.#claim(at - 1, local - 1, id, level)
        if (x < width - 1) this.#claim(at + 1, local + 1, id, level)
        if (y > 0) this.#claim(at - planeWidth, local - width, id, level)
        if (y < this.#height - 1) this.#claim(at + planeWidth, local + width, id, level)
      }
      this.#first[level] = -1
    }
  }

  #claim(at: number, local: number, id: number, level: number): void {
    if (this.#signed[at] !== UNCLAIMED) return
    this.#signed[at] = id
    this.#push(local, Math.min(level, levelOf(this.#probability[at]!))) // floods run downhill only
  }

  #push(local: number, level: number): void {
    if (this.#first[level]! < 0) this.#first[level] = local
    else this.#next[this.#last[level]!] = local
    this.#next[local] = -1
    this.#last[level] = local
    this.#waiting++
  }
}

const levelOf = (probability: number): number => Math.min(LEVELS - 1, Math.max(0, Math.floor(probability * LEVELS)))
