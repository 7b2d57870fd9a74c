/** Weights that no longer change, on the device in the precision of activations. */

import type { DeviceTensor, Kernels } from './kernels.ts'
import { sizeOf } from './network-shapes.ts'

export class FrozenWeights {
  readonly #kernels: Kernels
  readonly #weights = new Map<string, DeviceTensor>()

  /** Copies what `shapes` names out of `weights`. */
  constructor(kernels: Kernels, shapes: Map<string, number[]>, weights: Map<string, Float32Array>) {
    this.#kernels = kernels
    for (const [name, shape] of shapes) {
      const values = weights.get(name)
      if (values?.length !== sizeOf(shape)) throw new Error(`no weights of shape [${shape}] for ${name}`)
      const variable = kernels.createVariable(name, values, shape)
      this.#weights.set(name, kernels.value(variable))
      kernels.freeVariable(variable)
    }
  }

  of(name: string): DeviceTensor {
    return this.#weights.get(name)!
  }

  dispose(): void {
    this.#kernels.free(...this.#weights.values())
    this.#weights.clear()
  }
}
