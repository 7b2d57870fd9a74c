/** Scores of a folder of predicted classes as a flat table: "classes.pixelAccuracy", "iou.glia", "f1AtIou50.glia" ... */
import type { ClassScores } from '../../../src-shared/scores/classes.ts'
import { evaluateClassFolders } from '../class-evaluation.ts'
import type { Job } from '../job.ts'
import type { ScoredImages, Scores } from './results.ts'
import { type SplitImages, valueMapOf } from './study-data.ts'

type ObjectShares = { f1AtIou50: number; meanF1: number; truthObjects: number; predictedObjects: number }

/**
 * Pixels by the likeliest class of the probabilities (`classes`, `iou`, `dice` ...), objects by the label files
 * (`f1AtIou50`, `meanF1`). Classes are counted over all images together. Errors: those of `evaluateClassFolders`.
 */
export async function scoreClasses(folder: string, { truth, data }: SplitImages, job: Job): Promise<ScoredImages> {
  const map = valueMapOf(data)!
  const labels = await evaluateClassFolders({ truth, masks: folder, map }, job)
  const probabilities = await evaluateClassFolders({ truth, probabilities: folder, map }, job)
  const failed = [...labels.files, ...probabilities.files].find(({ error }) => error)?.error
  if (failed) throw new Error(failed.message)
  const { pixelAccuracy, meanIou, meanDice, classes } = probabilities.total
  const { meanF1AtIou50 } = labels.total
  const objects = labels.total.classes.flatMap(({ name, objects }) => (objects ? [{ name, ...objects }] : []))
  const images = probabilities.planes.map(({ name, pixels }) => ({
    name,
    scores: {
      'classes.pixelAccuracy': pixels.pixelAccuracy,
      ...pixelsOf(pixels.classes),
      ...objectsOf(objectsOn(name)),
    },
  }))
  return {
    scores: {
      ...{ 'classes.pixelAccuracy': pixelAccuracy, 'classes.meanIou': meanIou, 'classes.meanDice': meanDice },
      'classes.meanF1AtIou50': meanF1AtIou50,
      ...pixelsOf(classes),
      ...objectsOf(objects),
    },
    images,
  }

  function objectsOn(plane: string): (ObjectShares & { name: string })[] {
    const found = labels.planes.find(({ name }) => name === plane)?.objects ?? []
    return found.map((one) => ({ ...one, f1AtIou50: one.matches[0]!.f1 }))
  }
}

const pixelsOf = (classes: readonly ClassScores[]): Scores =>
  Object.fromEntries(
    classes.flatMap(({ name, iou, dice, precision, recall }) =>
      Object.entries({ iou, dice, precision, recall }).map(([score, value]) => [`${score}.${name}`, value]),
    ),
  )

const objectsOf = (classes: readonly (ObjectShares & { name: string })[]): Scores =>
  Object.fromEntries(
    classes.flatMap(({ name, f1AtIou50, meanF1, truthObjects, predictedObjects }) =>
      Object.entries({ f1AtIou50, meanF1, truthObjects, predictedObjects }).map(([score, value]) => [
        `${score}.${name}`,
        value,
      ]),
    ),
  )
