/** Planes in memory and plans for tests of the sampler. */

import type { PatchClassifierPlan, UNetPlan } from '../../../src-shared/network-plan.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { PRESETS } from '../../../src-shared/presets.ts'
import type { AugmentationPlan, PlanItem, RunPlan } from '../../../src-shared/run-plan.ts'
import type { SamplePlane } from '../../../src-shared/sampler-patch.ts'

/** Nothing varies. */
export const STILL: AugmentationPlan = {
  augment: true,
  elasticPx: 0,
  elasticGrid: 3,
  rotate: false,
  mirror: false,
  greyContrast: 0,
  greyBrightness: 0,
  greyGamma: 0,
  noiseSigma: 0,
  scale: 0,
}

export interface PlanChange {
  augmentation?: Partial<AugmentationPlan>
  network?: Partial<UNetPlan> | PatchClassifierPlan
  targets?: Partial<RunPlan['targets']>
  optimization?: Partial<RunPlan['optimization']>
  items?: PlanItem[]
}

export function runPlan(change: PlanChange = {}): RunPlan {
  const preset = PRESETS.fast
  return {
    format: 1,
    id: 'r1',
    name: 'r1',
    preset: 'fast',
    createdAt: '2026-01-01T00:00:00Z',
    cellbrush: '0.1.0',
    device: 'auto',
    network:
      change.network?.kind === 'patch-classifier'
        ? change.network
        : { ...preset.network, inputChannels: 1, classes: 2, ...change.network },
    input: { channels: [0], percentileLow: 0, percentileHigh: 100 },
    targets: { ...preset.targets, classNames: ['background', 'cell'], classWeights: [1, 1], ...change.targets },
    augmentation: { ...STILL, ...change.augmentation },
    optimization: { ...preset.optimization, batch: 1, patchPx: 32, seed: 1, ...change.optimization },
    items: change.items ?? [],
  }
}

export const planItem = (change: Partial<PlanItem> = {}): PlanItem => ({
  imageId: 1,
  name: 'a.tif',
  z: 0,
  t: 0,
  pixels: 'a.cbpx',
  labels: 'a-labels.cbpx',
  isComplete: false,
  objectClasses: {},
  range: [[0, 1]],
  role: 'train',
  heldOut: [],
  ...change,
})

/** A plane whose values are given by functions of x and y; counts nothing, checks that rectangles lie inside. */
export function samplePlane(
  width: number,
  height: number,
  labelAt: (x: number, y: number) => number,
  {
    item = {},
    valueAt = (x, y) => x + 1000 * y,
  }: { item?: Partial<PlanItem>; valueAt?: (x: number, y: number) => number } = {},
): SamplePlane {
  const each = <T>(rect: Rect, of: (x: number, y: number) => T): T[] => {
    const isInside = rect.x >= 0 && rect.y >= 0 && rect.x + rect.w <= width && rect.y + rect.h <= height
    if (!isInside || rect.w < 1 || rect.h < 1) throw new Error(`rectangle ${JSON.stringify(rect)} is not inside`)
    return Array.from({ length: rect.w * rect.h }, (_, at) =>
      of(rect.x + (at % rect.w), rect.y + Math.floor(at / rect.w)),
    )
  }
  return {
    width,
    height,
    item: planItem(item),
    readPixels: (rect) => Float32Array.from(each(rect, valueAt)),
    readLabels: (rect) => Uint32Array.from(each(rect, labelAt)),
  }
}
