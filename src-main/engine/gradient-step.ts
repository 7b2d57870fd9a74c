/** One step of training on a device: upload, energy and gradients, one step of the optimiser. */
import { Random } from '../../src-shared/random.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import type { Batch } from '../../src-shared/sampler.ts'
import type { DeviceTensor } from './kernels.ts'
import type { Optimizer } from './optimizers.ts'
import type { TrainableNet } from './trainable-net.ts'

/** Random stream of the dropout masks; the sampler uses lower ones, the first weights higher ones. */
const DROPOUT_STREAM = 900_000

/** The part of a run's plan that a step needs. */
type StepPlan = Pick<RunPlan, 'network' | 'optimization'>

/** Changes the weights once and answers the energy before; `step` counts from 1. The batch's arrays are used up. */
export async function gradientStep(
  net: TrainableNet,
  optimizer: Optimizer,
  batch: Batch,
  { step, learningRate, plan }: { step: number; learningRate: number; plan: StepPlan },
): Promise<number> {
  const { kernels } = net
  const count = batch.classIndex.length / batch.outputPx ** 2
  const device = {
    image: kernels.upload(batch.image, [count, batch.inputPx, batch.inputPx, plan.network.inputChannels]),
    classIndex: kernels.uploadIndices(batch.classIndex, [count, batch.outputPx, batch.outputPx]),
    weight: kernels.upload(batch.weight, [count, batch.outputPx, batch.outputPx]),
  }
  const mask = dropoutMask(net, plan, step, count, batch.inputPx)
  const { energy, gradients } = net.energyAndGradients(device, mask, step)
  optimizer.apply(gradients, step, learningRate)
  const value = (await kernels.read(energy))[0]! // waits for the device, once a step
  kernels.free(energy, device.image, device.classIndex, device.weight, ...(mask ? [mask] : []))
  return value
}

/** Drop-out where the network has it (section 3.1: at the end of the contracting path), a pure function of (seed, step) on every device. */
function dropoutMask(
  net: TrainableNet,
  plan: StepPlan,
  step: number,
  count: number,
  inputPx: number,
): DeviceTensor | null {
  const { dropout } = plan.network
  if (dropout === 0) return null
  const shape = net.dropoutShape(count, inputPx)
  const random = new Random(plan.optimization.seed, step, DROPOUT_STREAM)
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1))
  for (let i = 0; i < values.length; i++) values[i] = random.uniform() < dropout ? 0 : 1 / (1 - dropout)
  return net.kernels.upload(values, shape)
}
