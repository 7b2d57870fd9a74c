/** The engine's training step on made-up pixels, without sampling: forward, energy, backward, momentum. */

import type { DeviceTensor, Kernels } from '../../src-main/engine/kernels.ts'
import { Optimizer } from '../../src-main/engine/optimizers.ts'
import { type DeviceBatch, initialWeights, UNet } from '../../src-main/engine/unet.ts'
import { PRESETS } from '../../src-shared/presets.ts'
import { Random } from '../../src-shared/random.ts'
import { PAPER_NET } from './paper-net.ts'

const PLAN = { ...PRESETS.paper.optimization, seed: 1 }
/** Small, so that noise as input does not make the net diverge while it is timed. */
const LEARNING_RATE = 1e-4

export class Trainer {
  readonly #kernels: Kernels
  readonly #net: UNet
  readonly #optimizer: Optimizer
  readonly #batch: DeviceBatch
  readonly #dropoutMask: DeviceTensor
  #steps = 0

  constructor(kernels: Kernels, inputPx: number, outputPx: number) {
    const random = new Random(1)
    const made = (count: number, value: () => number) => Float32Array.from({ length: count }, value)
    const upload = (values: Float32Array, shape: readonly number[]) => kernels.upload(values, shape)
    this.#kernels = kernels
    this.#net = new UNet(kernels, PAPER_NET, initialWeights(PAPER_NET, 1))
    this.#optimizer = new Optimizer(kernels, PLAN, this.#net.variables)
    const outputs = [1, outputPx, outputPx]
    const classIndex = Int32Array.from({ length: outputPx ** 2 }, () => random.integer(PAPER_NET.classes))
    this.#batch = {
      image: upload(
        made(inputPx ** 2, () => random.normal()),
        [1, inputPx, inputPx, 1],
      ),
      classIndex: kernels.uploadIndices(classIndex, outputs),
      weight: upload(
        made(outputPx ** 2, () => random.uniform()),
        outputs,
      ),
    }
    const dropped = this.#net.dropoutShape(1, inputPx)
    const kept = 1 / (1 - PAPER_NET.dropout)
    const units = dropped.reduce((product, side) => product * side, 1)
    this.#dropoutMask = upload(
      made(units, () => (random.chance(PAPER_NET.dropout) ? 0 : kept)),
      dropped,
    )
  }

  /** One step; ends when the device has finished it, with the energy before it. */
  async step(): Promise<number> {
    const kernels = this.#kernels
    const { energy, gradients } = this.#net.energyAndGradients(this.#batch, this.#dropoutMask, ++this.#steps)
    this.#optimizer.apply(gradients, this.#steps, LEARNING_RATE)
    const value = (await kernels.read(energy))[0]!
    kernels.free(energy)
    return value
  }

  dispose(): void {
    this.#kernels.free(...Object.values(this.#batch), this.#dropoutMask)
    this.#optimizer.dispose()
    this.#net.dispose()
  }
}
