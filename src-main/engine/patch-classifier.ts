/**
 * The peer that the paper compares itself with: the class of one pixel from the window around it (Ciresan, Giusti,
 * Gambardella, Schmidhuber, NIPS 2012). Convolution and max pooling in turn, a fully connected layer, one output per
 * class; softmax and cross entropy as in the U-Net.
 *
 * Deviation: ReLU and He's first weights as in our U-Net, so that the two differ by what they look at, not by how a
 * neuron answers.
 */
import type { PatchClassifierPlan } from '../../src-shared/network-plan.ts'
import { windowStages } from '../../src-shared/window-sides.ts'
import type { DeviceTensor, Kernels, Variable } from './kernels.ts'
import { classifierShapes } from './patch-classifier-shapes.ts'
import type { DeviceBatch, StepAnswer, TrainableNet } from './trainable-net.ts'
import { Variables } from './variables.ts'

interface StageTrace {
  name: string
  input: DeviceTensor
  output: DeviceTensor
  pooled: DeviceTensor
}

type Gradients = Map<string, DeviceTensor>

export class PatchClassifier implements TrainableNet {
  readonly plan: PatchClassifierPlan
  readonly kernels: Kernels
  /** There are none: nothing is normalised over a batch. */
  readonly statistics = new Map<string, Variable>()
  readonly #weights: Variables

  constructor(kernels: Kernels, plan: PatchClassifierPlan, weights: Map<string, Float32Array>) {
    this.kernels = kernels
    this.plan = plan
    this.#weights = new Variables(kernels, classifierShapes(plan), weights)
  }

  get variables(): Map<string, Variable> {
    return this.#weights.all
  }

  dispose(): void {
    this.#weights.dispose()
  }

  energyAndGradients(batch: DeviceBatch, dropoutMask: DeviceTensor | null): StepAnswer {
    const { kernels } = this
    const stages = this.#stages(batch.image)
    const features = stages.at(-1)!.pooled // [B, s, s, maps]
    const hidden = this.#convolve('hidden', features, true) // [B, 1, 1, hidden]
    const dropped = dropoutMask === null ? hidden : kernels.multiply(hidden, dropoutMask)
    const logits = this.#convolve('head', dropped, false) // [B, 1, 1, K]
    const { energy, gradient } = kernels.energy(logits, batch.classIndex, batch.weight)
    kernels.free(logits)

    const gradients: Gradients = new Map()
    let slope = this.#convolveBackward('head', dropped, gradient, gradients, true)!
    if (dropoutMask !== null) {
      const masked = kernels.multiply(slope, dropoutMask)
      kernels.free(slope, dropped)
      slope = masked
    }
    slope = this.#reluBackward(hidden, slope)
    slope = this.#convolveBackward('hidden', features, slope, gradients, true)!
    for (const [at, stage] of [...stages.entries()].reverse()) {
      const throughPool = kernels.maxPoolGradient(stage.output, stage.pooled, slope)
      kernels.free(slope, stage.pooled)
      const throughRelu = this.#reluBackward(stage.output, throughPool)
      slope = this.#convolveBackward(stage.name, stage.input, throughRelu, gradients, at > 0)!
    }
    return { energy, gradients }
  }

  /** The fully connected layer, whatever the side of the window. */
  dropoutShape(batch: number): number[] {
    return [batch, 1, 1, this.plan.hidden]
  }

  #stages(image: DeviceTensor): StageTrace[] {
    const stages: StageTrace[] = []
    let x = image
    for (const of of windowStages(this.plan.windowPx).keys()) {
      const name = `stage${of}`
      const output = this.#convolve(name, x, true)
      const pooled = this.kernels.maxPool(output)
      stages.push({ name, input: x, output, pooled })
      x = pooled
    }
    return stages
  }

  #convolve(name: string, x: DeviceTensor, relu: boolean): DeviceTensor {
    return this.#weights.with([`${name}/kernel`, `${name}/bias`], (kernel, bias) =>
      this.kernels.convolve(x, kernel!, bias!, relu, 'valid'),
    )
  }

  /** Consumes `gradient` and `output`. */
  #reluBackward(output: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const slope = this.kernels.reluGradient(gradient, output)
    this.kernels.free(gradient, output)
    return slope
  }

  /** Consumes `gradient`; the input stays its owner's. */
  #convolveBackward(
    name: string,
    input: DeviceTensor,
    gradient: DeviceTensor,
    gradients: Gradients,
    wantsInput: boolean,
  ): DeviceTensor | null {
    const { kernels } = this
    const { shape } = this.#weights.of(`${name}/kernel`)
    gradients.set(`${name}/kernel`, kernels.convolveKernelGradient(input, shape, gradient, 'valid'))
    gradients.set(`${name}/bias`, kernels.biasGradient(gradient))
    const below = wantsInput
      ? this.#weights.with([`${name}/kernel`], (kernel) =>
          kernels.convolveInputGradient(input.shape, kernel!, gradient, 'valid'),
        )
      : null
    kernels.free(gradient)
    return below
  }
}
