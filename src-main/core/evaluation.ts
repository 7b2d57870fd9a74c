/** Masks and probabilities of a folder, scored against the truth of another. */
import { AppError } from '../../src-shared/errors.ts'
import {
  type EvaluatedPlane,
  type Evaluation,
  type EvaluationKind,
  evaluate,
} from '../../src-shared/scores/evaluate.ts'
import { listMasks } from '../imaging/list-images.ts'
import { type Job, throwIfStopped } from './job.ts'
import { matchPredictions, stemOf } from './names.ts'
import { readMaps, readProbabilities, readTruth } from './score-files.ts'

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

/** Which files were scored and which were not. */
export interface ScoredFiles {
  files: { name: string; truth: string; predicted: string; planes: number; error?: { code: string; message: string } }[]
  /** Predicted files without truth. */
  unmatched: string[]
  failed: number
}

export interface EvaluationReport extends Evaluation, ScoredFiles {}

/**
 * Scores every predicted file that has a truth of its name; planes of stacks are scored one by one ("name [2]").
 * A pair that cannot be read is reported and left out. Errors: 'file-missing', 'mask-unmatched' when nothing belongs
 * together.
 */
export async function evaluateFolders(request: EvaluationRequest, job: Job): Promise<EvaluationReport> {
  const folder = request.masks ?? request.probabilities!
  const predicted = predictionsIn(folder, request.masks === undefined ? 'probabilities' : 'labels')
  const truths = matchPredictions(predicted, listMasks([request.truth]))
  const pairs = predicted.flatMap((file, index) => (truths[index] ? [{ file, truth: truths[index] }] : []))
  if (pairs.length === 0) throw new AppError('mask-unmatched', { image: predicted[0]!, folder: request.truth })
  const planes: EvaluatedPlane[] = []
  const files: EvaluationReport['files'] = []
  for (const [index, { file, truth }] of pairs.entries()) {
    throwIfStopped(job)
    job.progress({ label: 'Scoring', done: index, total: pairs.length, unit: 'files', detail: stemOf(file) })
    const entry = { name: stemOf(truth), truth, predicted: file }
    try {
      const found = await planesOf(entry, request)
      planes.push(...found)
      files.push({ ...entry, planes: found.length })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      files.push({ ...entry, planes: 0, error: { code: error.code, message: error.message } })
    }
  }
  const scored = evaluate(planes, {
    kind: request.kind,
    ...(request.foreground !== undefined && { foreground: request.foreground }),
  })
  const unmatched = predicted.filter((_, index) => truths[index] === undefined)
  return { ...scored, files, unmatched, failed: files.filter(({ error }) => error).length }
}

/** Of a folder with both kinds of results only those asked for. */
function predictionsIn(folder: string, kind: 'labels' | 'probabilities'): string[] {
  const files = listMasks([folder])
  const other = kind === 'labels' ? /_(probabilities|classes|known)$/i : /_(labels|classes|known)$/i
  const wanted = files.filter((file) => !other.test(stemOf(file)))
  if (wanted.length === 0) throw new AppError('nothing-to-import', { path: folder })
  return wanted
}

async function planesOf(
  { name, truth, predicted }: { name: string; truth: string; predicted: string },
  request: EvaluationRequest,
): Promise<EvaluatedPlane[]> {
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
