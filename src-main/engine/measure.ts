import type { UNetPlan } from '../../src-shared/network-plan.ts'
import { initialWeights } from './initial-weights.ts'
import type { DeviceTensor, Kernels, Variable } from './kernels.ts'
import { UNet } from './unet.ts'

/** Side of the measured patch, and of the smaller one where that would take minutes. */
const SIDE_PX = 256
const SLOW_SIDE_PX = 64
/** Timed steps end after this many or when this time is over, whichever is first. */
const MOST_STEPS = 8
const ENOUGH_MS = 4000

const plan: UNetPlan = {
  kind: 'unet',
  depth: 4,
  baseWidth: 16,
  inputChannels: 1,
  classes: 2,
  padding: 'same',
  batchNorm: true,
  dropout: 0,
  skips: true,
  initScale: 1,
}

/**
 * Seconds of one training step (forward, backward, Adam) of a small network, base 16, batch of one 256 x 256 patch:
 * the median after one step that warms up. What is not fast (plain JavaScript, an imitated card) is measured on 64 x 64
 * and multiplied by 16: the time of a convolution is proportional to the area.
 */
export async function measureSecondsPerStep(kernels: Kernels, isFast: boolean): Promise<number> {
  const sidePx = isFast ? SIDE_PX : SLOW_SIDE_PX
  const trainer = new Trainer(kernels, sidePx)
  await trainer.step()
  const times: number[] = []
  const begin = performance.now()
  while (times.length === 0 || (times.length < MOST_STEPS && performance.now() - begin < ENOUGH_MS)) {
    const before = performance.now()
    await trainer.step()
    times.push(performance.now() - before)
  }
  trainer.dispose()
  times.sort((a, b) => a - b)
  return ((times[times.length >> 1]! / 1000) * SIDE_PX ** 2) / sidePx ** 2
}

/** The engine's own step on made-up data, without sampling. */
class Trainer {
  readonly #kernels: Kernels
  readonly #net: UNet
  readonly #moments = new Map<string, [Variable, Variable]>()
  readonly #batch: { image: DeviceTensor; classIndex: DeviceTensor; weight: DeviceTensor }
  #steps = 0

  constructor(kernels: Kernels, sidePx: number) {
    const [pixels, shape] = [sidePx ** 2, [1, sidePx, sidePx]]
    this.#kernels = kernels
    this.#net = new UNet(kernels, plan, initialWeights(plan, 1))
    for (const { name, shape } of this.#net.variables.values()) {
      const zeros = () => new Float32Array(shape.reduce((product, side) => product * side, 1))
      this.#moments.set(name, [
        kernels.createVariable(name, zeros(), shape),
        kernels.createVariable(name, zeros(), shape),
      ])
    }
    this.#batch = {
      image: kernels.upload(
        Float32Array.from({ length: pixels }, (_, i) => Math.sin(i)),
        [...shape, 1],
      ),
      classIndex: kernels.uploadIndices(
        Int32Array.from({ length: pixels }, (_, i) => i & 1),
        shape,
      ),
      weight: kernels.upload(new Float32Array(pixels).fill(1), shape),
    }
  }

  /** One step; ends when the device has finished it. */
  async step(): Promise<number> {
    const { energy, gradients } = this.#net.energyAndGradients(this.#batch, null, ++this.#steps)
    for (const [name, gradient] of gradients) {
      const [first, second] = this.#moments.get(name)!
      this.#kernels.adamStep(this.#net.variables.get(name)!, first, second, gradient, 1e-3, this.#steps)
      this.#kernels.free(gradient)
    }
    const value = (await this.#kernels.read(energy))[0]!
    this.#kernels.free(energy)
    return value
  }

  dispose(): void {
    this.#kernels.free(...Object.values(this.#batch))
    for (const variable of [...this.#moments.values()].flat()) this.#kernels.freeVariable(variable)
    this.#net.dispose()
  }
}
