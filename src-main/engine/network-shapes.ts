/** Names and shapes of everything that a network of any kind knows. */
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import { classifierShapes } from './patch-classifier-shapes.ts'
import { unetShapes, unetStatistics } from './unet-shapes.ts'

/** What is trained: name -> shape, in the order of the network. */
export const parameterShapes = (plan: NetworkPlan): Map<string, number[]> =>
  plan.kind === 'unet' ? unetShapes(plan) : classifierShapes(plan)

/** What is not trained but part of a checkpoint: running statistics of batch normalisations. */
export const statisticsShapes = (plan: NetworkPlan): Map<string, number[]> =>
  plan.kind === 'unet' ? unetStatistics(plan) : new Map()

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

/** Number of trained values: 31,030,658 for a U-Net of depth 4, base 64, one channel, two classes. */
export function parameterCount(plan: NetworkPlan): number {
  let count = 0
  for (const shape of parameterShapes(plan).values()) count += sizeOf(shape)
  return count
}
