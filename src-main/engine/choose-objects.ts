/** The way from probabilities to objects chosen anew for a finished network, on what its run held out. */
import { AppError } from '../../src-shared/errors.ts'
import { chooseObjectsPlan } from '../../src-shared/objects-search.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import { type ObjectsAim, scoreOfAim } from '../../src-shared/scores/aims.ts'
import { openRunPlanes } from './batches-planes.ts'
import { readCheckpoint, tensorsUnder } from './checkpoint.ts'
import type { Kernels } from './kernels.ts'
import { predictingNet } from './predicting-net.ts'
import { RunFiles } from './run-files.ts'
import { Validation } from './validation.ts'

export interface ChooseOptions {
  kernels: Kernels
  /** Checkpoint file, absolute. */
  model: string
  aim: ObjectsAim
  /** Probabilities are the mean over the 8 rotations and mirrors, as they will be in prediction. */
  average: boolean
  signal?: AbortSignal
}

/**
 * Predicts the held-out blocks and planes of the run in `folder` and searches the plan with the best score there; never
 * looks at anything else. `score` is the aim's, 0 to 1. Errors: 'nothing-held-out', those of reading the run's files.
 */
export async function chooseObjects(
  folder: string,
  { kernels, model, aim, average, signal }: ChooseOptions,
): Promise<{ objects: ObjectsPlan; score: number }> {
  const { plan } = new RunFiles(folder)
  const { header, tensors } = readCheckpoint(model)
  const teaching = openRunPlanes(folder, plan, 'train')
  const heldOut = openRunPlanes(folder, plan, 'validation')
  const net = predictingNet(kernels, header.network, tensorsUnder(tensors, 'weights/'))
  try {
    const validation = new Validation(plan, teaching.planes, heldOut.planes)
    if (!validation.isPossible) throw new AppError('nothing-held-out', { run: plan.id })
    const planes = await validation.predicted(net, { average, ...(signal && { signal }) })
    return chooseObjectsPlan(planes, scoreOfAim(aim))
  } finally {
    net.dispose()
    teaching.close()
    heldOut.close()
  }
}
