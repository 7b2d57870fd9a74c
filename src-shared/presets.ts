/** The settings a run starts from; `--set` and the advanced panel change single values (docs/fast-preset.md tells why). */
import type { NetworkChoice, NetworkPlan, PatchClassifierPlan, UNetPlan } from './network-plan.ts'
import type { AugmentationPlan, OptimizationPlan, TargetsPlan } from './run-plan.ts'

export interface Preset<N extends NetworkPlan = NetworkPlan> {
  network: NetworkChoice<N>
  targets: Pick<TargetsPlan, 'ringPx' | 'carve' | 'weights' | 'w0' | 'sigmaPx' | 'calibrate'>
  augmentation: AugmentationPlan
  optimization: Omit<OptimizationPlan, 'steps' | 'minutes' | 'seed'>
  /** What is planned when neither minutes nor steps are given. */
  minutes: number
}

export type PresetName = keyof typeof PRESETS

export const PRESETS: {
  fast: Preset<UNetPlan>
  paper: Preset<UNetPlan>
  'sliding-window': Preset<PatchClassifierPlan>
} = {
  /** The best held-out score in ten minutes on two CPU cores. */
  fast: {
    network: {
      kind: 'unet',
      depth: 4,
      baseWidth: 16,
      padding: 'same',
      batchNorm: true,
      dropout: 0,
      skips: true,
      initScale: 1,
    },
    targets: { ringPx: 0, carve: true, weights: 'full', w0: 5, sigmaPx: 5, calibrate: true },
    augmentation: {
      augment: true,
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
    network: {
      kind: 'unet',
      depth: 4,
      baseWidth: 64,
      padding: 'valid',
      batchNorm: false,
      dropout: 0.5,
      skips: true,
      initScale: 1,
    },
    targets: { ringPx: 0, carve: true, weights: 'full', w0: 10, sigmaPx: 5, calibrate: false },
    augmentation: {
      augment: true,
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
  /**
   * What the paper is compared with: Ciresan et al. 2012, a window around each pixel. The smaller of their windows, 65;
   * with the larger one, 95 (`windowPx`), a pixel takes three times as long, so that a third of them is seen.
   */
  'sliding-window': {
    network: { kind: 'patch-classifier', windowPx: 65, maps: 48, hidden: 200, dropout: 0, initScale: 1 },
    targets: { ringPx: 0, carve: true, weights: 'none', w0: 10, sigmaPx: 5, calibrate: true },
    augmentation: {
      augment: true,
      elasticPx: 0,
      elasticGrid: 3,
      rotate: true,
      mirror: true,
      greyContrast: 0,
      greyBrightness: 0,
      greyGamma: 0,
      noiseSigma: 0,
      scale: 0,
    },
    optimization: {
      optimizer: 'adam',
      learningRate: 0.001,
      momentum: 0.9,
      weightDecay: 0,
      schedule: 'cosine',
      warmup: 0.03,
      weightAverage: 0,
      batch: 64,
      patchPx: 64,
      precision: 'float32',
      threads: 0,
      validateEvery: 0,
      checkpointEvery: 250,
    },
    minutes: 30,
  },
}
