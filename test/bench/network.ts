/** Training step of the paper's network (31.0 M parameters, 572 -> 388) against the same step of PyTorch. */

import type { Kernels, Variable } from '../../src-main/engine/kernels.ts'
import { openDevice } from '../../src-main/engine/open-device.ts'
import { type DeviceBatch, initialWeights, parameterCount, UNet } from '../../src-main/engine/unet.ts'
import { inputSidePx, outputSidePx } from '../../src-shared/geometry.ts'
import { PRESETS } from '../../src-shared/presets.ts'
import { Random } from '../../src-shared/random.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import { takeTurns, timed } from './measure.ts'
import type { Bench, Section } from './section.ts'

const LOWEST_PX = 32 // figure 1
const { learningRate, momentum } = PRESETS.paper.optimization
export const PAPER_NET: NetworkPlan = { ...PRESETS.paper.network, inputChannels: 1, classes: 2 }
const INPUT_PX = inputSidePx(PAPER_NET.depth, LOWEST_PX)
const OUTPUT_PX = outputSidePx(PAPER_NET.depth, LOWEST_PX)

export const network: Section = {
  name: 'network',
  title: `the paper's net, ${parameterCount(PAPER_NET).toLocaleString('en')} parameters, one tile ${INPUT_PX} -> ${OUTPUT_PX}`,
  async run(bench) {
    const { kernels } = await openDevice('tensorflow', { threads: bench.threads, precision: 'float32' })
    await trainingStep(bench, kernels)
  },
}

async function trainingStep(bench: Bench, kernels: Kernels): Promise<void> {
  const trainer = new Trainer(kernels)
  const { peer } = bench
  const request = {
    ask: 'network',
    ...peerNet(bench.threads),
    for: 'training',
    batch: 1,
    inputPx: INPUT_PX,
    outputPx: OUTPUT_PX,
  }
  bench.say('warming up the training step')
  for (let warmUp = 0; warmUp < 2; warmUp++) await trainer.step()
  const prepared = peer ? await peer.ask({ ...request, do: 'prepare' }) : undefined
  const times = await takeTurns({
    rounds: bench.rounds ?? 5,
    ours: () => timed(() => trainer.step()),
    peer: peer ? () => peer.seconds({ ...request, do: 'trainStep' }) : undefined,
  })
  trainer.dispose()
  bench.report({
    what: `training step (${kernels.label})`,
    ...times,
    peerName: `PyTorch ${bench.peerVersions.torch ?? ''}`.trim(),
    budget: { of: 'time', mustBe: 1.15, goal: 0.9 },
    note: prepared && `PyTorch in ${prepared.layout}, the faster of its layouts here`,
  })
  if (prepared && prepared.parameters !== parameterCount(PAPER_NET))
    bench.complain(`the peer's net has ${prepared.parameters} parameters`)
}

/** The same net for the peer. */
export const peerNet = (threads: number) => {
  const { depth, baseWidth, inputChannels, classes, dropout } = PAPER_NET
  return { depth, baseWidth, inputChannels, classes, dropout, threads }
}

class Trainer {
  readonly #kernels: Kernels
  readonly #net: UNet
  readonly #accumulations = new Map<string, Variable>()
  readonly #batch: DeviceBatch
  #steps = 0

  constructor(kernels: Kernels) {
    this.#kernels = kernels
    this.#net = new UNet(kernels, PAPER_NET, initialWeights(PAPER_NET, 1))
    for (const { name, shape } of this.#net.variables.values()) {
      const zeros = new Float32Array(shape.reduce((product, side) => product * side, 1))
      this.#accumulations.set(name, kernels.createVariable(name, zeros, shape))
    }
    const random = new Random(1)
    const outputShape = [1, OUTPUT_PX, OUTPUT_PX]
    const outputs = OUTPUT_PX ** 2
    this.#batch = {
      image: kernels.upload(
        Float32Array.from({ length: INPUT_PX ** 2 }, () => random.normal()),
        [1, INPUT_PX, INPUT_PX, 1],
      ),
      classIndex: kernels.uploadIndices(
        Int32Array.from({ length: outputs }, () => random.integer(2)),
        outputShape,
      ),
      weight: kernels.upload(
        Float32Array.from({ length: outputs }, () => random.uniform()),
        outputShape,
      ),
    }
  }

  async step(): Promise<void> {
    const kernels = this.#kernels
    const { energy, gradients } = this.#net.energyAndGradients(this.#batch, null, ++this.#steps)
    for (const [name, gradient] of gradients) {
      kernels.momentumStep(
        this.#net.variables.get(name)!,
        this.#accumulations.get(name)!,
        gradient,
        learningRate,
        momentum,
      )
      kernels.free(gradient)
    }
    await kernels.read(energy)
    kernels.free(energy)
  }

  dispose(): void {
    this.#kernels.free(...Object.values(this.#batch))
    for (const variable of this.#accumulations.values()) this.#kernels.freeVariable(variable)
    this.#net.dispose()
  }
}
