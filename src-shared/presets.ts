/** The settings a run starts from; `--set` and the advanced panel change single values (docs/fast-preset.md tells why). */
import type { AugmentationPlan, NetworkPlan, OptimizationPlan, TargetsPlan } from './run-plan.ts'

export type PresetName = 'fast' | 'paper'

export interface Preset {
  network: Omit<NetworkPlan, 'inputChannels' | 'classes'>
  targets: Pick<TargetsPlan, 'ringPx' | 'carve' | 'w0' | 'sigmaPx' | 'calibrate'>
  augmentation: AugmentationPlan
  optimization: Omit<OptimizationPlan, 'steps' | 'minutes' | 'seed'>
  /** What is planned when neither minutes nor steps are given. */
  minutes: number
}

export const PRESETS: Record<PresetName, Preset> = {
  /** The best held-out score in ten minutes on two CPU cores. */
  fast: {
    network: { depth: 4, baseWidth: 16, padding: 'same', batchNorm: true, dropout: 0 },
    targets: { ringPx: 0, carve: true, w0: 5, sigmaPx: 5, calibrate: true },
    augmentation: {
      elasticPx: 10,
      elasticGrid: 3,
      rotate: true,
      mirror: true,
      greyContrast: 0.25,
      greyBrightness: 0.15,
      greyGamma: 0.25,
      noiseSigma: 0.02,
      scale: 0.1,
    },
    optimization: {
      optimizer: 'adam',
      learningRate: 0.002,
      momentum: 0.9,
      weightDecay: 0,
      schedule: 'cosine',
      warmup: 0.03,
      weightAverage: 0,
      batch: 2,
      patchPx: 256,
      precision: 'float32',
      threads: 0,
      validateEvery: 250,
      checkpointEvery: 250,
    },
    minutes: 10,
  },
  /** Sections 2 and 3 of the paper: 31.0 M parameters, 572 -> 388, batch of one tile, momentum 0.99, dropout. */
  paper: {
    network: { depth: 4, baseWidth: 64, padding: 'valid', batchNorm: false, dropout: 0.5 },
    targets: { ringPx: 0, carve: true, w0: 10, sigmaPx: 5, calibrate: false },
    augmentation: {
      elasticPx: 10,
      elasticGrid: 3,
      rotate: true,
      mirror: true,
      greyContrast: 0.2,
      greyBrightness: 0.1,
      greyGamma: 0,
      noiseSigma: 0,
      scale: 0,
    },
    optimization: {
      optimizer: 'momentum',
      learningRate: 0.001,
      momentum: 0.99,
      weightDecay: 0,
      schedule: 'constant',
      warmup: 0,
      weightAverage: 0,
      batch: 1,
      patchPx: 388,
      precision: 'float32',
      threads: 0,
      validateEvery: 500,
      checkpointEvery: 100,
    },
    minutes: 600,
  },
}
