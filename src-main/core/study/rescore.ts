/** A finished cell scored again from the files that it predicted: nothing is learned, predicted or divided into objects. */
import { AppError } from '../../../src-shared/errors.ts'
import type { CellContext } from './cell-context.ts'
import { imagesFor, predictionFolder } from './cell-predictions.ts'
import type { CellResult } from './results.ts'
import { scoreFolder } from './scoring.ts'

/**
 * The result with the scores of the present code; times and differences, which are no scores, stay. Errors: 'study-changed'
 * where the study no longer lists a prediction; those of `scoreFolder`.
 */
export async function rescored(
  before: CellResult,
  context: Pick<CellContext, 'cell' | 'images' | 'folder' | 'job'>,
): Promise<CellResult> {
  const { cell, folder, job } = context
  const predictions: CellResult['predictions'] = {}
  for (const [name, known] of Object.entries(before.predictions)) {
    const options = cell.arm.predictions.find((one) => one.name === name)
    if (!options) throw new AppError('study-changed', { path: folder, cell: name })
    const anew = await scoreFolder(predictionFolder(folder, name), await imagesFor(context, options), job)
    predictions[name] = { ...known, scores: { ...known.scores, ...anew.scores }, images: anew.images }
  }
  return { ...before, predictions }
}
