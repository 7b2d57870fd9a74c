/** Masks and probabilities of a folder, scored against the truth of another. */
import { AppError } from '../../src-shared/errors.ts'
import {
  type EvaluatedPlane,
  type Evaluation,
  type EvaluationKind,
  evaluate,
} from '../../src-shared/scores/evaluate.ts'
import { listMasks } from '../imaging/list-images.ts'
import type { Job } from './job.ts'
import { stemOf } from './names.ts'
import { readMaps, readProbabilities, readTruth } from './score-files.ts'
import { areProbabilities, type Pair, readPairs, type ScoredFiles } from './score-pairs.ts'

export interface EvaluationRequest {
  /** Folder of true masks. */
  truth: string
  /** Folder of label images. */
  masks?: string
  /** Folder of probabilities, channel 0 = background. */
  probabilities?: string
  kind: EvaluationKind
  /** The truth is binary and this value is object. */
  foreground?: number
}

export interface EvaluationReport extends Evaluation, ScoredFiles {}

/**
 * Scores every predicted file that has a truth of its name; planes of stacks are scored one by one ("name [2]").
 * A pair that cannot be read is reported and left out. Errors: 'file-missing', 'nothing-to-import', 'mask-unmatched' when
 * nothing belongs together.
 */
export async function evaluateFolders(request: EvaluationRequest, job: Job): Promise<EvaluationReport> {
  const { kind, foreground, truth: folder } = request
  const predicted = request.masks === undefined ? probabilitiesIn(request.probabilities!) : labelsIn(request.masks)
  const from = { predicted, truths: listMasks([folder]), folder }
  const { planes, ...scored } = await readPairs(from, job, (pair) => planesOf(pair, request))
  return { ...evaluate(planes, { kind, ...(foreground !== undefined && { foreground }) }), ...scored }
}

/** Of a folder with several kinds of results those that can be label images. */
const labelsIn = (folder: string): string[] =>
  found(
    folder,
    listMasks([folder]).filter((file) => !/_(probabilities|classes|known)$/i.test(stemOf(file))),
  )

/** The files that are called probabilities; where none is, all that can be. */
function probabilitiesIn(folder: string): string[] {
  const all = listMasks([folder])
  const called = all.filter(areProbabilities)
  return found(
    folder,
    called.length > 0 ? called : all.filter((file) => !/_(labels|classes|known)$/i.test(stemOf(file))),
  )
}

function found(folder: string, files: string[]): string[] {
  if (files.length === 0) throw new AppError('nothing-to-import', { path: folder })
  return files
}

async function planesOf({ name, truth, predicted }: Pair, request: EvaluationRequest): Promise<EvaluatedPlane[]> {
  const expected = await readTruth(truth, request.foreground)
  const isLabels = request.masks !== undefined
  const labels = isLabels ? await readMaps(predicted) : undefined
  const probability = isLabels ? undefined : await readProbabilities(predicted)
  const found = (labels ?? probability)!
  const size = ({ width, height, planes }: { width: number; height: number; planes: unknown[] }) =>
    `${width} x ${height}${planes.length > 1 ? ` x ${planes.length} planes` : ''}`
  if (size(found) !== size(expected)) {
    throw new AppError('mask-size', { path: predicted, found: size(found), image: truth, expected: size(expected) })
  }
  const { width, height } = expected
  return expected.planes.map((plane, index) => ({
    name: expected.planes.length === 1 ? name : `${name} [${index}]`,
    ...{ width, height, truth: plane },
    ...(expected.masks && { mask: expected.masks[index]! }),
    ...(labels && { labels: labels.planes[index]! }),
    ...(probability && { probability: probability.planes[index]! }),
  }))
}
