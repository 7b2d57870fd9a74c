/**
 * The engine's training step (`gradientStep` of train.ts) on made-up pixels: upload of the batch, dropout mask, forward,
 * energy, backward, momentum. Making the batch is not in it: in training that happens in another thread meanwhile.
 */

import { gradientStep } from '../../src-main/engine/gradient-step.ts'
import { initialWeights } from '../../src-main/engine/initial-weights.ts'
import type { Kernels } from '../../src-main/engine/kernels.ts'
import { Optimizer } from '../../src-main/engine/optimizers.ts'
import { UNet } from '../../src-main/engine/unet.ts'
import { PRESETS } from '../../src-shared/presets.ts'
import { Random } from '../../src-shared/random.ts'
import { PAPER_NET } from './paper-net.ts'

const PLAN = { ...PRESETS.paper.optimization, seed: 1 }
/** Small, so that noise as input does not make the net diverge while it is timed. */
const LEARNING_RATE = 1e-4

export class Trainer {
  readonly #net: UNet
  readonly #optimizer: Optimizer
  readonly #inputPx: number
  readonly #outputPx: number
  readonly #random = new Random(1)
  #steps = 0

  constructor(kernels: Kernels, inputPx: number, outputPx: number) {
    this.#net = new UNet(kernels, PAPER_NET, initialWeights(PAPER_NET, 1))
    this.#optimizer = new Optimizer(kernels, PLAN, this.#net.variables)
    this.#inputPx = inputPx
    this.#outputPx = outputPx
  }

  /** A batch of one tile; native memory may alias the arrays, so each step gets new ones. */
  batch() {
    const random = this.#random
    return {
      image: Float32Array.from({ length: this.#inputPx ** 2 }, () => random.normal()),
      classIndex: Int32Array.from({ length: this.#outputPx ** 2 }, () => random.integer(PAPER_NET.classes)),
      weight: Float32Array.from({ length: this.#outputPx ** 2 }, () => random.uniform()),
    }
  }

  /** One step; ends when the device has finished it, with the energy before it. */
  step(arrays: ReturnType<Trainer['batch']>): Promise<number> {
    const batch = { ...arrays, inputPx: this.#inputPx, outputPx: this.#outputPx, origins: [] }
    return gradientStep(this.#net, this.#optimizer, batch, {
      step: ++this.#steps,
      learningRate: LEARNING_RATE,
      plan: { network: PAPER_NET, optimization: PLAN },
    })
  }

  dispose(): void {
    this.#optimizer.dispose()
    this.#net.dispose()
  }
}
