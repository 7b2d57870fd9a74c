/** A network's weights on a device, by name. */

import type { DeviceTensor, Kernels, Variable } from './kernels.ts'
import { sizeOf } from './network-shapes.ts'

export class Variables {
  readonly #kernels: Kernels
  readonly #variables = new Map<string, Variable>()

  /** Copies what `shapes` names out of `weights`. */
  constructor(kernels: Kernels, shapes: Map<string, number[]>, weights: Map<string, Float32Array>) {
    this.#kernels = kernels
    for (const [name, shape] of shapes) {
      const values = weights.get(name)
      if (values?.length !== sizeOf(shape)) throw new Error(`no weights of shape [${shape}] for ${name}`)
      this.#variables.set(name, kernels.createVariable(name, values, shape))
    }
  }

  get all(): Map<string, Variable> {
    return this.#variables
  }

  of(name: string): Variable {
    return this.#variables.get(name)!
  }

  /** Lets `use` have the present values of some weights, in the precision of activations. */
  with<R>(names: readonly string[], use: (...values: DeviceTensor[]) => R): R {
    const values = names.map((name) => this.#kernels.value(this.of(name)))
    const result = use(...values)
    this.#kernels.free(...values)
    return result
  }

  dispose(): void {
    for (const variable of this.#variables.values()) this.#kernels.freeVariable(variable)
  }
}
