/** Classes of a folder, scored against the truth of another: pixels and objects, class by class. */
import { AppError } from '../../src-shared/errors.ts'
import {
  type ClassEvaluation,
  type ClassifiedPlane,
  evaluateClasses,
} from '../../src-shared/scores/evaluate-classes.ts'
import { listMasks } from '../imaging/list-images.ts'
import { UNKNOWN_CLASS } from './class-images.ts'
import { ClassNames, isExplained, preferObjects, readClassified, readLikeliestClasses } from './classified-maps.ts'
import type { Job } from './job.ts'
import { subjectOf } from './names.ts'
import { areProbabilities, type Pair, readPairs, type ScoredFiles } from './score-pairs.ts'

export interface ClassEvaluationRequest {
  /** Folder of true label images with classes, or of images of classes. */
  truth: string
  masks?: string
  /** Folder of probabilities, channel 0 = background. */
  probabilities?: string
  /** What the values of the truth mean, and those of predictions that nothing else explains. */
  map?: ReadonlyMap<number, string>
}

export interface ClassEvaluationReport extends ClassEvaluation, ScoredFiles {}

/**
 * Scores every predicted file that has a truth of its name. A pair that cannot be read is reported and left out.
 * Errors: 'file-missing', 'nothing-to-import', 'mask-unmatched' when nothing belongs together.
 */
export async function evaluateClassFolders(request: ClassEvaluationRequest, job: Job): Promise<ClassEvaluationReport> {
  const truths = preferObjects(listMasks([request.truth]), subjectOf)
  const from = { predicted: predictedFiles(request), truths, folder: request.truth }
  const classes = new ClassNames()
  const { planes, ...scored } = await readPairs(from, job, (pair) => planesOf(pair, request, classes))
  return { ...evaluateClasses(planes, classes.names), ...scored }
}

/** Of what `predict` has written into one folder only what is asked for. */
function predictedFiles({ masks, probabilities }: ClassEvaluationRequest): string[] {
  const folder = masks ?? probabilities!
  const all = listMasks([folder])
  const wanted =
    masks === undefined
      ? all.filter((file) => areProbabilities(file) || !all.some(areProbabilities))
      : preferObjects(
          all.filter((file) => !areProbabilities(file)),
          subjectOf,
        )
  if (wanted.length === 0) throw new AppError('nothing-to-import', { path: folder })
  return wanted
}

async function planesOf(
  { name, truth, predicted }: Pair,
  { masks, map }: ClassEvaluationRequest,
  classes: ClassNames,
): Promise<ClassifiedPlane[]> {
  const expected = await readClassified(truth, classes, map)
  const found =
    masks === undefined
      ? await readLikeliestClasses(predicted, classes, map)
      : await readClassified(predicted, classes, isExplained(predicted) ? undefined : map, { isAllNamed: true })
  const size = ({ width, height, planes }: { width: number; height: number; planes: unknown[] }) =>
    `${width} x ${height}${planes.length > 1 ? ` x ${planes.length} planes` : ''}`
  if (size(found) !== size(expected)) {
    throw new AppError('mask-size', { path: predicted, found: size(found), image: truth, expected: size(expected) })
  }
  return expected.planes.map((plane, index) => {
    const prediction = found.planes[index]!
    return {
      name: expected.planes.length === 1 ? name : `${name} [${index}]`,
      mask: plane.classes.map((index) => (index === UNKNOWN_CLASS ? 0 : 1)),
      truth: { ...plane, classes: withoutUnknown(plane.classes) },
      prediction: { ...prediction, classes: withoutUnknown(prediction.classes) },
    }
  })
}

const withoutUnknown = (classes: Uint8Array): Uint8Array =>
  classes.map((index) => (index === UNKNOWN_CLASS ? 0 : index))
