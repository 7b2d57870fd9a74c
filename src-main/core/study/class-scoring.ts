/** Scores of a folder of predicted classes as a flat table: "classes.pixelAccuracy", "iou.glia", "f1AtIou50.glia" ... */
import { evaluateClassFolders } from '../class-evaluation.ts'
import type { Job } from '../job.ts'
import type { ScoredImages, Scores } from './results.ts'
import { type SplitImages, valueMapOf } from './study-data.ts'

const OF_PIXELS = ['iou', 'dice', 'precision', 'recall'] as const
const OF_OBJECTS = ['f1AtIou50', 'meanF1', 'truthObjects', 'predictedObjects'] as const

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
  const objectsOn = (plane: string) =>
    (labels.planes.find(({ name }) => name === plane)?.objects ?? []).map((one) => ({
      ...one,
      f1AtIou50: one.matches[0]!.f1,
    }))
  const images = probabilities.planes.map(({ name, pixels }) => ({
    name,
    scores: {
      'classes.pixelAccuracy': pixels.pixelAccuracy,
      ...byClass(pixels.classes, OF_PIXELS),
      ...byClass(objectsOn(name), OF_OBJECTS),
    },
  }))
  const { pixelAccuracy, meanIou, meanDice, classes } = probabilities.total
  const objects = labels.total.classes.flatMap(({ name, objects }) => (objects ? [{ name, ...objects }] : []))
  const scores = {
    'classes.pixelAccuracy': pixelAccuracy,
    'classes.meanIou': meanIou,
    'classes.meanDice': meanDice,
    'classes.meanF1AtIou50': labels.total.meanF1AtIou50,
    ...byClass(classes, OF_PIXELS),
    ...byClass(objects, OF_OBJECTS),
  }
  return { scores, images }
}

/** "iou.glia": each of the scores of each class. */
const byClass = <S extends string>(
  classes: readonly ({ name: string } & Record<S, number>)[],
  scores: readonly S[],
): Scores =>
  Object.fromEntries(classes.flatMap((one) => scores.map((score) => [`${score}.${one.name}`, one[score]] as const)))
