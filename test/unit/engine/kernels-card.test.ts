import { describe, expect, test } from 'vitest'
import { NativeKernels } from '../../../src-main/engine/kernels-native.ts'
import type { Handle, TensorFlowBinding } from '../../../src-main/engine/tensorflow-binding.ts'
import { UNet } from '../../../src-main/engine/unet.ts'
import { hasNative, nativeBinding, nativeKernels, onNative } from '../../drivers/native.ts'
import {
  randomBatch,
  readStep,
  tinyNetwork,
  uploadBatch,
  variedWeights,
  worstDifference,
} from '../../drivers/network.ts'

const EPSILON = 1e-3

/**
 * TensorFlow on the processor, with what differs on an NVIDIA card: the batch normalisation reserves
 * 1 / sqrt(variance + epsilon) for its gradient, which wants that back, and a space of cuDNN's own.
 */
class CardDouble implements TensorFlowBinding {
  readonly #tf = nativeBinding()
  readonly living = new Set<number>()
  readonly spaces = { given: [] as number[], returned: [] as number[] }
  readonly TF_Version = this.#tf.TF_Version
  readonly TF_ATTR_STRING = this.#tf.TF_ATTR_STRING
  readonly TF_ATTR_INT = this.#tf.TF_ATTR_INT
  readonly TF_ATTR_FLOAT = this.#tf.TF_ATTR_FLOAT
  readonly TF_ATTR_BOOL = this.#tf.TF_ATTR_BOOL
  readonly TF_ATTR_TYPE = this.#tf.TF_ATTR_TYPE
  readonly TF_ATTR_SHAPE = this.#tf.TF_ATTR_SHAPE

  isUsingGpuDevice(): boolean {
    return true
  }

  createTensor(...of: Parameters<TensorFlowBinding['createTensor']>): number {
    const id = this.#tf.createTensor(...of)
    this.living.add(id)
    return id
  }

  deleteTensor(id: number): void {
    this.#tf.deleteTensor(id)
    this.living.delete(id)
  }

  tensorDataSync(id: number) {
    return this.#tf.tensorDataSync(id)
  }

  executeOp(...[name, attributes, ids, outputs]: Parameters<TensorFlowBinding['executeOp']>): Handle[] {
    if (name === 'FusedBatchNormGradV3') return this.#gradient([name, attributes, ids, outputs])
    const handles = this.#kept(this.#tf.executeOp(name, attributes, ids, outputs))
    if (name !== 'FusedBatchNormV3') return handles
    const inverse = this.#changed(handles[4]!.id, (variance) => 1 / Math.sqrt(variance + EPSILON))
    this.deleteTensor(handles[4]!.id)
    this.spaces.given.push(handles[5]!.id)
    return handles.with(4, { ...handles[4]!, id: inverse })
  }

  #gradient([name, attributes, ids, outputs]: Parameters<TensorFlowBinding['executeOp']>): Handle[] {
    this.spaces.returned.push(ids[5]!)
    const variance = this.#changed(ids[4]!, (inverse) => 1 / inverse ** 2 - EPSILON)
    const handles = this.#kept(this.#tf.executeOp(name, attributes, ids.with(4, variance), outputs))
    this.deleteTensor(variance)
    return handles
  }

  #kept(handles: Handle[]): Handle[] {
    for (const { id } of handles) this.living.add(id)
    return handles
  }

  #changed(id: number, change: (value: number) => number): number {
    const values = Float32Array.from(this.#tf.tensorDataSync(id), change)
    return this.createTensor([values.length], 1, values)
  }
}

describe.skipIf(!hasNative)(onNative('batch normalisation where TensorFlow computes on an NVIDIA card'), () => {
  const plan = tinyNetwork({ batchNorm: true, padding: 'same' })

  /** Two steps of a network; afterwards energies, gradients and running statistics. */
  async function trained(kernels: NativeKernels, afterStep = () => {}) {
    const net = new UNet(kernels, plan, variedWeights(plan, 1))
    const energies: number[] = []
    const gradients = new Map<string, Float32Array>()
    for (const step of [1, 2]) {
      const batch = uploadBatch(kernels, plan, randomBatch(plan, 2, 16, step))
      const found = await readStep(kernels, net.energyAndGradients(batch, null, step))
      kernels.free(...Object.values(batch))
      energies.push(found.energy)
      for (const [name, values] of found.gradients) gradients.set(`${name} ${step}`, values)
      afterStep()
    }
    const statistics = new Map<string, Float32Array>()
    for (const [name, variable] of net.statistics) statistics.set(name, (await kernels.readVariable(variable)).slice())
    net.dispose()
    return { energies, gradients, statistics }
  }

  test('trains as on the processor: the same energies, gradients and running statistics', async () => {
    const expected = await trained(nativeKernels())
    const card = new CardDouble()
    const found = await trained(new NativeKernels(card))
    expect(found.energies).toEqual(expected.energies)
    expect(worstDifference(found.gradients, expected.gradients)).toBeLessThan(1e-4)
    expect(worstDifference(found.statistics, expected.statistics)).toBeLessThan(1e-5)
    expect(card.spaces.given).toHaveLength(2 * 10)
    expect(card.spaces.returned.toSorted((a, b) => a - b)).toEqual(card.spaces.given)
  })

  test('leaves no tensor behind after a step', async () => {
    const card = new CardDouble()
    const kernels = new NativeKernels(card)
    const left: [number, number][] = []
    await trained(kernels, () => left.push([kernels.liveTensors(), card.living.size]))
    expect(left).toEqual([
      [0, left[0]![1]],
      [0, left[0]![1]],
    ])
  })
})
