/** Chooses how probabilities become objects by the score on validation planes, never on anything else. */
import { DEFAULT_OBJECTS, objectsOfClasses, onEdge } from './objects.ts'
import type { ObjectsPlan } from './run-plan.ts'
import type { ObjectClasses } from './scores/class-objects.ts'
import { type Truth, truthOfLabels } from './scores/truth.ts'

export interface ValidationPlane {
  width: number
  height: number
  /** 1 - p(background) of each pixel. */
  foreground: Float32Array
  /** Label codes and ids as annotated (labels.ts). */
  truth: Uint32Array
  /** The same as objects and mask, where it was taken out of the labels before. */
  known?: Truth
  /** Unpainted pixels count as background. */
  isComplete: boolean
  /** A part of a larger plane: objects at its edge are cut. */
  isPart?: boolean
  /** Where there are several classes. */
  classes?: {
    /** Likeliest class but background of each pixel (`likeliestClasses`). */
    predicted: Uint8Array
    /** Class index of each true object; objects not listed have class 1. */
    ofTrueObjects: Readonly<Record<string, number>>
  }
}

/** Raised when another search, or another score by which it judges, makes what was found before out of date. */
export const SEARCH_VERSION = 2

/** Higher is better; NaN counts as worst. `validationScoreByClass` of scores/class-objects.ts is the one the engine uses. */
export type ScoreOfObjects = (
  truth: Uint32Array,
  prediction: Uint32Array,
  known: { mask: Uint8Array; classes?: ObjectClasses },
) => number

export interface SearchOptions {
  /** A plan that was good before: only its neighbourhood is searched, which takes about a third of the time. */
  start?: ObjectsPlan
}

export interface ChosenObjects {
  objects: ObjectsPlan
  /** Mean score of the planes with it. */
  score: number
}

const COARSE = [0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1, 0.95]
/** Low thresholds and the seeds that keep apart what they would join. */
const LOW_WITH_SEEDS = [0.2, 0.3, 0.4, 0.5].flatMap((threshold) =>
  [0.6, 0.7, 0.8, 0.9].map((seedThreshold) => ({ threshold, seedThreshold })),
)
/** With fewer true objects a choice would be a matter of luck: the start, by default `DEFAULT_OBJECTS`, stays. */
const LEAST_OBJECTS = 3
/** With less than this share of the pixels known, what low thresholds and much regrowth invent in unknown places would cost no score. */
const MOSTLY_UNKNOWN = 0.5
const SEED_STEPS = [0.1, 0.2, 0.3, 0.4]
const REGROW_PX = [1, 0, 2, 3, 4, 6, 10, 64]
/** Regrowth moves the best threshold, so thresholds are searched with none, with little and with much of it. */
const COARSE_REGROW_PX = [1, 0, 4, 64]
const AREAS_PX = [0, 8, 16, 32, 64, 128, 256]
/** Less than this between two scores is one small object more or less in the held-out parts. */
const ALIKE = 0.002
const FINE_STEPS = [-0.05, 0.05, -0.025, 0.025]

/**
 * The best plan found: thresholds from coarse to fine, with none, little and much regrowth, then seeds, regrowth, smallest
 * area and holes, one after another. Of equal scores the first in the lists wins, so the choice is deterministic; of areas
 * that score alike the largest. Some 90 segmentations of the planes, 25 from a given start. With too few true objects
 * nothing is chosen; where most pixels are unknown thresholds stay at or above the default's and regrowth is small.
 */
export function chooseObjectsPlan(
  planes: readonly ValidationPlane[],
  score: ScoreOfObjects,
  { start }: SearchOptions = {},
): ChosenObjects {
  const search = new Search(planes, score, start ?? DEFAULT_OBJECTS)
  if (search.trueObjects < LEAST_OBJECTS) return search.best
  if (!start) {
    const plain = COARSE.map((threshold) => ({ threshold, seedThreshold: threshold }))
    search.try(COARSE_REGROW_PX.flatMap((regrowPx) => plain.map((change) => ({ ...change, regrowPx }))))
    search.try(LOW_WITH_SEEDS)
  }
  search.tryAround(({ threshold }) => seedsAbove(threshold))
  search.try(REGROW_PX.map((regrowPx) => ({ regrowPx })))
  search.tryAround(({ threshold, seedThreshold }) =>
    FINE_STEPS.map((step) => ({
      threshold: asShare(threshold + step),
      seedThreshold: asShare(Math.max(seedThreshold, threshold + step)),
    })),
  )
  search.try(areasUpTo(search.medianArea / 4))
  // Specks in unknown places, and in all that is not held out, cost no score: of areas that do about as well, the largest.
  const best = search.best.objects.minimumAreaPx
  search.preferLast(areasUpTo(search.medianArea / 8).filter(({ minimumAreaPx }) => minimumAreaPx! >= best))
  search.try([{ fillHoles: true }, { fillHoles: false }])
  return search.best
}

const areasUpTo = (mostPx: number): Partial<ObjectsPlan>[] =>
  AREAS_PX.filter((area) => area <= mostPx).map((minimumAreaPx) => ({ minimumAreaPx }))

const seedsAbove = (threshold: number): Partial<ObjectsPlan>[] =>
  SEED_STEPS.map((step) => ({ seedThreshold: asShare(threshold + step) })).filter(
    ({ seedThreshold }) => seedThreshold < 0.99,
  )

/** A threshold with two to three decimals, inside what makes sense. */
const asShare = (value: number): number => Math.min(0.99, Math.max(0.01, Math.round(value * 1000) / 1000))

/** A plane with what is known of it taken out of its labels. */
interface JudgedPlane {
  plane: ValidationPlane
  objects: Uint32Array
  mask: Uint8Array
}

const judged = (plane: ValidationPlane): JudgedPlane => ({
  plane,
  ...(plane.known ?? truthOfLabels(plane.truth, plane)),
})

/** Mean score of the planes with one way of making objects; a score that cannot be said counts 0. */
export const scoreOfPlan = (planes: readonly ValidationPlane[], score: ScoreOfObjects, objects: ObjectsPlan): number =>
  meanScore(planes.map(judged), score, objects)

function meanScore(planes: readonly JudgedPlane[], score: ScoreOfObjects, objects: ObjectsPlan): number {
  let sum = 0
  for (const { plane, objects: truth, mask } of planes) {
    const { foreground, width, height, classes, isPart } = plane
    const found = objectsOfClasses(foreground, classes?.predicted ?? null, width, height, objects, { isPart })
    const ofObjects = classes && {
      truth: (id: number) => classes.ofTrueObjects[id] ?? 1,
      prediction: (id: number) => found.classIndex[id]!,
    }
    const value = score(truth, found.labels, { mask, ...(ofObjects && { classes: ofObjects }) })
    sum += Number.isNaN(value) ? 0 : value
  }
  return planes.length > 0 ? sum / planes.length : 0
}

class Search {
  best: ChosenObjects
  readonly medianArea: number
  readonly #planes: JudgedPlane[]
  readonly #score: ScoreOfObjects
  readonly #known = new Map<string, number>()
  readonly trueObjects: number
  readonly #leastThreshold: number
  readonly #mostRegrowPx: number

  constructor(planes: readonly ValidationPlane[], score: ScoreOfObjects, start: ObjectsPlan) {
    this.#planes = planes.map(judged)
    this.#score = score
    this.trueObjects = this.#planes.reduce(
      (count, { objects }) => count + new Set(objects.filter((id) => id > 0)).size,
      0,
    )
    const isMostlyUnknown = knownShare(this.#planes) < MOSTLY_UNKNOWN
    this.#leastThreshold = isMostlyUnknown ? DEFAULT_OBJECTS.threshold : 0
    this.#mostRegrowPx = isMostlyUnknown ? 2 : Number.POSITIVE_INFINITY
    this.medianArea = medianArea(this.#planes)
    this.best = { objects: start, score: this.#scoreOf(start) }
  }

  tryAround(changes: (best: ObjectsPlan) => Partial<ObjectsPlan>[]): void {
    this.try(changes(this.best.objects))
  }

  /** Of the changes that score about as much as the best, the last. */
  preferLast(changes: Partial<ObjectsPlan>[]): void {
    const { objects, score } = this.best
    const alike = changes.filter((change) => this.#scoreOf({ ...objects, ...change }) >= score - ALIKE)
    const last = { ...objects, ...alike.at(-1) }
    this.best = { objects: last, score: this.#scoreOf(last) }
  }

  /** Keeps the best of the present plan and of it with each of the changes. */
  try(changes: Partial<ObjectsPlan>[]): void {
    const from = this.best.objects
    for (const change of changes) {
      const objects = { ...from, ...change }
      if (objects.threshold < this.#leastThreshold || objects.regrowPx > this.#mostRegrowPx) continue
      const score = this.#scoreOf(objects)
      if (score > this.best.score) this.best = { objects, score }
    }
  }

  #scoreOf(objects: ObjectsPlan): number {
    const key = Object.values({ ...DEFAULT_OBJECTS, ...objects }).join(' ')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const mean = meanScore(this.#planes, this.#score, objects)
    this.#known.set(key, mean)
    return mean
  }
}

/** Share of the pixels whose truth is known, over all planes. */
function knownShare(planes: readonly { mask: Uint8Array }[]): number {
  let [known, all] = [0, 0]
  for (const { mask } of planes) {
    all += mask.length
    for (const value of mask) known += value
  }
  return all === 0 ? 1 : known / all
}

/** Median area of the true objects, over all planes; of those alone that no edge cuts, where there are such. */
function medianArea(planes: readonly JudgedPlane[]): number {
  const whole: number[] = []
  const cut: number[] = []
  for (const { plane, objects } of planes) {
    const area = new Map<number, number>()
    for (const id of objects) if (id !== 0) area.set(id, (area.get(id) ?? 0) + 1)
    const edge = onEdge(objects, plane.width, plane.height)
    for (const [id, px] of area) (edge.has(id) ? cut : whole).push(px)
  }
  const areas = (whole.length > 0 ? whole : cut).sort((a, b) => a - b)
  return areas[Math.floor(areas.length / 2)] ?? 0
}
