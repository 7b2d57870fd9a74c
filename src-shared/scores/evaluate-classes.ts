/**
 * Scores of a set of planes class by class: pixels of class maps and objects with a class. What is counted adds up over
 * the planes, so that a class that few planes have is judged by all of its pixels and objects (docs/scores.md).
 */
import { type ClassOfObject, type ObjectScoresOfClass, objectScoresByClass } from './class-objects.ts'
import { type ClassMapScores, type ClassScores, confusionOf, scoresOfConfusion } from './classes.ts'
import { meanOfSaid } from './isbi.ts'

/** A plane as classes and as objects; both row-major. */
export interface ClassifiedMap {
  /** Class index of each pixel: 0 background, below the number of names. */
  classes: Uint8Array
  /** Instance map, 0 background. */
  objects: Uint32Array
  classOf: ClassOfObject
}

export interface ClassifiedPlane {
  name: string
  truth: ClassifiedMap
  prediction: ClassifiedMap
  /** 0 where the truth is unknown. */
  mask?: Uint8Array
}

export interface PlaneOfClasses {
  name: string
  pixels: ClassMapScores
  objects: ObjectScoresOfClass[]
}

/** Objects of one class over all planes; shares from 0 to 1, NaN where there is nothing to divide by. */
export interface ObjectTotals {
  truthObjects: number
  predictedObjects: number
  /** At IoU 0.5: 2 TP / (2 TP + FP + FN), and TP / (TP + FP + FN), the average precision of the Data Science Bowl 2018. */
  f1AtIou50: number
  apAtIou50: number
  /** Means over IoU 0.5, 0.55 ... 0.95. */
  meanF1: number
  meanAp: number
  /** Mean over the true objects of all planes, as the Cell Tracking Challenge has it. */
  seg: number
}

/** Pixels and objects of one class; background has no objects. */
export interface ClassTotals extends ClassScores {
  objects?: ObjectTotals
}

export interface ClassEvaluation {
  kind: 'classes'
  planes: PlaneOfClasses[]
  total: {
    pixelAccuracy: number
    /** Over the classes that occur, background among them. */
    meanIou: number
    meanDice: number
    /** Over the classes that have objects. */
    meanF1AtIou50: number
    meanApAtIou50: number
    classes: ClassTotals[]
  }
}

/** Evaluates a set; `names` has background first. */
export function evaluateClasses(planes: readonly ClassifiedPlane[], names: readonly string[]): ClassEvaluation {
  const confusions = planes.map(({ truth, prediction, mask }) =>
    confusionOf(truth.classes, prediction.classes, names.length, mask),
  )
  const evaluated = planes.map(({ name, truth, prediction, mask }, index): PlaneOfClasses => {
    const classes = { truth: truth.classOf, prediction: prediction.classOf }
    return {
      name,
      pixels: scoresOfConfusion(confusions[index]!, names),
      objects: objectScoresByClass(truth.objects, prediction.objects, classes, names, { mask }),
    }
  })
  const confusion = new Float64Array(names.length ** 2)
  for (const one of confusions) for (const [cell, px] of one.entries()) confusion[cell]! += px
  const { classes, ...pixels } = scoresOfConfusion(confusion, names)
  const objects = names.map((_, index) =>
    totalsOf(evaluated.flatMap((plane) => plane.objects.filter((one) => one.index === index))),
  )
  const occurring = objects.slice(1).filter(({ truthObjects, predictedObjects }) => truthObjects + predictedObjects > 0)
  return {
    kind: 'classes',
    planes: evaluated,
    total: {
      ...pixels,
      meanF1AtIou50: meanOfSaid(occurring.map(({ f1AtIou50 }) => f1AtIou50)),
      meanApAtIou50: meanOfSaid(occurring.map(({ apAtIou50 }) => apAtIou50)),
      classes: classes.map((one) => (one.index === 0 ? one : { ...one, objects: objects[one.index]! })),
    },
  }
}

/** Adds up what was counted of one class on each plane. */
function totalsOf(planes: readonly ObjectScoresOfClass[]): ObjectTotals {
  const sum = (of: (plane: ObjectScoresOfClass) => number) => planes.reduce((total, plane) => total + of(plane), 0)
  const steps = planes[0]?.matches ?? []
  const f1: number[] = []
  const ap: number[] = []
  for (const step of steps.keys()) {
    const [hits, invented, missed] = (['truePositives', 'falsePositives', 'falseNegatives'] as const).map((count) =>
      sum(({ matches }) => matches[step]![count]),
    )
    f1.push((2 * hits!) / (2 * hits! + invented! + missed!))
    ap.push(hits! / (hits! + invented! + missed!))
  }
  const truthObjects = sum((plane) => plane.truthObjects)
  return {
    truthObjects,
    predictedObjects: sum((plane) => plane.predictedObjects),
    ...{ f1AtIou50: f1[0] ?? Number.NaN, apAtIou50: ap[0] ?? Number.NaN },
    ...{ meanF1: meanOfSaid(f1), meanAp: meanOfSaid(ap) },
    seg: sum((plane) => (plane.truthObjects > 0 ? plane.seg * plane.truthObjects : 0)) / truthObjects,
  }
}
