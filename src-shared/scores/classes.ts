/** Scores of class maps with any number of classes, pixel by pixel. */

export interface ClassScores {
  /** Class index of the maps. */
  index: number
  name: string
  /** Known pixels of the class. */
  truthPx: number
  predictedPx: number
  /** Intersection over union, 0 to 1; NaN where neither map has the class. */
  iou: number
  /** 2 |A and B| / (|A| + |B|); NaN where neither map has the class. */
  dice: number
  /** NaN where the prediction lacks the class. */
  precision: number
  /** NaN where the truth lacks the class. */
  recall: number
}

export interface ClassMapScores {
  /** Share of known pixels whose class is right. */
  pixelAccuracy: number
  /** Mean over the classes that occur in either map. */
  meanIou: number
  meanDice: number
  classes: ClassScores[]
}

/**
 * Scores of `prediction` against `truth`, row-major maps of class indices below `names.length`. Pixels where `mask` is
 * 0 are left out.
 */
export const classScores = (
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
  names: readonly string[],
  mask?: Uint8Array,
): ClassMapScores => scoresOfConfusion(confusionOf(truth, prediction, names.length, mask), names)

/** Known pixels of each true and predicted class, `[true class * count + predicted class]`; those of several planes add up. */
export function confusionOf(
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
  count: number,
  mask?: Uint8Array,
): Float64Array {
  const confusion = new Float64Array(count * count)
  for (let pixel = 0; pixel < truth.length; pixel++) {
    if (mask && mask[pixel] === 0) continue
    if (truth[pixel]! >= count || prediction[pixel]! >= count) throw new Error(`class beyond the ${count} named ones`)
    confusion[truth[pixel]! * count + prediction[pixel]!]!++
  }
  return confusion
}

/** The scores that such a table gives. */
export function scoresOfConfusion(confusion: Float64Array, names: readonly string[]): ClassMapScores {
  const count = names.length
  const classes = names.map((name, index) => scoresOfClass(confusion, count, index, name))
  const occurring = classes.filter((one) => !Number.isNaN(one.iou))
  const mean = (of: (one: ClassScores) => number) => sum(occurring.map(of)) / occurring.length
  const right = sum(names.map((_, index) => confusion[index * count + index]!))
  return {
    pixelAccuracy: right / sum([...confusion]),
    meanIou: mean((one) => one.iou),
    meanDice: mean((one) => one.dice),
    classes,
  }
}

function scoresOfClass(confusion: Float64Array, count: number, index: number, name: string): ClassScores {
  const others = Array.from({ length: count }, (_, other) => other)
  const truthPx = sum(others.map((other) => confusion[index * count + other]!))
  const predictedPx = sum(others.map((other) => confusion[other * count + index]!))
  const bothPx = confusion[index * count + index]!
  return {
    index,
    name,
    truthPx,
    predictedPx,
    iou: bothPx / (truthPx + predictedPx - bothPx),
    dice: (2 * bothPx) / (truthPx + predictedPx),
    precision: bothPx / predictedPx,
    recall: bothPx / truthPx,
  }
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
