/** Scores of objects class by class: an object counts only with objects of its own class. */
import type { KnownPixels } from './contingency.ts'
import { type ObjectScores, objectScores, validationScore } from './objects.ts'
import { type RandInformation, randInformation } from './rand-information.ts'

/** Class index, 1 and above, of an object by its id in the map. */
export type ClassOfObject = (id: number) => number

export interface ObjectClasses {
  truth: ClassOfObject
  prediction: ClassOfObject
}

/** The objects of one class; those of all other classes are background to it. */
export interface ObjectScoresOfClass extends ObjectScores, RandInformation {
  /** Class index. */
  index: number
  name: string
}

/**
 * Scores of each class on its own, background left out. `names` has background first; the maps are instance maps, 0
 * background.
 */
export function objectScoresByClass(
  truth: Uint32Array,
  prediction: Uint32Array,
  classes: ObjectClasses,
  names: readonly string[],
  known: KnownPixels = {},
): ObjectScoresOfClass[] {
  return names.slice(1).map((name, place) => {
    const index = place + 1
    const own = onlyClass(truth, classes.truth, index)
    const found = onlyClass(prediction, classes.prediction, index)
    return { index, name, ...objectScores(own, found, known), ...randInformation(own, found, known) }
  })
}

/**
 * The validation score (`validationScore`) where there are several classes: its mean over the classes that the truth
 * has, each scored alone. A class that the truth lacks but the prediction has counts 0, with the weight of its number
 * of objects over that of all true objects, at most 1: one invented object must not undo a plane of many. Without
 * `classes`, and where the truth has no objects, the score of all objects together. Another `score` from 0 to 1 may take
 * its place (aims.ts).
 */
export function validationScoreByClass(
  truth: Uint32Array,
  prediction: Uint32Array,
  { classes, ...known }: KnownPixels & { classes?: ObjectClasses | undefined },
  score: (truth: Uint32Array, prediction: Uint32Array, known: KnownPixels) => number = validationScore,
): number {
  const wanted = classes ? objectsPerClass(truth, classes.truth, known.mask) : new Map<number, number>()
  if (!classes || wanted.size === 0) return score(truth, prediction, known)
  const trueObjects = [...wanted.values()].reduce((sum, count) => sum + count, 0)
  let [sum, weights] = [0, 0]
  for (const index of wanted.keys()) {
    sum += score(onlyClass(truth, classes.truth, index), onlyClass(prediction, classes.prediction, index), known)
    weights++
  }
  for (const [index, count] of objectsPerClass(prediction, classes.prediction, known.mask)) {
    if (!wanted.has(index)) weights += Math.min(1, count / trueObjects)
  }
  return sum / weights
}

/** The map with the objects of one class alone. */
export function onlyClass(map: Uint32Array, classOf: ClassOfObject, index: number): Uint32Array {
  let [last, isLast] = [0, false]
  return map.map((id) => {
    if (id !== last) [last, isLast] = [id, id !== 0 && classOf(id) === index]
    return isLast ? id : 0
  })
}

/** Objects with known pixels, by class index. */
function objectsPerClass(map: Uint32Array, classOf: ClassOfObject, mask?: Uint8Array): Map<number, number> {
  const ids = new Set<number>()
  for (let at = 0; at < map.length; at++) if (map[at] !== 0 && mask?.[at] !== 0) ids.add(map[at]!)
  const counts = new Map<number, number>()
  for (const id of ids) counts.set(classOf(id), (counts.get(classOf(id)) ?? 0) + 1)
  return counts
}
