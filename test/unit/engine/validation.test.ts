import { rmSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { openRunPlanes, type RunPlanes } from '../../../src-main/engine/batches-planes.ts'
import { calibrated } from '../../../src-main/engine/first-weights.ts'
import type { Kernels } from '../../../src-main/engine/kernels.ts'
import { LearnedState } from '../../../src-main/engine/learned-state.ts'
import { predictingNet } from '../../../src-main/engine/predicting-net.ts'
import { RunFiles } from '../../../src-main/engine/run-files.ts'
import { Validation } from '../../../src-main/engine/validation.ts'
import { identityWarp } from '../../../src-shared/augmentation.ts'
import type { UNetPlan } from '../../../src-shared/network-plan.ts'
import { Random } from '../../../src-shared/random.ts'
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import { type Batch, type SamplePlane, Sampler } from '../../../src-shared/sampler.ts'
import { patchImage, patchSides, patchTargets } from '../../../src-shared/sampler-patch.ts'
import { classWeights } from '../../../src-shared/weight-map.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyClassifier, variedWeights } from '../../drivers/network.ts'
import { discs, type PlanChange, runFolder, tinyPlan } from '../../drivers/run-folder.ts'

const folders: string[] = []
const open: RunPlanes[] = []
afterEach(() => {
  for (const planes of open.splice(0)) planes.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const AS_IT_IS: PlanChange = { augmentation: { augment: false } }

/** A frozen run with one plane, on which it both learns and is validated, and a network with weights from nowhere. */
function runOn(slide: ReturnType<typeof discs>, change: PlanChange) {
  const folder = runFolder([slide], { ...AS_IT_IS, ...change })
  folders.push(folder)
  const { plan } = new RunFiles(folder)
  const planes = openRunPlanes(folder, plan, 'train')
  open.push(planes)
  const kernels = nativeKernels()
  const learned = new LearnedState(kernels, plan, null, () => variedWeights(plan.network, 3))
  return { plan, plane: planes.planes[0]!, kernels, learned }
}

/** The energy that validation tells of a network as it stands. */
async function validated(kernels: Kernels, plan: RunPlan, plane: SamplePlane, learned: LearnedState) {
  const net = predictingNet(kernels, plan.network, await learned.predictionWeights())
  const { found } = await new Validation(plan, [], [plane]).run(net, 'thorough')
  net.dispose()
  return found.energy
}

/** All pixels of one class as a batch for a pixel classifier, each of weight 1. */
function windowsOf(plan: RunPlan, plane: SamplePlane, wanted: number): Batch {
  const sides = patchSides(plan)
  const of = { channels: 1, augmentation: plan.augmentation, random: new Random(1, 0, 0, 0) }
  const images: number[] = []
  for (let at = 0; at < plane.width * plane.height; at++) {
    const warp = identityWarp(at % plane.width, Math.floor(at / plane.width))
    if (patchTargets(plane, warp, sides, plan.targets).classIndex[0] !== wanted) continue
    const image = new Float32Array(sides.inputPx ** 2)
    patchImage(plane, warp, sides, of, image, 0)
    images.push(...image)
  }
  const count = images.length / sides.inputPx ** 2
  return {
    image: Float32Array.from(images),
    classIndex: new Int32Array(count).fill(wanted),
    weight: new Float32Array(count).fill(1),
    ...sides,
    origins: [],
  }
}

describe.skipIf(!hasNative)(onNative('the energy of a validation'), () => {
  const classes: Record<string, { network?: Partial<UNetPlan>; targets: PlanChange['targets'] }> = {
    'two classes': { targets: { classWeights: [0.4, 6] } },
    'three classes, one of which nobody has painted': {
      network: { classes: 3 },
      targets: { classNames: ['background', 'a', 'b'], classWeights: [0.4, 6, 0] },
    },
  }
  for (const [name, { network, targets }] of Object.entries(classes)) {
    for (const calibrate of [false, true]) {
      test(`is what training says of the same network and pixels: ${name}, ${calibrate ? '' : 'not '}calibrated`, async () => {
        const sides = patchSides({
          network: { kind: 'unet', depth: 2, padding: 'valid' },
          optimization: { patchPx: 32 },
        } as RunPlan)
        const { plan, plane, kernels, learned } = runOn(discs(sides.outputPx, sides.outputPx, 4), {
          network: { batchNorm: false, ...network },
          targets: { ...targets, calibrate },
          optimization: { batch: 1 },
        })
        const energy = await validated(kernels, plan, plane, learned)
        const taught = await learned.learn(new Sampler(plan, [plane]).batch(0), 1, 0)
        expect(energy / taught).toBeCloseTo(1, 5)
        learned.dispose()
      })
    }
  }

  test('of a pixel classifier is that of windows drawn with every class equally often, whatever weights were chosen', async () => {
    const slide = discs(24, 20, 4)
    const network = tinyClassifier()
    for (const isChosen of [false, true]) {
      const counted = (of: RunPlan, plane: SamplePlane) => [0, 1].map((k) => windowsOf(of, plane, k).classIndex.length)
      const first = runOn(slide, { network, targets: { weights: 'none' } })
      const wc = classWeights(counted(first.plan, first.plane))
      const chosen = isChosen ? { classWeights: [1, 9], countedWeights: wc } : { classWeights: wc }
      const { plan, plane, kernels, learned } = runOn(slide, {
        network,
        targets: { weights: 'none', calibrate: true, ...chosen },
      })
      const energy = await validated(kernels, plan, plane, learned)
      const energies = await Promise.all([0, 1].map((k) => learned.learn(windowsOf(plan, plane, k), 1, 0)))
      expect(energy / ((energies[0]! + energies[1]!) / 2)).toBeCloseTo(1, 5)
      first.learned.dispose()
      learned.dispose()
    }
  })
})

test('a model gives back the odds it was taught: weights a person chose, and how classes were drawn besides', () => {
  const network = tinyClassifier({ classes: 3 })
  const shiftOf = (targets: Partial<RunPlan['targets']>) => {
    const { targets: all } = tinyPlan([], { targets: { calibrate: true, ...targets } })
    const bias = new Map([['head/bias', new Float32Array(3)]])
    return [
      ...calibrated(bias, { network, targets: all }, -1)
        .get('head/bias')!
        .map((value) => Math.exp(-value)),
    ]
  }
  const countedWeights = [0.5, 2, 0] // nobody has painted the last class
  const near = (...values: number[]) => values.map((value) => expect.closeTo(value, 5))
  expect(shiftOf({ weights: 'none', classWeights: countedWeights })).toEqual(near(0.5, 2, 1))
  expect(shiftOf({ weights: 'none', classWeights: [1, 9, 3], countedWeights })).toEqual(near(0.5, 2, 1))
  expect(shiftOf({ weights: 'classes', classWeights: [1, 9, 3], countedWeights })).toEqual(near(0.5, 18, 1))
})
