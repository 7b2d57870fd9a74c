/**
 * All scores of a set of predictions against the truth, per image and as means. The two kinds of V_Rand and V_Info,
 * `raw` and `thinned`, stand in sections of their own and are never mixed (docs/scores.md).
 */
import { connectedComponents4 } from '../components.ts'
import { type ClassMapScores, classScores } from './classes.ts'
import { contingency } from './contingency.ts'
import { type IsbiScores, isbiScores, meanOfSaid, type PlaneScores, pixelError } from './isbi.ts'
import { type ObjectScores, objectScoresOf } from './objects.ts'
import { type RandInformation, randInformationOf } from './rand-information.ts'

/** `instances`: the truth is an instance map. `membranes`: the truth is binary, its cells are 4-connected components. */
export type EvaluationKind = 'instances' | 'membranes'

/** One plane with its truth and what was predicted; all maps row-major and of one size. */
export interface EvaluatedPlane {
  name: string
  width: number
  height: number
  truth: ArrayLike<number>
  /** 0 where the truth is unknown. */
  mask?: Uint8Array
  /** Predicted instance map, 0 as background. */
  labels?: ArrayLike<number>
  /** Probability of foreground (1 - probability of background), 0 to 1. */
  probability?: Float32Array
  /** Class maps, 0 as background, and the names of the classes with background first. */
  classes?: { truth: ArrayLike<number>; prediction: ArrayLike<number>; names: string[] }
}

export interface EvaluationOptions {
  kind: EvaluationKind
  /** The truth is binary and this value is object; every other value is background. */
  foreground?: number
}

/** From the label map as written. */
export interface RawScores extends RandInformation {
  /** 1 - vRand. */
  randError: number
  /** Foreground against background, objects not told apart. */
  pixelError: number
  objects: ObjectScores
}

/** From the probabilities at 0.5, pixel by pixel: independent of objects. */
export interface PixelScores {
  pixelError: number
}

export interface PlaneEvaluation {
  name: string
  /** Present with `labels`. */
  raw?: RawScores
  /** Present with `probability` for membranes, at the thresholds that are best for the whole set. */
  thinned?: PlaneScores
  /** Present with `probability`. */
  pixels?: PixelScores
  /** Present with `classes`. */
  classes?: ClassMapScores
}

export interface Evaluation {
  kind: EvaluationKind
  planes: PlaneEvaluation[]
  /** Means over all planes, of SEG over all true objects, and the whole set's thinned scores. */
  mean: { raw?: Record<string, number>; thinned?: IsbiScores['best']; pixels?: PixelScores }
}

/** Evaluates a set; NaN stands for what cannot be said about a plane, and is left out of the means. */
export function evaluate(planes: EvaluatedPlane[], options: EvaluationOptions): Evaluation {
  const truths = planes.map((plane) => truthObjects(plane, options))
  const evaluated = planes.map((plane, index): PlaneEvaluation => {
    const { name, labels, probability, mask, classes } = plane
    return {
      name,
      ...(labels && { raw: rawScores(plane, truths[index]!, labels) }),
      ...(probability && { pixels: { pixelError: pixelError(truths[index]!, halved(probability), mask) } }),
      ...(classes && { classes: classScores(classes.truth, classes.prediction, classes.names, mask) }),
    }
  })
  const thinned = options.kind === 'membranes' ? thinnedScores(planes, truths, evaluated) : undefined
  const raw = evaluated.flatMap((plane) => (plane.raw ? [rawTable(plane.raw)] : []))
  const pixels = evaluated.flatMap((plane) => (plane.pixels ? [plane.pixels.pixelError] : []))
  return {
    kind: options.kind,
    planes: evaluated,
    mean: {
      ...(raw.length > 0 && { raw: meanTable(raw) }),
      ...(thinned && { thinned }),
      ...(pixels.length > 0 && { pixels: { pixelError: meanOfSaid(pixels) } }),
    },
  }
}

const halved = (probability: Float32Array): Uint8Array => Uint8Array.from(probability, (p) => (p > 0.5 ? 1 : 0))

function truthObjects(plane: EvaluatedPlane, { kind, foreground }: EvaluationOptions): Uint32Array {
  if (foreground === undefined && kind === 'instances') return Uint32Array.from(plane.truth)
  const isObject = (value: number) => (foreground === undefined ? value !== 0 : value === foreground)
  const mask = Uint8Array.from(plane.truth, (value) => (isObject(value) ? 1 : 0))
  return connectedComponents4(mask, plane.width, plane.height).labels
}

function rawScores({ mask }: EvaluatedPlane, truth: Uint32Array, predicted: ArrayLike<number>): RawScores {
  const labels = Uint32Array.from(predicted)
  const table = contingency(truth, labels, { mask })
  const rand = randInformationOf(table)
  return {
    ...rand,
    randError: 1 - rand.vRand,
    pixelError: pixelError(truth, labels, mask),
    objects: objectScoresOf(table),
  }
}

/** Adds the thinned scores of each plane with probabilities; returns those of the set. */
function thinnedScores(planes: EvaluatedPlane[], truths: Uint32Array[], evaluated: PlaneEvaluation[]) {
  const indices = planes.flatMap(({ probability }, index) => (probability ? [index] : []))
  if (indices.length === 0) return undefined
  const scores = isbiScores(
    indices.map((index) => {
      const { width, height, mask, probability } = planes[index]!
      const truth = Uint8Array.from(truths[index]!, (id) => (id > 0 ? 1 : 0))
      return { width, height, mask, truth, probability: probability! }
    }),
  )
  for (const [place, index] of indices.entries()) evaluated[index]!.thinned = scores.planes[place]!
  return scores.best
}

/** Raw scores as a flat table in the order in which they are shown. */
export function rawTable({ objects, ...scores }: RawScores): Record<string, number> {
  const { matches, ...rest } = objects
  return { ...scores, f1AtIou50: matches[0]!.f1, ...rest }
}

function meanTable(rows: Record<string, number>[]): Record<string, number> {
  const names = Object.keys(rows[0]!)
  const means = names.map((name) => [name, meanOfSaid(rows.map((row) => row[name]!))])
  return { ...Object.fromEntries(means), seg: meanSeg(rows) }
}

/** Over the true objects of all planes, as the Cell Tracking Challenge has it: a crowded plane weighs more than a lonely cell. */
function meanSeg(rows: Record<string, number>[]): number {
  const withObjects = rows.filter((row) => row.truthObjects! > 0)
  const sum = (of: (row: Record<string, number>) => number) => withObjects.reduce((total, row) => total + of(row), 0)
  return sum((row) => row.seg! * row.truthObjects!) / sum((row) => row.truthObjects!)
}
