/**
 * Foreground-restricted V_Rand and V_Info: Arganda-Carreras et al. 2015, "Crowdsourcing the creation of image
 * segmentation algorithms for connectomics", doi 10.3389/fnana.2015.00142, "Metrics".
 *
 * Only pixels inside an object of the truth take part, so the place of membranes is not judged. Background pixels of
 * the prediction among them are singletons: each is a segment of one pixel, so leaving cells out is punished as
 * splitting them. This is the `raw` kind: the label map as written (docs/scores.md).
 */
import { type Contingency, contingency, type KnownPixels } from './contingency.ts'

/** All from 0 (worst) to 1 (equal), higher is better; NaN where the truth has no foreground: nothing can be said. */
export interface RandInformation {
  /** Harmonic mean of the two parts, the Rand F-score; 1 - vRand is the adapted Rand error. */
  vRand: number
  /** Chance that two pixels of one true object share a predicted one: low where objects are split. */
  vRandSplit: number
  /** Chance that two pixels of one predicted object share a true one: low where objects are merged. */
  vRandMerge: number
  /** 2 I(S;T) / (H(S) + H(T)). */
  vInfo: number
  /** I(S;T) / H(S): low where objects are split. */
  vInfoSplit: number
  /** I(S;T) / H(T): low where objects are merged. */
  vInfoMerge: number
}

/** Scores of `prediction` against `truth`, instance maps with 0 as background; the truth's objects are 4-connected. */
export function randInformation(truth: Uint32Array, prediction: Uint32Array, known: KnownPixels = {}): RandInformation {
  return randInformationOf(contingency(truth, prediction, known))
}

/** The same from a table that was already counted. */
export function randInformationOf(table: Contingency): RandInformation {
  const { pairs, truthAreas } = table
  const segments = new Float64Array(table.predictionAreas.length)
  let joint = noPixels()
  let singletons = 0
  for (let pair = 0; pair < pairs.px.length; pair++) {
    if (pairs.truth[pair] === 0) continue
    const px = pairs.px[pair]!
    if (pairs.prediction[pair] === 0) singletons += px
    else {
      joint = withSegment(joint, px)
      segments[pairs.prediction[pair]!]! += px
    }
  }
  // A singleton is 1 pixel in the joint and in the segmentation: its square is 1 and 1 log 1 is 0.
  joint = { px: joint.px + singletons, squares: joint.squares + singletons, pxLogPx: joint.pxLogPx }
  const predicted = sumOf(segments)
  predicted.squares += singletons
  return scoresFrom(joint, predicted, sumOf(truthAreas.subarray(1)))
}

/** Sums over the segments of one partition: n, sum of n_i^2 and sum of n_i log n_i, in pixels and nats. */
interface Sums {
  px: number
  squares: number
  pxLogPx: number
}

const noPixels = (): Sums => ({ px: 0, squares: 0, pxLogPx: 0 })

const withSegment = (sums: Sums, px: number): Sums => ({
  px: sums.px + px,
  squares: sums.squares + px * px,
  pxLogPx: sums.pxLogPx + (px > 0 ? px * Math.log(px) : 0),
})

const sumOf = (areas: Float64Array): Sums => areas.reduce(withSegment, noPixels())

function scoresFrom(joint: Sums, predicted: Sums, truth: Sums): RandInformation {
  const n = joint.px
  // H = log n - (sum n_i log n_i) / n
  const entropy = ({ pxLogPx }: Sums) => withoutRounding(Math.log(n) - pxLogPx / n)
  const hPredicted = entropy(predicted)
  const hTruth = entropy(truth)
  const mutual = Math.min(hPredicted, hTruth, Math.max(0, hPredicted + hTruth - entropy(joint)))
  return {
    vRand: (2 * joint.squares) / (predicted.squares + truth.squares),
    vRandSplit: joint.squares / truth.squares,
    vRandMerge: joint.squares / predicted.squares,
    vInfo: share(2 * mutual, hPredicted + hTruth),
    vInfoSplit: share(mutual, hPredicted),
    vInfoMerge: share(mutual, hTruth),
  }
}

/** The least entropy of a partition of 10^9 pixels into two is 2e-8; anything near 1e-15 is 0 and rounding. */
const withoutRounding = (entropy: number): number => (entropy < 1e-12 ? 0 : entropy)

/** A partition into one segment holds no information to lose: 0 / 0 is a perfect score. */
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)
