import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { predict } from '../../../src-main/engine/predict.ts'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { readMask } from '../../../src-main/imaging/masks.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { objectsFromProbabilities } from '../../../src-shared/objects.ts'
import type { PredictionPlan } from '../../../src-shared/run-plan.ts'
import { objectScores } from '../../../src-shared/scores/objects.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { range, runFolder, type Slide } from '../../drivers/run-folder.ts'
import { trainHere } from '../../drivers/training.ts'

const samples = fileURLToPath(new URL('../../../resources/samples/nuclei/', import.meta.url))

/** The nuclei of BBBC039 in the samples, by name. */
async function nuclei(): Promise<Slide[]> {
  const slides: Slide[] = []
  for (const name of readdirSync(join(samples, 'images')).sort()) {
    const { width, height, data } = await readWholePlane(join(samples, 'images', name), 0)
    const mask = await readMask([join(samples, 'masks', name.replace(/\.tif$/, '.png'))], { kind: 'colours' })
    slides.push({ width, height, pixels: data as Uint16Array, labels: mask.pages[0]! })
  }
  return slides
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const STEPS = 150

/** Trains on the first slides, validates on the last of them, and scores the objects found in the slides held out. */
async function meanF1(teaching: readonly Slide[], heldOut: readonly Slide[]): Promise<number> {
  const folder = runFolder(teaching, {
    network: { depth: 3, baseWidth: 8, padding: 'same', batchNorm: true },
    targets: { w0: 5, sigmaPx: 5, classWeights: [0.65, 2.2], calibrate: true },
    augmentation: { elasticPx: 5 },
    optimization: {
      learningRate: 0.005,
      batch: 1,
      patchPx: 128,
      steps: STEPS,
      validateEvery: 0,
      checkpointEvery: STEPS,
    },
    item: (index) => ({ role: index === teaching.length - 1 ? 'validation' : 'train' }),
  })
  folders.push(folder)
  const { objects } = await trainHere(folder)
  let sum = 0
  for (const [index, slide] of heldOut.entries()) {
    const foreground = await foregroundOf(join(folder, 'model.cbck'), folder, index, slide)
    const found = objectsFromProbabilities(foreground, slide.width, slide.height, objects!)
    sum += objectScores(slide.labels, found).matches.find(({ iou }) => iou === 0.5)!.f1 / heldOut.length
  }
  return sum
}

/** 1 - p(background), as a prediction job writes it. */
async function foregroundOf(model: string, folder: string, index: number, slide: Slide): Promise<Float32Array> {
  const job = join(folder, `prediction-${index}`)
  mkdirSync(job)
  const { width, height } = slide
  const pixels = PixelFile.create(join(job, 'pixels.cbpx'), { width, height, channels: 1, sampleType: 'uint16' })
  pixels.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data: slide.pixels })
  pixels.close()
  const item = { name: 'slide', pixels: 'pixels.cbpx', z: 0, t: 0, range: [range(slide.pixels)], output: 'out.cbpx' }
  const plan: PredictionPlan = {
    format: 1,
    id: 'p',
    model,
    device: 'tensorflow',
    threads: 0,
    average: false,
    items: [{ ...item, outputType: 'float32' }],
  }
  writeFileSync(join(job, 'plan.json'), JSON.stringify(plan))
  const { failed } = await predict(job, { kernels: nativeKernels(), onEvent: () => {} })
  expect(failed).toEqual([])
  const output = PixelFile.open(join(job, 'out.cbpx'))
  const { data } = output.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: width, h: height }, channels: [0] })
  output.close()
  return Float32Array.from(data, (value) => 1 - value)
}

describe.skipIf(!hasNative)(onNative(`learning nuclei in ${STEPS} steps`), () => {
  test('finds them in images never seen: F1 at IoU 0.5 above 0.75, and with labels of other images below 0.3', async () => {
    const slides = await nuclei()
    expect(slides).toHaveLength(8)
    const [teaching, heldOut] = [slides.slice(0, 6), slides.slice(6)]
    const shuffled = teaching.map((slide, i) => ({ ...slide, labels: teaching[(i + 1) % teaching.length]!.labels }))
    const [right, wrong] = [await meanF1(teaching, heldOut), await meanF1(shuffled, heldOut)]
    expect(right).toBeGreaterThan(0.75)
    expect(wrong).toBeLessThan(0.3)
  }, 240_000)
})
