/** The network of figure 1, on our side and as the peer is asked for it. */
import { parameterCount } from '../../src-main/engine/network-shapes.ts'
import type { UNetPlan } from '../../src-shared/network-plan.ts'
import { PRESETS } from '../../src-shared/presets.ts'
import type { Bench } from './section.ts'

export const PAPER_NET: UNetPlan = { ...PRESETS.paper.network, inputChannels: 1, classes: 2 }

export const PARAMETERS = parameterCount(PAPER_NET)

/** Fields of a request that describe the same net to scripts/peers/network_peer.py. */
export function peerRequest(bench: Bench, work: 'training' | 'prediction', inputPx: number, outputPx: number) {
  const { depth, baseWidth, inputChannels, classes, dropout } = PAPER_NET
  const net = { depth, baseWidth, inputChannels, classes, dropout }
  return { ask: 'network', ...net, threads: bench.threads, for: work, batch: 1, inputPx, outputPx }
}

/**
 * Makes the peer's net and warms it up; says in which memory layout it competes. `weights` are given to it when results
 * are to be compared.
 */
export async function preparePeer(bench: Bench, request: Record<string, unknown>, weights?: unknown): Promise<string> {
  bench.say('warming up PyTorch in both of its memory layouts')
  const { parameters, layout } = await bench.peer!.ask({ ...request, weights, do: 'prepare' })
  if (parameters !== PARAMETERS) bench.complain(`the peer's net has ${parameters} parameters, ours ${PARAMETERS}`)
  return `PyTorch in ${layout}, the faster of its layouts here`
}

export const torchName = ({ peerVersions }: Bench): string => `PyTorch ${peerVersions.torch ?? ''}`.trim()
