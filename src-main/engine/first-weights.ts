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

/** How much oftener than painted a class is shown: a pixel classifier draws all equally often, as counted wc would weigh. */
export const shownOftener = ({ network, targets }: Pick<RunPlan, 'network' | 'targets'>, index: number): number =>
  network.kind === 'patch-classifier' ? (targets.countedWeights ?? targets.classWeights)[index]! : 1

/** The odds that training teaches for a class, as a multiple of those painted; 1 for a class that it does not teach. */
export function taughtOdds(plan: Pick<RunPlan, 'network' | 'targets'>, index: number): number {
  const odds = shownOftener(plan, index) * classFactor(plan.targets, index)
  return odds > 0 ? odds : 1
}

/**
 * Class weights wc teach odds that are wc times the painted ones, and so does drawing every class equally often (wc is
 * proportional to 1 / painted pixels of the class). With `calibrate`, a model's last bias takes them back: minus the log of
 * `taughtOdds` per class (`sign` -1), which is exact for the class-weighted cross entropy without border term; training
 * that starts from such a model adds them again (`sign` 1).
 */
export function calibrated(
  weights: Map<string, Float32Array>,
  plan: Pick<RunPlan, 'network' | 'targets'>,
  sign: 1 | -1,
): Map<string, Float32Array> {
  if (!plan.targets.calibrate) return weights
  const bias = weights.get('head/bias')!
  return new Map(weights).set(
    'head/bias',
    bias.map((value, index) => value + sign * Math.log(taughtOdds(plan, index))),
  )
}
