import { describe, expect, test } from 'vitest'
import { NativeKernels } from '../../../src-main/engine/kernels-native.ts'
import type { Attribute, TensorFlowBinding } from '../../../src-main/engine/tensorflow-binding.ts'

/** Stands for TensorFlow where only the names that it is given matter. */
class NameKeeper {
  readonly names: string[] = []
  #ids = 0

  get kernels(): NativeKernels {
    const binding: Partial<TensorFlowBinding> = {
      TF_Version: 'none',
      createTensor: () => this.#ids++,
      deleteTensor: () => {},
      executeOp: (name, attributes) => {
        if (name === 'VarHandleOp') this.names.push(sharedNameOf(attributes))
        return [{ id: this.#ids++, shape: [], dtype: 1 }]
      },
    }
    return new NativeKernels(binding as TensorFlowBinding)
  }
}

const sharedNameOf = (attributes: readonly Attribute[]): string =>
  String(attributes.find(({ name }) => name === 'shared_name')?.value)

describe('native variables', () => {
  test('that are freed leave their names to the next ones: TensorFlow keeps something for every name it has met', () => {
    const keeper = new NameKeeper()
    const { kernels } = keeper
    for (let validation = 0; validation < 20; validation++) {
      const variables = [[3, 5], [5], [5]].map((shape) => kernels.createVariable('kernel', new Float32Array(15), shape))
      for (const variable of variables) kernels.freeVariable(variable)
    }
    expect(keeper.names).toHaveLength(60)
    expect(new Set(keeper.names).size).toBe(3)
  })

  test('that live at the same time never share a name, nor do kernels of one process', () => {
    const keepers = [new NameKeeper(), new NameKeeper()]
    for (const { kernels } of keepers) {
      for (let made = 0; made < 10; made++) {
        const first = kernels.createVariable('kernel', new Float32Array(4), [4])
        kernels.createVariable('kernel', new Float32Array(4), [4])
        if (made % 3 === 0) kernels.freeVariable(first)
      }
    }
    const alive = keepers.flatMap(({ names }) => names)
    const reused = alive.length - new Set(alive).size
    expect(alive).toHaveLength(40)
    expect(reused).toBe(7) // of the eight that were freed, the last had nobody after it
  })
})
