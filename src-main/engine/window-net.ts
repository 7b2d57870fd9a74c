/** The pixel classifier as it predicts: many windows at a time, nothing kept for gradients. */
import type { PatchClassifierPlan } from '../../src-shared/network-plan.ts'
import { windowStages } from '../../src-shared/window-sides.ts'
import { FrozenWeights } from './frozen-weights.ts'
import type { DeviceTensor, Kernels } from './kernels.ts'
import { classifierShapes } from './patch-classifier-shapes.ts'

export class WindowNet {
  readonly plan: PatchClassifierPlan
  readonly kernels: Kernels
  readonly #weights: FrozenWeights

  constructor(kernels: Kernels, plan: PatchClassifierPlan, weights: Map<string, Float32Array>) {
    this.kernels = kernels
    this.plan = plan
    this.#weights = new FrozenWeights(kernels, classifierShapes(plan), weights)
  }

  dispose(): void {
    this.#weights.dispose()
  }

  /** Probabilities [B, 1, 1, K] (float32) of the centre pixels of windows [B, windowPx, windowPx, C]. */
  probabilities(windows: DeviceTensor): DeviceTensor {
    const { kernels } = this
    let x = windows
    for (const of of windowStages(this.plan.windowPx).keys()) {
      const features = this.#convolve(`stage${of}`, x, true)
      if (of > 0) kernels.free(x)
      x = kernels.maxPool(features)
      kernels.free(features)
    }
    const hidden = this.#convolve('hidden', x, true)
    const logits = this.#convolve('head', hidden, false)
    const probabilities = kernels.softmax(logits)
    kernels.free(x, hidden, logits)
    return probabilities
  }

  #convolve(name: string, x: DeviceTensor, relu: boolean): DeviceTensor {
    return this.kernels.convolve(x, this.#weights.of(`${name}/kernel`), this.#weights.of(`${name}/bias`), relu, 'valid')
  }
}
