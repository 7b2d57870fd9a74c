/** Training step and forward pass of the paper's net (31.0 M parameters, 572 -> 388) against the same of PyTorch. */
import { readFileSync } from 'node:fs'
import { initialWeights } from '../../src-main/engine/initial-weights.ts'
import type { Kernels } from '../../src-main/engine/kernels.ts'
import { openDevice } from '../../src-main/engine/open-device.ts'
import { PredictionNet } from '../../src-main/engine/prediction-net.ts'
import { inputSidePx, outputSidePx } from '../../src-shared/geometry.ts'
import { Random } from '../../src-shared/random.ts'
import { takeTurns, timed } from './measure.ts'
import { PAPER_NET, PARAMETERS, peerRequest, preparePeer, torchName } from './paper-net.ts'
import type { Bench, Section } from './section.ts'
import { Trainer } from './trainer.ts'

const LOWEST_PX = 32 // figure 1
const INPUT_PX = inputSidePx(PAPER_NET.depth, LOWEST_PX)
const OUTPUT_PX = outputSidePx(PAPER_NET.depth, LOWEST_PX)

export const network: Section = {
  name: 'network',
  title: `the paper's net, ${PARAMETERS.toLocaleString('en')} parameters, one tile ${INPUT_PX} -> ${OUTPUT_PX}`,
  async run(bench) {
    const { kernels } = await openDevice('tensorflow', { threads: bench.threads, precision: 'float32' })
    const request = peerRequest(bench, 'training', INPUT_PX, OUTPUT_PX)
    const layout = bench.peer ? await preparePeer(bench, request) : undefined
    const peerStep = bench.peer ? () => bench.peer!.seconds({ ...request, do: 'trainStep' }) : undefined
    await trainingStep(bench, kernels, { mustBe: 1.15, goal: 0.9 }, peerStep, layout)
    if (hasFastBfloat16()) {
      const half = await openDevice('tensorflow', { threads: bench.threads, precision: 'bfloat16' })
      await trainingStep(bench, half.kernels, { goal: 0.6 }, peerStep, layout)
    } else bench.say('this processor does not compute in bfloat16, so that is not measured')
    await forwardPass(bench, kernels)
  },
}

async function trainingStep(
  bench: Bench,
  kernels: Kernels,
  limits: { mustBe?: number; goal: number },
  peerStep: (() => Promise<number>) | undefined,
  layout: string | undefined,
): Promise<void> {
  const trainer = new Trainer(kernels, INPUT_PX, OUTPUT_PX)
  bench.say(`warming up the training step in ${kernels.precision}`)
  const energies: number[] = []
  const step = async () => {
    const batch = trainer.batch()
    return timed(async () => energies.push(await trainer.step(batch)))
  }
  for (let warmUp = 0; warmUp < 2; warmUp++) await step()
  const times = await takeTurns({ rounds: bench.rounds ?? 5, ours: step, peer: peerStep })
  trainer.dispose()
  if (!energies.every(Number.isFinite)) bench.complain(`the energies are ${energies.join(', ')}`)
  bench.report({
    what: `training step, ${kernels.label}, ${kernels.precision}`,
    ...times,
    peerName: `${torchName(bench)} (float32)`,
    budget: { of: 'time', ...limits },
    note: layout,
  })
}

async function forwardPass(bench: Bench, kernels: Kernels): Promise<void> {
  const { peer } = bench
  const request = peerRequest(bench, 'prediction', INPUT_PX, OUTPUT_PX)
  const net = new PredictionNet(kernels, PAPER_NET, initialWeights(PAPER_NET, 1))
  const random = new Random(1)
  const pixels = Float32Array.from({ length: INPUT_PX ** 2 }, () => random.normal())
  const image = kernels.upload(pixels, [1, INPUT_PX, INPUT_PX, 1])
  const forward = async () => {
    const probabilities = net.probabilities(image)
    await kernels.read(probabilities)
    kernels.free(probabilities)
  }
  bench.say('warming up the forward pass')
  for (let warmUp = 0; warmUp < 2; warmUp++) await forward()
  const layout = peer && (await preparePeer(bench, request))
  const times = await takeTurns({
    rounds: bench.rounds ?? 7,
    ours: () => timed(forward),
    peer: peer ? () => peer.seconds({ ...request, do: 'forward' }) : undefined,
  })
  kernels.free(image)
  net.dispose()
  bench.report({
    what: 'forward pass to probabilities, float32',
    ...times,
    peerName: torchName(bench),
    budget: { of: 'time', mustBe: 1.1 },
    note: layout ?? undefined,
  })
}

/** Instructions for bfloat16; without them it is imitated, slowly. Only Linux tells. */
function hasFastBfloat16(): boolean {
  if (process.platform !== 'linux') return false
  return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))
}
