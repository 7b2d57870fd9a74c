/** Run folders with small images of discs, as the host would freeze them, in a temporary directory. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PixelFile } from '../../src-main/imaging/pixel-file.ts'
import type { RunEvent } from '../../src-shared/engine-api.ts'
import { LABEL } from '../../src-shared/labels.ts'
import type { PatchClassifierPlan, UNetPlan } from '../../src-shared/network-plan.ts'
import { Random } from '../../src-shared/random.ts'
import type { PlanItem, RunPlan } from '../../src-shared/run-plan.ts'
import { tinyNetwork } from './network.ts'

/** One plane: grey values and label codes, row-major. */
export interface Slide {
  width: number
  height: number
  pixels: Uint16Array
  labels: Uint32Array
}

/** Bright discs on a noisy dark ground, each an object, the ground unpainted. The same seed gives the same slide. */
export function discs(width: number, height: number, seed: number): Slide {
  const random = new Random(seed, 0, 77)
  const pixels = new Uint16Array(width * height)
  const labels = new Uint32Array(width * height)
  const count = Math.max(1, Math.round((width * height) / 500))
  const all = Array.from({ length: count }, () => ({
    x: random.uniform(0, width),
    y: random.uniform(0, height),
    r: random.uniform(4, 8),
  }))
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const inside = all.findIndex((disc) => (disc.x - x) ** 2 + (disc.y - y) ** 2 < disc.r ** 2)
    pixels[at] = Math.max(0, (inside >= 0 ? 1000 : 300) + random.normal(80))
    labels[at] = inside >= 0 ? LABEL.firstObject + inside : LABEL.unpainted
  }
  return { width, height, pixels, labels }
}

export interface PlanChange {
  network?: Partial<UNetPlan> | PatchClassifierPlan
  targets?: Partial<RunPlan['targets']>
  augmentation?: Partial<RunPlan['augmentation']>
  optimization?: Partial<RunPlan['optimization']>
  /** Changes each item; `index` counts the slides. */
  item?: (index: number) => Partial<PlanItem>
  from?: string
}

/** A plan that trains in a second: depth 2, base 4, 24 steps on patches of 32 pixels. */
export function tinyPlan(items: PlanItem[], change: PlanChange = {}): RunPlan {
  return {
    format: 1,
    id: 'r1',
    name: 'tiny',
    preset: 'fast',
    createdAt: '2026-01-01T00:00:00Z',
    cellbrush: '0.1.0',
    device: 'tensorflow',
    network:
      change.network?.kind === 'patch-classifier'
        ? change.network
        : tinyNetwork({ batchNorm: true, ...change.network }),
    input: { channels: [0], percentileLow: 0.1, percentileHigh: 99.9 },
    targets: {
      classNames: ['background', 'cell'],
      ringPx: 0,
      carve: true,
      weights: 'full',
      w0: 5,
      sigmaPx: 3,
      classWeights: [0.7, 1.5],
      calibrate: false,
      ...change.targets,
    },
    augmentation: {
      augment: true,
      elasticPx: 2,
      elasticGrid: 3,
      rotate: true,
      mirror: true,
      greyContrast: 0.1,
      greyBrightness: 0.1,
      greyGamma: 0,
      noiseSigma: 0.02,
      scale: 0,
      ...change.augmentation,
    },
    optimization: {
      optimizer: 'adam',
      learningRate: 0.003,
      momentum: 0.9,
      weightDecay: 1e-4,
      schedule: 'cosine',
      warmup: 0.1,
      weightAverage: 0,
      batch: 2,
      patchPx: 32,
      steps: 24,
      precision: 'float32',
      threads: 0,
      seed: 1,
      validateEvery: 7,
      checkpointEvery: 5,
      ...change.optimization,
    },
    items,
    ...(change.from === undefined ? {} : { from: change.from }),
  }
}

/** Writes the slides and their plan into a new temporary folder, and answers its path; the caller removes it. */
export function runFolder(slides: readonly Slide[], change: PlanChange = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellbrush-run-'))
  mkdirSync(join(folder, 'inputs'))
  const items = slides.map((slide, index): PlanItem => {
    writePlane(join(folder, `inputs/pixels-${index}.cbpx`), slide, 'uint16', slide.pixels)
    writePlane(join(folder, `inputs/labels-${index}.cbpx`), slide, 'uint32', slide.labels)
    return {
      imageId: index + 1,
      name: `slide-${index}.tif`,
      z: 0,
      t: 0,
      pixels: `inputs/pixels-${index}.cbpx`,
      labels: `inputs/labels-${index}.cbpx`,
      isComplete: true,
      objectClasses: {},
      range: [range(slide.pixels)],
      role: 'train',
      heldOut: [],
      ...change.item?.(index),
    }
  })
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(tinyPlan(items, change), null, 1))
  return folder
}

export function writePlane(
  path: string,
  { width, height }: Pick<Slide, 'width' | 'height'>,
  sampleType: 'uint16' | 'uint32',
  data: Uint16Array | Uint32Array,
) {
  const file = PixelFile.create(path, { width, height, channels: 1, sampleType })
  file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data })
  file.close()
}

/** Percentiles 0.1 and 99.9 of the values. */
export function range(values: Uint16Array): [number, number] {
  const sorted = values.toSorted()
  return [sorted[Math.floor(0.001 * (sorted.length - 1))]!, sorted[Math.ceil(0.999 * (sorted.length - 1))]!]
}

/** The lines of a run's log; throws when one is not JSON. */
export const readLog = (folder: string): RunEvent[] =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent)
