/** Which predicted files are scored against which true masks, and how each pair went. */
import { AppError } from '../../src-shared/errors.ts'
import { type Job, throwIfStopped } from './job.ts'
import { matchPredictions, stemOf, subjectOf } from './names.ts'

/** A predicted file and the true mask of its name. */
export interface Pair {
  name: string
  truth: string
  predicted: string
}

/** Which files were scored and which were not. */
export interface ScoredFiles {
  files: (Pair & { planes: number; error?: { code: string; message: string } })[]
  /** Predicted files without truth. */
  unmatched: string[]
  failed: number
}

/** Whether a file is called as `predict` calls probabilities. */
export const areProbabilities = (file: string): boolean => /_probabilities$/i.test(stemOf(file))

/**
 * Reads the planes of every predicted file that has a truth of its name. A pair that cannot be read, and predictions of
 * which several have one truth, are reported and left out. Errors: 'mask-unmatched' when nothing belongs together.
 */
export async function readPairs<Plane>(
  { predicted, truths, folder }: { predicted: readonly string[]; truths: readonly string[]; folder: string },
  job: Job,
  planesOf: (pair: Pair) => Promise<Plane[]>,
): Promise<ScoredFiles & { planes: Plane[] }> {
  const truthOf = matchPredictions(predicted, truths)
  const pairs = pairsOf(predicted, truthOf)
  if (pairs.length === 0) throw new AppError('mask-unmatched', { image: predicted[0]!, folder })
  const planes: Plane[] = []
  const files: ScoredFiles['files'] = []
  for (const [index, pair] of pairs.entries()) {
    throwIfStopped(job)
    job.progress({ label: 'Scoring', done: index, total: pairs.length, unit: 'files', detail: pair.name })
    try {
      requireAlone(pair, pairs)
      const found = await planesOf(pair)
      planes.push(...found)
      files.push({ ...pair, planes: found.length })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      files.push({ ...pair, planes: 0, error: { code: error.code, message: error.message } })
    }
  }
  const unmatched = predicted.filter((_, index) => truthOf[index] === undefined)
  return { planes, files, unmatched, failed: files.filter(({ error }) => error).length }
}

/** Of the files with one truth those that are called a result, where any is: what lies beside them is their picture. */
function pairsOf(predicted: readonly string[], truthOf: readonly (string | undefined)[]): Pair[] {
  const isCalledResult = ({ predicted }: Pair) => subjectOf(predicted) !== stemOf(predicted)
  const pairs = predicted.flatMap((file, index) => {
    const truth = truthOf[index]
    return truth === undefined ? [] : [{ name: stemOf(truth), truth, predicted: file }]
  })
  const withResult = new Set(pairs.filter(isCalledResult).map(({ truth }) => truth))
  return pairs.filter((pair) => isCalledResult(pair) || !withResult.has(pair.truth))
}

/** Scored twice, an image would count twice, with one score that nobody asked about. */
function requireAlone({ truth, predicted }: Pair, pairs: readonly Pair[]): void {
  const other = pairs.find((pair) => pair.truth === truth && pair.predicted !== predicted)
  if (!other) return
  const reason = `${other.predicted} is a prediction of ${truth} as well; keep one of them`
  throw new AppError('mask-invalid', { path: predicted, reason })
}
