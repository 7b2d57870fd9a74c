/** The weights a run starts from, and the odds that a model's last bias carries. */
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { classFactor } from '../../src-shared/targets.ts'
import { readCheckpoint, tensorsUnder } from './checkpoint.ts'
import { initialWeights } from './initial-weights.ts'
import type { RunFiles } from './run-files.ts'

/**
 * He's random weights, or those of the model or checkpoint the plan starts from. Where that knows another number of classes
 * the last layer, which alone depends on it, begins at random. Errors: 'model-unreadable'.
 */
export function firstWeights({ folder, plan }: RunFiles): Map<string, Float32Array> {
  const weights = initialWeights(plan.network, plan.optimization.seed)
  if (plan.from === undefined) return weights
  const path = join(folder, plan.from)
  const { header, tensors } = readCheckpoint(path)
  const stored = tensorsUnder(tensors, 'weights/')
  const from = header.kind === 'model' ? calibrated(stored, header, 1) : stored
  const isHeadKept = header.network.classes === plan.network.classes
  for (const [name, values] of weights) {
    if (!isHeadKept && name.startsWith('head/')) continue
    const known = from.get(name)
    if (known?.length !== values.length)
      throw new AppError('model-unreadable', { path, reason: 'its network has another shape than this run' })
    weights.set(name, known)
  }
  return weights
}

/**
 * Class weights wc teach odds that are wc times the painted ones. With `calibrate`, a model's last bias takes them back:
 * minus log wc per class (`sign` -1), which is exact for the class-weighted cross entropy without border term; training
 * that starts from such a model adds them again (`sign` 1). A pixel classifier is shown every class equally often, which
 * teaches the odds that wc would (wc is proportional to 1 / painted pixels of the class), besides those of its weights.
 */
export function calibrated(
  weights: Map<string, Float32Array>,
  { network, targets }: Pick<RunPlan, 'network' | 'targets'>,
  sign: 1 | -1,
): Map<string, Float32Array> {
  if (!targets.calibrate) return weights
  const { classWeights } = targets
  const drawn = (k: number) => (network.kind === 'patch-classifier' ? classWeights[k]! : 1)
  const bias = weights.get('head/bias')!
  const shifted = bias.map((value, k) =>
    classWeights[k]! > 0 ? value + sign * Math.log(drawn(k) * classFactor(targets, k)) : value,
  )
  return new Map(weights).set('head/bias', shifted)
}
