/** The settings of the advanced panel: what they are called, why one would change them, and how far it is sensible. */
import type { NetworkKind } from '../../src-shared/network-plan.ts'
import { patchStepPx, type Settings } from '../../src-shared/settings.ts'

/** Also of what only one kind of network has. */
type KeysOf<T> = T extends unknown ? keyof T & string : never
type Keys<G extends keyof Settings> = `${G}.${KeysOf<Settings[G]>}`
export type SettingKey = { [G in keyof Settings]: Keys<G> }[keyof Settings]

interface Common {
  key: SettingKey
  name: string
  help: string
  /** The one kind of network that has it; absent: every kind. */
  only?: NetworkKind
}
export type AdvancedSetting =
  | (Common & { kind: 'number'; min: number; max: number; step: number; unit?: string; isLog?: boolean })
  | (Common & { kind: 'switch' })
  | (Common & { kind: 'choice'; options: readonly { value: string; label: string }[] })

/** Bounds lie inside those of `run-plan.ts`, which a test holds them to; the command line goes to its limits. */
export const ADVANCED: readonly { title: string; settings: readonly AdvancedSetting[] }[] = [
  {
    title: 'Network',
    settings: [
      {
        key: 'network.depth',
        name: 'Depth',
        help: 'Number of poolings; deeper sees farther',
        kind: 'number',
        min: 1,
        max: 6,
        step: 1,
        only: 'unet',
      },
      {
        key: 'network.baseWidth',
        name: 'Base width',
        help: 'Feature channels of the first level',
        kind: 'number',
        min: 4,
        max: 128,
        step: 4,
        only: 'unet',
      },
      {
        key: 'network.padding',
        name: 'Padding',
        help: 'Valid is the paper’s; same pads while training and is faster on small patches',
        kind: 'choice',
        options: [
          { value: 'same', label: 'Same' },
          { value: 'valid', label: 'Valid' },
        ],
        only: 'unet',
      },
      {
        key: 'network.batchNorm',
        name: 'Batch normalisation',
        help: 'Learns faster; not in the paper',
        kind: 'switch',
        only: 'unet',
      },
      {
        key: 'network.skips',
        name: 'Skip connections',
        help: 'Fine detail reaches the answer past the poolings; off only to compare',
        kind: 'switch',
        only: 'unet',
      },
      {
        key: 'network.windowPx',
        name: 'Window',
        help: 'What is seen around each pixel; 65 and 95 px in Ciresan 2012',
        kind: 'number',
        min: 13,
        max: 127,
        step: 2,
        unit: 'px',
        only: 'patch-classifier',
      },
      {
        key: 'network.maps',
        name: 'Maps',
        help: 'Feature maps of each convolution; 48 in Ciresan 2012',
        kind: 'number',
        min: 4,
        max: 128,
        step: 4,
        only: 'patch-classifier',
      },
      {
        key: 'network.hidden',
        name: 'Hidden',
        help: 'Neurons of the fully connected layer; 200 in Ciresan 2012',
        kind: 'number',
        min: 10,
        max: 1000,
        step: 10,
        only: 'patch-classifier',
      },
      {
        key: 'network.dropout',
        name: 'Dropout',
        help: 'Share of activations dropped at the lowest level; 0 is off',
        kind: 'number',
        min: 0,
        max: 0.9,
        step: 0.05,
      },
      {
        key: 'network.initScale',
        name: 'First weights',
        help: 'Factor on the spread of the random first weights; 1 is the paper’s',
        kind: 'number',
        min: 0.01,
        max: 10,
        step: 0.01,
        isLog: true,
      },
    ],
  },
  {
    title: 'Steps',
    settings: [
      {
        key: 'optimization.learningRate',
        name: 'Learning rate',
        help: 'Lower it when training diverges',
        kind: 'number',
        min: 0.00001,
        max: 0.1,
        step: 0.00001,
        isLog: true,
      },
      {
        key: 'optimization.optimizer',
        name: 'Optimiser',
        help: 'Momentum is the paper’s',
        kind: 'choice',
        options: [
          { value: 'adam', label: 'Adam' },
          { value: 'momentum', label: 'Momentum' },
        ],
      },
      {
        key: 'optimization.momentum',
        name: 'Momentum',
        help: 'Of the optimiser of that name; 0.99 in the paper. At 0.9 a ten times higher rate moves as far',
        kind: 'number',
        min: 0,
        max: 0.999,
        step: 0.001,
      },
      {
        key: 'optimization.schedule',
        name: 'Rate over time',
        help: 'Cosine falls to zero at the planned end',
        kind: 'choice',
        options: [
          { value: 'cosine', label: 'Cosine' },
          { value: 'constant', label: 'Constant' },
        ],
      },
      {
        key: 'optimization.batch',
        name: 'Batch',
        help: 'Patches per step',
        kind: 'number',
        min: 1,
        max: 256,
        step: 1,
        isLog: true,
      },
      {
        key: 'optimization.patchPx',
        name: 'Patch',
        help: 'Side of what the network answers in one step',
        kind: 'number',
        min: 64,
        max: 512,
        step: 4,
        unit: 'px',
        only: 'unet',
      },
      {
        key: 'optimization.weightAverage',
        name: 'Averaging',
        help: 'Decay of the averaged weights that predict; 0 is off',
        kind: 'number',
        min: 0,
        max: 0.999,
        step: 0.001,
      },
      {
        key: 'optimization.validateEvery',
        name: 'Validate at',
        help: 'After every so many steps; 0 only at the end',
        kind: 'number',
        min: 0,
        max: 5000,
        step: 50,
      },
    ],
  },
  {
    title: 'Weights',
    settings: [
      {
        key: 'targets.weights',
        name: 'Weigh by',
        help: 'None: every painted pixel counts the same. Class: rare classes count more. Map: narrow gaps as well, as in the paper',
        kind: 'choice',
        options: [
          { value: 'none', label: 'None' },
          { value: 'classes', label: 'Class' },
          { value: 'full', label: 'Map' },
        ],
      },
      {
        key: 'targets.w0',
        name: 'Border w₀',
        help: 'Height of the border term; 10 in the paper',
        kind: 'number',
        min: 0,
        max: 30,
        step: 0.5,
      },
      {
        key: 'targets.sigmaPx',
        name: 'Reach σ',
        help: 'Width of the border term; 5 px in the paper',
        kind: 'number',
        min: 1,
        max: 20,
        step: 0.5,
        unit: 'px',
      },
      {
        key: 'targets.ringPx',
        name: 'Ring',
        help: 'Background ring around painted objects; 0 is off',
        kind: 'number',
        min: 0,
        max: 40,
        step: 1,
        unit: 'px',
      },
      {
        key: 'targets.carve',
        name: 'Gap between objects',
        help: 'Touching objects are taught with a background pixel between them',
        kind: 'switch',
      },
    ],
  },
  {
    title: 'Augmentation',
    settings: [
      {
        key: 'augmentation.augment',
        name: 'Augment',
        help: 'Off: patches are shown as they are, whatever stands below',
        kind: 'switch',
      },
      {
        key: 'augmentation.elasticPx',
        name: 'Bending',
        help: 'Standard deviation of the displacements; 10 px in the paper',
        kind: 'number',
        min: 0,
        max: 30,
        step: 1,
        unit: 'px',
      },
      { key: 'augmentation.rotate', name: 'Rotation', help: 'Any angle', kind: 'switch' },
      { key: 'augmentation.mirror', name: 'Mirror', help: 'In x and in y', kind: 'switch' },
      {
        key: 'augmentation.scale',
        name: 'Scale',
        help: 'Largest relative change',
        kind: 'number',
        min: 0,
        max: 0.5,
        step: 0.01,
      },
      {
        key: 'augmentation.greyContrast',
        name: 'Contrast',
        help: 'Largest relative change',
        kind: 'number',
        min: 0,
        max: 0.9,
        step: 0.01,
      },
      {
        key: 'augmentation.greyBrightness',
        name: 'Brightness',
        help: 'Largest shift, of the range',
        kind: 'number',
        min: 0,
        max: 0.5,
        step: 0.01,
      },
      {
        key: 'augmentation.greyGamma',
        name: 'Gamma',
        help: 'Largest relative change',
        kind: 'number',
        min: 0,
        max: 0.9,
        step: 0.01,
      },
      {
        key: 'augmentation.noiseSigma',
        name: 'Noise',
        help: 'Largest standard deviation, of the range',
        kind: 'number',
        min: 0,
        max: 0.2,
        step: 0.005,
      },
    ],
  },
]

/** The panel for a kind of network. */
export const advancedFor = (kind: NetworkKind): typeof ADVANCED =>
  ADVANCED.map(({ title, settings }) => ({
    title,
    settings: settings.filter(({ only }) => only === undefined || only === kind),
  }))

/** Steps of a slider: those of a patch grow with the depth of the network. */
export const stepOf = ({ key, step }: AdvancedSetting & { kind: 'number' }, { network }: Settings): number =>
  key === 'optimization.patchPx' ? Math.max(step, patchStepPx(network)) : step

/** The side of a patch that is nearest to the one chosen and fits the network: its depth may have changed meanwhile. */
export function fittingPatchPx({ network, optimization }: Settings): number {
  const stepPx = patchStepPx(network)
  return Math.max(1, Math.round(optimization.patchPx / stepPx)) * stepPx
}

/** The value of a dotted key. */
export function settingAt(settings: Settings, key: SettingKey): string | number | boolean {
  const [group, name] = key.split('.') as [keyof Settings, string]
  return (settings[group] as Record<string, string | number | boolean>)[name]!
}
