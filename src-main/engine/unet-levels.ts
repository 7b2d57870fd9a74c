/**
 * One level of figure 1: two 3x3 convolutions with ReLU, forward and backward, with batch normalisation between
 * convolution and ReLU where the plan has it (the convolution then has no bias).
 */
import type { UNetPlan } from '../../src-shared/network-plan.ts'
import type { BatchStatistics, DeviceTensor, Kernels } from './kernels.ts'
import type { Variables } from './variables.ts'

/** Added to the variance under the root: TensorFlow's usual 1e-3. */
export const BATCH_NORM_EPSILON = 1e-3
/** Share of the old running statistics that each step keeps, once enough steps have passed. */
const RUNNING_KEEP = 0.98

/** What the backward pass of one convolution needs. */
interface ConvolutionTrace {
  name: string
  input: DeviceTensor
  /** Convolution output before batch normalisation. */
  raw?: DeviceTensor
  statistics?: BatchStatistics
  output: DeviceTensor
}

export interface LevelTrace {
  first: ConvolutionTrace
  second: ConvolutionTrace
}

export class Levels {
  readonly #kernels: Kernels
  readonly #plan: UNetPlan
  readonly #weights: Variables
  readonly #statistics: Variables

  constructor(kernels: Kernels, plan: UNetPlan, of: { weights: Variables; statistics: Variables }) {
    this.#kernels = kernels
    this.#plan = plan
    this.#weights = of.weights
    this.#statistics = of.statistics
  }

  forward(name: string, x: DeviceTensor): LevelTrace {
    const first = this.#convolutionForward(`${name}/conv0`, x)
    return { first, second: this.#convolutionForward(`${name}/conv1`, first.output) }
  }

  /** Consumes `gradient` and both outputs of the level; the level's input stays its owner's. */
  backward(level: LevelTrace, gradient: DeviceTensor, gradients: Map<string, DeviceTensor>, wantsInput: boolean) {
    const between = this.#convolutionBackward(level.second, gradient, gradients, true)!
    return this.#convolutionBackward(level.first, between, gradients, wantsInput)
  }

  /** Takes a batch's statistics into the running ones; `step` counts from 1 and tells how much to trust those. */
  updateStatistics(levels: readonly LevelTrace[], step: number): void {
    if (!this.#plan.batchNorm) return
    // Early on the plain mean of what was seen, later an exponential one.
    const keep = Math.min(RUNNING_KEEP, (step - 1) / step)
    for (const { first, second } of levels) {
      for (const { name, statistics } of [first, second]) {
        this.#kernels.blend(this.#statistics.of(`${name}/mean`), statistics!.mean, keep)
        this.#kernels.blend(this.#statistics.of(`${name}/variance`), statistics!.variance, keep)
      }
    }
  }

  #convolutionForward(name: string, input: DeviceTensor): ConvolutionTrace {
    const kernels = this.#kernels
    const { padding, batchNorm } = this.#plan
    if (!batchNorm) {
      const output = this.#weights.with([`${name}/kernel`, `${name}/bias`], (kernel, bias) =>
        kernels.convolve(input, kernel!, bias!, true, padding),
      )
      return { name, input, output }
    }
    const raw = this.#weights.with([`${name}/kernel`], (kernel) =>
      kernels.convolve(input, kernel!, null, false, padding),
    )
    const [gamma, beta] = [this.#float(`${name}/gamma`), this.#float(`${name}/beta`)]
    const { output: normal, statistics } = kernels.batchNorm(raw, gamma, beta, BATCH_NORM_EPSILON)
    const output = kernels.relu(normal)
    kernels.free(normal, gamma, beta)
    return { name, input, raw, statistics, output }
  }

  #convolutionBackward(
    trace: ConvolutionTrace,
    gradient: DeviceTensor,
    gradients: Map<string, DeviceTensor>,
    wantsInput: boolean,
  ): DeviceTensor | null {
    const kernels = this.#kernels
    const { padding } = this.#plan
    const { name, input, output } = trace
    let slope = kernels.reluGradient(gradient, output)
    kernels.free(gradient, output)
    if (trace.raw !== undefined) slope = this.#batchNormBackward(trace, slope, gradients)
    else gradients.set(`${name}/bias`, kernels.biasGradient(slope))
    const shape = this.#weights.of(`${name}/kernel`).shape
    gradients.set(`${name}/kernel`, kernels.convolveKernelGradient(input, shape, slope, padding))
    const below = wantsInput
      ? this.#weights.with([`${name}/kernel`], (kernel) =>
          kernels.convolveInputGradient(input.shape, kernel!, slope, padding),
        )
      : null
    kernels.free(slope)
    return below
  }

  #batchNormBackward(trace: ConvolutionTrace, slope: DeviceTensor, gradients: Map<string, DeviceTensor>): DeviceTensor {
    const kernels = this.#kernels
    const gamma = this.#float(`${trace.name}/gamma`)
    const { mean, variance, reserved } = trace.statistics!
    const found = kernels.batchNormGradient(trace.raw!, gamma, trace.statistics!, slope, BATCH_NORM_EPSILON)
    kernels.free(gamma, slope, trace.raw!, mean, variance, ...(reserved ? Object.values(reserved) : []))
    gradients.set(`${trace.name}/gamma`, found.gamma)
    gradients.set(`${trace.name}/beta`, found.beta)
    return found.input
  }

  /** A variable's value for batch normalisation, which computes its scale in float32 at any precision. */
  #float(name: string): DeviceTensor {
    return this.#kernels.value(this.#weights.of(name), 'float32')
  }
}
