/** The weights that training starts from (section 3). */
import { Random } from '../../src-shared/random.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import { parameterShapes, sizeOf, statisticsShapes } from './network-shapes.ts'

/** Random streams from here on initialise weights; the sampler uses those below. */
const WEIGHT_STREAM = 1_000_000

/**
 * He initialisation: Gaussian with standard deviation sqrt(2 / N), times `initScale`, N the incoming nodes of one
 * neuron; a 2x2 up-convolution of stride 2 has one incoming tap per output pixel, so its N is the input channels.
 */
export function initialWeights(plan: NetworkPlan, seed: number): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>()
  let stream = 0
  for (const [name, shape] of [...parameterShapes(plan), ...statisticsShapes(plan)]) {
    const values = new Float32Array(sizeOf(shape))
    if (name.endsWith('/kernel')) {
      const incoming = name.includes('/upconv/') ? shape[3]! : shape[0]! * shape[1]! * shape[2]!
      const random = new Random(seed, 0, WEIGHT_STREAM + stream++)
      const deviation = plan.initScale * Math.sqrt(2 / incoming)
      for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation
    } else if (name.endsWith('/gamma') || name.endsWith('/variance')) values.fill(1)
    weights.set(name, values)
  }
  return weights
}
