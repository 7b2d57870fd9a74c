import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { predict } from '../../../src-main/engine/predict.ts'
import { plannedSteps } from '../../../src-main/engine/schedule.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { Random } from '../../../src-shared/random.ts'
import type { PredictionPlan } from '../../../src-shared/run-plan.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyClassifier } from '../../drivers/network.ts'
import { discs, type PlanChange, range, readLog, runFolder, type Slide } from '../../drivers/run-folder.ts'
import { modelOf, trainHere, weightsOf } from '../../drivers/training.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(slides: readonly Slide[], change: PlanChange): string {
  const folder = runFolder(slides, change)
  folders.push(folder)
  return folder
}

/** Stripes of 3 px down inside an upright ellipse, which is the object, and across outside: the mean tells nothing. */
function stripes(side: number, seed: number): Slide {
  const random = new Random(seed, 0, 78)
  const [centerX, centerY] = [random.uniform(0.4, 0.6) * side, random.uniform(0.4, 0.6) * side]
  const pixels = new Uint16Array(side * side)
  const labels = new Uint32Array(side * side)
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [at % side, Math.floor(at / side)]
    const isObject = ((x - centerX) / (0.25 * side)) ** 2 + ((y - centerY) / (0.35 * side)) ** 2 < 1
    const isBright = (isObject ? x : y) % 6 < 3
    pixels[at] = (isBright ? 700 : 300) + random.normal(40)
    labels[at] = isObject ? LABEL.firstObject : LABEL.background
  }
  return { width: side, height: side, pixels, labels }
}

/** Share of a slide's pixels that a model gives their class, as a prediction job writes it. */
async function shareRight(folder: string, model: string, slide: Slide): Promise<number> {
  const { width, height } = slide
  const job = join(folder, `job-${model}`)
  mkdirSync(job)
  const pixels = PixelFile.create(join(job, 'in.cbpx'), { width, height, channels: 1, sampleType: 'uint16' })
  pixels.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data: slide.pixels })
  pixels.close()
  const item = { name: 's', pixels: 'in.cbpx', z: 0, t: 0, range: [range(slide.pixels)], output: 'out.cbpx' }
  const plan: PredictionPlan = {
    ...{ format: 1, id: 'p', model: join(folder, model), device: 'tensorflow', threads: 0, average: false },
    items: [{ ...item, outputType: 'float32' }],
  }
  writeFileSync(join(job, 'plan.json'), JSON.stringify(plan))
  const progress: number[] = []
  const { failed } = await predict(job, {
    kernels: nativeKernels(),
    onEvent: ({ done, total }) => progress.push(done / total),
  })
  expect(failed).toEqual([])
  expect(progress.at(-1)).toBe(1)
  const output = PixelFile.open(join(job, 'out.cbpx'))
  const { data } = output.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: width, h: height }, channels: [1] })
  output.close()
  const isRight = (at: number) => data[at]! > 0.5 === slide.labels[at]! >= LABEL.firstObject
  return slide.pixels.reduce((sum, _, at) => sum + (isRight(at) ? 1 : 0), 0) / slide.pixels.length
}

const still = { rotate: false, mirror: false, elasticPx: 0 }

describe.skipIf(!hasNative)(onNative('a pixel classifier'), () => {
  test('learns which way stripes run, in an image it has not seen', async () => {
    const folder = folderOf([stripes(64, 1), stripes(64, 2)], {
      network: tinyClassifier({ maps: 8, hidden: 16 }),
      targets: { weights: 'none', calibrate: true },
      augmentation: still,
      optimization: { learningRate: 0.01, batch: 32, steps: 60, validateEvery: 0, checkpointEvery: 1 },
    })
    await trainHere(folder, {
      onEvent: (event, control) => event.type === 'step' && event.step === 1 && control.stop('now'),
    })
    const first = await shareRight(folder, 'model.cbck', stripes(48, 3))
    rmSync(join(folder, 'job-model.cbck'), { recursive: true })
    await trainHere(folder, { resume: true })
    expect(first).toBeLessThan(0.85) // what is not the object is most of the picture
    expect(await shareRight(folder, 'model.cbck', stripes(48, 3))).toBeGreaterThan(0.95)
  }, 120_000)

  const plan: PlanChange = {
    network: tinyClassifier({ dropout: 0.3 }),
    targets: { weights: 'none', calibrate: true },
    optimization: { batch: 8, steps: 24, checkpointEvery: 5, validateEvery: 6 },
    item: (index) => (index === 1 ? { role: 'validation' } : {}),
  }

  test('stopped and resumed ends with the bits of one go, validated and logged alike', async () => {
    const slides = [discs(60, 60, 1), discs(48, 48, 2)]
    const whole = folderOf(slides, plan)
    const result = await trainHere(whole)
    const parts = folderOf(slides, plan)
    for (const end of [8, 15]) {
      await trainHere(parts, {
        resume: end > 8,
        onEvent: (event, control) => event.type === 'step' && event.step === end && control.stop('now'),
      })
    }
    expect(await trainHere(parts, { resume: true })).toEqual(result)
    expect(weightsOf(parts)).toEqual(weightsOf(whole))
    const validations = (of: string) => readLog(of).filter(({ type }) => type === 'validation')
    expect(validations(parts)).toEqual(validations(whole))
    expect(modelOf(whole).header.network).toEqual(plan.network)
  }, 60_000)

  test('validates a large image on its best painted piece of 96 pixels', async () => {
    const large = discs(200, 150, 3)
    large.labels.forEach((_, at) => {
      const [x, y] = [at % 200, Math.floor(at / 200)]
      if (x < 128 || y < 32) large.labels[at] = LABEL.ignore
    })
    const folder = folderOf([discs(60, 60, 1), large], {
      ...plan,
      optimization: { batch: 8, steps: 2, validateEvery: 0 },
    })
    await trainHere(folder)
    const { rect } = JSON.parse(readFileSync(join(folder, 'preview/region.json'), 'utf8'))
    expect(rect).toMatchObject({ w: 96, h: 96, x: 104 })
    expect(rect.y).toBeGreaterThanOrEqual(32)
  }, 60_000)

  test('gives the odds of the painted pixels back: minus log wc in the last bias', async () => {
    const change = (calibrate: boolean): PlanChange => ({
      ...plan,
      targets: { weights: 'none', classWeights: [0.6, 3], calibrate },
      optimization: { ...plan.optimization, steps: 2, validateEvery: 0 },
    })
    const bias = async (calibrate: boolean) => {
      const folder = folderOf([discs(60, 60, 1)], change(calibrate))
      await trainHere(folder)
      return weightsOf(folder).get('weights/head/bias')!
    }
    const [taught, given] = [await bias(false), await bias(true)]
    expect(given[0]! - taught[0]!).toBeCloseTo(-Math.log(0.6), 5)
    expect(given[1]! - taught[1]!).toBeCloseTo(-Math.log(3), 5)
  }, 60_000)
})

describe('the plan of a run’s minutes', () => {
  const costs = { seconds: 1000, secondsPerStep: 0.1, validation: { seconds: 0, every: 0 } }

  test('leaves the usual share for saving', () => expect(plannedSteps(costs)).toBe(9200))

  test('takes off the validation at the end, and those on the way from every step', () => {
    expect(plannedSteps({ ...costs, validation: { seconds: 120, every: 0 } })).toBe(8000)
    const often = plannedSteps({ ...costs, validation: { seconds: 10, every: 100 } })
    const spent = often * 0.1 + Math.floor(often / 100) * 10 + 10
    expect(spent).toBeGreaterThan(900)
    expect(spent).toBeLessThanOrEqual(921)
  })

  test('always trains, however long validating would take', () => {
    expect(plannedSteps({ ...costs, validation: { seconds: 5000, every: 0 } })).toBe(2300)
    expect(plannedSteps({ ...costs, seconds: 0 })).toBe(1)
  })
})
