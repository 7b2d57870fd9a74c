/** What training needs of a network, whatever its kind. */
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import type { DeviceTensor, Kernels, Variable } from './kernels.ts'
import { PatchClassifier } from './patch-classifier.ts'
import { UNet } from './unet.ts'

/** A batch on the device; of a pixel classifier h = w = 1. */
export interface DeviceBatch {
  image: DeviceTensor // [B, H, W, C]
  classIndex: DeviceTensor // int32 [B, h, w]
  weight: DeviceTensor // [B, h, w]
}

export interface StepAnswer {
  /** Before the step. */
  energy: DeviceTensor
  /** With regard to every trained weight, by name. */
  gradients: Map<string, DeviceTensor>
}

export interface TrainableNet {
  readonly plan: NetworkPlan
  readonly kernels: Kernels
  /** Trained weights by name. */
  readonly variables: Map<string, Variable>
  /** What is not trained but changes with the steps, by name. */
  readonly statistics: Map<string, Variable>

  /**
   * Energy of a batch and its gradient; the caller frees both. `dropoutMask` (0 or 1 / (1 - share), of `dropoutShape`)
   * is made by the caller, so that it is the same on every device. `step` counts from 1.
   */
  energyAndGradients(batch: DeviceBatch, dropoutMask: DeviceTensor | null, step: number): StepAnswer
  /** Shape [B, h, w, C] of the activations that dropout acts on, for inputs of this side. */
  dropoutShape(batch: number, inputPx: number): number[]
  dispose(): void
}

/** The network of a plan with these weights, ready to be trained. */
export const trainableNet = (kernels: Kernels, plan: NetworkPlan, weights: Map<string, Float32Array>): TrainableNet =>
  plan.kind === 'unet' ? new UNet(kernels, plan, weights) : new PatchClassifier(kernels, plan, weights)
