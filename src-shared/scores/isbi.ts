/**
 * The `thinned` kind of scores: as the scripts of the ISBI 2012 challenge computed them (Arganda-Carreras et al. 2015,
 * doi 10.3389/fnana.2015.00142). Probabilities are thresholded from 0 to 1 in steps of 0.1, borders are thinned, and
 * the best threshold over the whole stack counts, each score having its own. Never to be compared with the `raw` kind.
 */
import { connectedComponents4 } from '../components.ts'
import { thinBorders } from './border-thinning.ts'
import { type RandInformation, randInformation } from './rand-information.ts'
import { type MembranePlane, warp } from './warping.ts'
import { type WarpingMistakes, warpingMistakes } from './warping-mistakes.ts'

/** 0, 0.1 ... 1 as sums of 0.1, the challenge's thresholds to the last bit; a pixel is cell above the threshold. */
export const ISBI_THRESHOLDS: readonly number[] = Array.from({ length: 10 }).reduce<number[]>(
  (thresholds) => [...thresholds, thresholds.at(-1)! + 0.1],
  [0],
)

/** Scores of one plane, or their means over a stack, at one threshold. */
export interface ThresholdScores extends RandInformation {
  threshold: number
  /** Pixels of cell called membrane or the reverse, as a share; without thinning. */
  pixelError: number
  /** Without thinning. */
  warpingError: number
}

/** The best of each score, every one at its own threshold. */
export interface BestScores {
  vRand: number
  vRandThreshold: number
  /** 1 - vRand. */
  randError: number
  vInfo: number
  vInfoThreshold: number
  pixelError: number
  pixelErrorThreshold: number
  warpingError: number
  warpingErrorThreshold: number
  /**
   * At the threshold of vRand. The least warping error is often found where all is membrane: every true cell shrinks to a
   * point then, and the error merely counts cells, so that a segmentation is better judged where it is one.
   */
  warpingErrorAtVRand: number
}

export interface PlaneScores {
  /** At the stack's thresholds. */
  best: BestScores
  /** At the threshold of the warping error. */
  mistakes: WarpingMistakes
  atThresholds: ThresholdScores[]
}

export interface IsbiScores {
  /** Means over the planes, maximised or minimised over the thresholds. */
  best: BestScores
  /** Means over the planes. */
  atThresholds: ThresholdScores[]
  planes: PlaneScores[]
}

/** Scores of a stack of probability planes against binary truth; planes may differ in size. */
export function isbiScores(planes: MembranePlane[], thresholds: readonly number[] = ISBI_THRESHOLDS): IsbiScores {
  if (planes.length === 0) throw new Error('no planes to score')
  const perPlane = planes.map((plane) => scoresAtThresholds(plane, thresholds))
  const atThresholds = thresholds.map((_, index) => meanOf(perPlane.map((scores) => scores[index]!)))
  const chosen = chooseThresholds(atThresholds)
  return {
    best: bestAt(atThresholds, chosen),
    atThresholds,
    planes: planes.map((plane, index) => ({
      best: bestAt(perPlane[index]!, chosen),
      mistakes: mistakesAt(plane, thresholds[chosen.warpingError]!),
      atThresholds: perPlane[index]!,
    })),
  }
}

function scoresAtThresholds(plane: MembranePlane, thresholds: readonly number[]): ThresholdScores[] {
  const { width, height, mask } = plane
  const truth = connectedComponents4(plane.truth, width, height).labels
  return thresholds.map((threshold) => {
    const isCell = Uint8Array.from(plane.probability, (probability) => (probability > threshold ? 1 : 0))
    return {
      threshold,
      ...randInformation(truth, thinBorders(isCell, width, height), { mask }),
      pixelError: pixelError(plane.truth, isCell, mask),
      warpingError: warp(plane, threshold).warpingError,
    }
  })
}

/** Share of known pixels in which the two binary planes (zero and non-zero) differ; NaN without known pixels. */
export function pixelError(truth: ArrayLike<number>, prediction: ArrayLike<number>, mask?: Uint8Array): number {
  let known = 0
  let wrong = 0
  for (let pixel = 0; pixel < truth.length; pixel++) {
    if (mask && mask[pixel] === 0) continue
    known++
    if ((truth[pixel] !== 0) !== (prediction[pixel] !== 0)) wrong++
  }
  return wrong / known
}

function mistakesAt(plane: MembranePlane, threshold: number): WarpingMistakes {
  const { warped, mismatches } = warp(plane, threshold)
  return warpingMistakes(warped, mismatches, plane.width, plane.height)
}

function meanOf(scores: ThresholdScores[]): ThresholdScores {
  const mean = { ...scores[0]! }
  for (const key of Object.keys(mean) as (keyof ThresholdScores)[])
    mean[key] = meanOfSaid(scores.map((one) => one[key]))
  return { ...mean, threshold: scores[0]!.threshold }
}

/** Mean of the numbers that could be said; NaN when none could. */
export function meanOfSaid(values: number[]): number {
  const said = values.filter((value) => !Number.isNaN(value))
  return said.reduce((sum, value) => sum + value, 0) / said.length
}

type Judged = 'vRand' | 'vInfo' | 'pixelError' | 'warpingError'

/** Index of the best threshold of each score; the lowest of equals, as in the challenge. */
function chooseThresholds(scores: ThresholdScores[]): Record<Judged, number> {
  const indexOfBest = (score: Judged, isBetter: (a: number, b: number) => boolean) =>
    scores.reduce((best, one, index) => (isBetter(one[score], scores[best]![score]) ? index : best), 0)
  const higher = (a: number, b: number) => a > b
  const lower = (a: number, b: number) => a < b
  return {
    vRand: indexOfBest('vRand', higher),
    vInfo: indexOfBest('vInfo', higher),
    pixelError: indexOfBest('pixelError', lower),
    warpingError: indexOfBest('warpingError', lower),
  }
}

function bestAt(scores: ThresholdScores[], chosen: Record<Judged, number>): BestScores {
  const at = (score: Judged) => scores[chosen[score]]!
  return {
    vRand: at('vRand').vRand,
    vRandThreshold: at('vRand').threshold,
    randError: 1 - at('vRand').vRand,
    vInfo: at('vInfo').vInfo,
    vInfoThreshold: at('vInfo').threshold,
    pixelError: at('pixelError').pixelError,
    pixelErrorThreshold: at('pixelError').threshold,
    warpingError: at('warpingError').warpingError,
    warpingErrorThreshold: at('warpingError').threshold,
    warpingErrorAtVRand: at('vRand').warpingError,
  }
}
