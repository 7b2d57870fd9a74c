/** Small networks with made-up weights and batches, for tests of the network as a whole. */

import { initialWeights } from '../../src-main/engine/initial-weights.ts'
import type { DeviceTensor, Kernels } from '../../src-main/engine/kernels.ts'
import { parameterShapes } from '../../src-main/engine/network-shapes.ts'
import type { DeviceBatch } from '../../src-main/engine/trainable-net.ts'
import { marginPx } from '../../src-shared/geometry.ts'
import type { PatchClassifierPlan, UNetPlan } from '../../src-shared/network-plan.ts'
import { Random } from '../../src-shared/random.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'

export const tinyNetwork = (change: Partial<UNetPlan> = {}): UNetPlan => ({
  kind: 'unet',
  depth: 2,
  baseWidth: 4,
  inputChannels: 1,
  classes: 2,
  padding: 'valid',
  batchNorm: false,
  dropout: 0,
  skips: true,
  initScale: 1,
  ...change,
})

/** A pixel classifier with two stages: 23 -> 20 -> 10 -> 6 -> 3. */
export const tinyClassifier = (change: Partial<PatchClassifierPlan> = {}): PatchClassifierPlan => ({
  kind: 'patch-classifier',
  windowPx: 23,
  maps: 4,
  hidden: 6,
  inputChannels: 1,
  classes: 2,
  dropout: 0,
  initScale: 1,
  ...change,
})

/** Side of what a network answers for an input of this side while it trains. */
export function outputSide(plan: NetworkPlan, inputPx: number): number {
  if (plan.kind === 'patch-classifier') return 1
  return plan.padding === 'same' ? inputPx : inputPx - marginPx(plan.depth)
}

/** He's weights with biases, scales and shifts away from their first values, so that each of them matters. */
export function variedWeights(plan: NetworkPlan, seed: number): Map<string, Float32Array> {
  const weights = initialWeights(plan, seed)
  const random = new Random(seed, 0, 5)
  for (const name of parameterShapes(plan).keys()) {
    if (name.endsWith('/kernel')) continue
    const values = weights.get(name)!
    for (let i = 0; i < values.length; i++) values[i]! += random.normal(0.1)
  }
  return weights
}

/** A batch in main memory: images [B, side, side, C], classes and weights [B, h, w], about a third unknown. */
export interface HostBatch {
  count: number
  inputPx: number
  outputPx: number
  image: Float32Array
  classIndex: Int32Array
  weight: Float32Array
}

export function randomBatch(plan: NetworkPlan, count: number, inputPx: number, seed: number): HostBatch {
  const random = new Random(seed, 0, 6)
  const outputPx = outputSide(plan, inputPx)
  const fill = (length: number, of: () => number) => Array.from({ length }, of)
  const pixels = count * outputPx ** 2
  return {
    count,
    inputPx,
    outputPx,
    image: Float32Array.from(fill(count * inputPx ** 2 * plan.inputChannels, () => random.normal())),
    classIndex: Int32Array.from(fill(pixels, () => random.integer(plan.classes))),
    weight: Float32Array.from(fill(pixels, () => (random.chance(0.3) ? 0 : random.uniform(0.5, 8)))),
  }
}

/** Copies, so that a test may change its own arrays afterwards. */
export const uploadBatch = (kernels: Kernels, plan: NetworkPlan, of: HostBatch): DeviceBatch => ({
  image: kernels.upload(of.image.slice(), [of.count, of.inputPx, of.inputPx, plan.inputChannels]),
  classIndex: kernels.uploadIndices(of.classIndex.slice(), [of.count, of.outputPx, of.outputPx]),
  weight: kernels.upload(of.weight.slice(), [of.count, of.outputPx, of.outputPx]),
})

/** Reads and frees a step's answer. */
export async function readStep(
  kernels: Kernels,
  { energy, gradients }: { energy: DeviceTensor; gradients: Map<string, DeviceTensor> },
): Promise<{ energy: number; gradients: Map<string, Float32Array> }> {
  const read = new Map<string, Float32Array>()
  for (const [name, gradient] of gradients) read.set(name, (await kernels.read(gradient)).slice())
  const value = (await kernels.read(energy))[0]!
  kernels.free(energy, ...gradients.values())
  return { energy: value, gradients: read }
}

/**
 * Largest difference between two sets of tensors, each relative to the largest value of its tensor. A tensor that is
 * nothing but rounding (below 1e-4 of the largest value of all) is compared on the scale of all.
 */
export function worstDifference(found: Map<string, Float32Array>, expected: Map<string, Float32Array>): number {
  const largestOf = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const largest = Math.max(...[...expected.values()].map(largestOf))
  let worst = found.size === expected.size ? 0 : Number.POSITIVE_INFINITY
  for (const [name, values] of expected) {
    const own = largestOf(values)
    const scale = own < 1e-4 * largest ? largest : own
    const other = found.get(name)!
    if (other.length !== values.length) return Number.POSITIVE_INFINITY
    for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - other[i]!) / scale)
  }
  return worst
}
