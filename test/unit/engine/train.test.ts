import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { writeCheckpoint } from '../../../src-main/engine/checkpoint.ts'
import type { TrainControl } from '../../../src-main/engine/train-control.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { hasNative, onNative } from '../../drivers/native.ts'
import { discs, type PlanChange, readLog, runFolder, type Slide } from '../../drivers/run-folder.ts'
import { modelOf, type TrainHere, trainHere, weightsOf } from '../../drivers/training.ts'

const slides = [discs(96, 96, 1), discs(80, 112, 2)]
/** The second slide is validated on. */
const validated: PlanChange = { item: (index) => (index === 1 ? { role: 'validation' } : {}) }

/** One step that moves nothing. */
const STILL = { learningRate: 1e-12, steps: 1, weightDecay: 0 }

/** The plain run, which several tests compare with. */
let plain: Promise<Awaited<ReturnType<typeof trained>>> | undefined
const plainRun = () => {
  plain ??= trained().finally(() => folders.splice(0)) // its folder is kept until the end
  return plain
}
afterAll(async () => {
  if (plain) rmSync((await plain).folder, { recursive: true })
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(change: PlanChange = {}, of: readonly Slide[] = slides): string {
  const folder = runFolder(of, { ...validated, ...change })
  folders.push(folder)
  return folder
}

async function trained(change: PlanChange = {}, options: TrainHere = {}, of: readonly Slide[] = slides) {
  const folder = folderOf(change, of)
  const result = await trainHere(folder, options)
  return { folder, result, weights: weightsOf(folder), log: readLog(folder) }
}

const stepsOf = (folder: string) => readLog(folder).flatMap((event) => (event.type === 'step' ? [event.step] : []))
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe.skipIf(!hasNative)(onNative('training'), () => {
  test('two runs with one seed give the same bits, another seed gives others', async () => {
    const first = await plainRun()
    expect((await trained()).weights).toEqual(first.weights)
    expect((await trained({ optimization: { seed: 2 } })).weights).not.toEqual(first.weights)
  })

  test('the energy falls and the log tells all of it, each step once', async () => {
    const { folder, log, result } = await trained({ optimization: { steps: 60 } })
    const energies = log.flatMap((event) => (event.type === 'step' ? [event.energy] : []))
    expect(stepsOf(folder)).toEqual(upTo(60))
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(energies.slice(-10))).toBeLessThan(0.75 * mean(energies.slice(0, 10)))
    expect(log[0]).toMatchObject({ type: 'planned', steps: 60, device: 'tensorflow' })
    expect(log[1]).toEqual({ type: 'state', state: 'running', step: 0 })
    expect(log.at(-1)).toEqual({ type: 'state', state: 'finished', step: 60 })
    expect(result).toMatchObject({ state: 'finished', step: 60, model: 'model.cbck' })
    expect(result.score).toBeGreaterThan(0)
    const validations = log.flatMap((event) => (event.type === 'validation' ? [event.step] : []))
    expect(validations).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 60])
  })

  const variants: Record<string, PlanChange> = {
    'momentum and dropout, unpadded, as the paper has it': {
      network: { batchNorm: false, dropout: 0.5 },
      optimization: { optimizer: 'momentum', learningRate: 0.01, momentum: 0.9, weightDecay: 0, schedule: 'constant' },
    },
    "'same' padding with batch normalisation and averaged weights": {
      network: { padding: 'same' },
      optimization: { weightAverage: 0.9 },
    },
    'three classes and calibrated odds': {
      network: { classes: 3 },
      targets: { classNames: ['background', 'a', 'b'], classWeights: [0.5, 1, 2], calibrate: true },
      item: (index) => ({ role: index === 1 ? 'validation' : 'train', objectClasses: { 17: 2, 18: 2, 19: 2 } }),
    },
  }
  for (const [name, change] of Object.entries(variants)) {
    test(`stopped and resumed gives the bits of one go: ${name}`, async () => {
      const whole = await trained(change)
      const folder = folderOf(change)
      const part = await trainHere(folder, { onEvent: (event, control) => stopAt(11, event, control) })
      expect(part).toMatchObject({ state: 'stopped', step: 11 })
      expect(await trainHere(folder, { resume: true })).toEqual(whole.result)
      expect(weightsOf(folder)).toEqual(whole.weights)
      expect(stepsOf(folder)).toEqual(upTo(24))
    })
  }

  test('dropout changes what is learnt, averaging only what is kept', async () => {
    const plain = await plainRun()
    expect((await trained({ network: { dropout: 0.5 } })).weights).not.toEqual(plain.weights)
    const averaged = await trained({ optimization: { weightAverage: 0.9 } })
    expect(averaged.weights).not.toEqual(plain.weights)
    const last = weightsOf(averaged.folder, 'checkpoints/step-24.cbck')
    expect(last.get('weights/down0/conv0/kernel')).toEqual(plain.weights.get('weights/down0/conv0/kernel'))
    expect(last.get('average/down0/conv0/kernel')).toEqual(averaged.weights.get('weights/down0/conv0/kernel'))
  })

  test('a paused training waits, saves, and goes on as if nothing had been', async () => {
    const whole = await plainRun()
    let [stepsWhilePaused, isPaused] = [0, false]
    const paused = await trained(
      {},
      {
        onEvent: (event, control) => {
          if (event.type === 'step' && event.step === 8) control.pause()
          if (event.type === 'step' && isPaused) stepsWhilePaused++
          if (event.type !== 'state') return
          isPaused = event.state === 'paused'
          if (isPaused) setTimeout(() => control.continue(), 100)
        },
      },
    )
    expect(stepsWhilePaused).toBe(0)
    const states = paused.log.flatMap((event) => (event.type === 'state' ? [`${event.state} ${event.step}`] : []))
    expect(states).toEqual(['running 0', 'paused 8', 'running 8', 'finished 24'])
    expect(paused.log).toContainEqual({ type: 'checkpoint', step: 8, file: 'checkpoints/step-8.cbck', isBest: false })
    expect(paused.weights).toEqual(whole.weights)
  })

  test('stopping while paused ends at once', async () => {
    const { result } = await trained(
      {},
      {
        onEvent: (event, control) => {
          if (event.type === 'step' && event.step === 3) control.pause()
          if (event.type === 'state' && event.state === 'paused') setTimeout(() => control.stop('keep'), 20)
        },
      },
    )
    expect(result).toMatchObject({ state: 'stopped', step: 3, model: 'model.cbck' })
  })

  test('stop and keep validates and leaves a model with chosen objects; stop now leaves one without', async () => {
    const keep = await trained({}, { onEvent: (event, control) => stopAt(10, event, control, 'keep') })
    expect(keep.result).toMatchObject({ state: 'stopped', step: 10, model: 'model.cbck' })
    expect(keep.result.objects).toBeDefined()
    expect(keep.log.at(-1)).toEqual({ type: 'state', state: 'stopped', step: 10 })
    const now = await trained({}, { onEvent: (event, control) => stopAt(10, event, control, 'now') })
    expect(now.result).toEqual({ state: 'stopped', step: 10, model: 'model.cbck' })
    expect(now.weights).toEqual(keep.weights)
    expect(existsSync(join(now.folder, 'checkpoints/step-10.cbck'))).toBe(true)
  })

  test('stopped before its first step a run keeps the weights it began with, averaged or not', async () => {
    const before = (event: RunEvent, control: TrainControl) => {
      if (event.type === 'state' && event.state === 'running') control.stop('keep')
    }
    const [plain, averaged] = await Promise.all(
      [0, 0.9].map((weightAverage) => trained({ optimization: { weightAverage } }, { onEvent: before })),
    )
    expect(averaged!.result).toMatchObject({ state: 'stopped', step: 0 })
    expect(averaged!.weights.get('weights/down0/conv0/kernel')!.some((value) => value !== 0)).toBe(true)
    expect(averaged!.weights).toEqual(plain!.weights)
  })

  test('a damaged file of the best weights neither keeps a run from going on nor from ending', async () => {
    const best = 'checkpoints/best.cbck'
    const spoil = (folder: string) => {
      const bytes = readFileSync(join(folder, best))
      bytes[bytes.length >> 1]! ^= 1
      writeFileSync(join(folder, best), bytes)
    }
    const stopped = async () => {
      const folder = folderOf()
      await trainHere(folder, { onEvent: (event, control) => stopAt(11, event, control) })
      return folder
    }
    const before = await stopped()
    spoil(before)
    const meanwhile = await stopped()
    const { header, tensors } = modelOf(meanwhile, best)
    writeCheckpoint(join(meanwhile, best), { header: { ...header, score: 1 }, tensors }) // better than all that follow
    const atLast = (event: RunEvent) => {
      if (event.type === 'step' && event.step === 24) spoil(meanwhile)
    }
    const whole = await plainRun()
    const last = weightsOf(whole.folder, 'checkpoints/step-24.cbck')
    for (const [folder, onEvent] of [[before], [meanwhile, atLast]] as const) {
      expect(await trainHere(folder, { resume: true, onEvent })).toMatchObject({ state: 'finished', step: 24 })
      for (const [name, values] of weightsOf(folder)) expect(values, name).toEqual(last.get(name))
    }
  })

  test('minutes become a number of steps once, and a resumed run keeps to it', async () => {
    const folder = folderOf({ optimization: { steps: undefined, minutes: 0.03 } })
    await trainHere(folder, { onEvent: (event, control) => stopAt(2, event, control, 'now') })
    const path = join(folder, 'schedule.json')
    const schedule = JSON.parse(readFileSync(path, 'utf8'))
    expect(schedule.device).toBe('tensorflow')
    expect(schedule.secondsPerStep).toBeGreaterThan(0)
    expect(schedule.steps).toBeGreaterThanOrEqual(1)
    expect(schedule.steps * schedule.secondsPerStep).toBeLessThanOrEqual(1.8)
    writeFileSync(path, JSON.stringify({ ...schedule, steps: 9 }))
    expect(await trainHere(folder, { resume: true })).toMatchObject({ state: 'finished', step: 9 })
    expect(stepsOf(folder)).toEqual(upTo(9))
  })

  for (const weightAverage of [0, 0.9]) {
    const kept = weightAverage > 0 ? ' the averaged weights of' : ''
    test(`a training that diverges says so and keeps${kept} the last good step`, async () => {
      // The rate is harmless while it rises from 0 and absurd soon after.
      const { folder, result, weights, log } = await trained({
        network: { batchNorm: false },
        targets: { calibrate: false },
        optimization: {
          learningRate: 1e6,
          schedule: 'constant',
          optimizer: 'momentum',
          checkpointEvery: 1,
          weightAverage,
        },
      })
      expect(result.state).toBe('diverged')
      expect(result.model).toBe('model.cbck')
      const end = log.at(-1)!
      expect(end).toMatchObject({ type: 'state', state: 'diverged', step: result.step })
      expect('message' in end && end.message).toMatch(
        /^Training diverged at step \d+ \(the energy became .+\); the last good weights are kept, lower learningRate/,
      )
      const good = weightsOf(folder, `checkpoints/step-${result.step}.cbck`)
      for (const [name, values] of weights) {
        expect(values.every(Number.isFinite), name).toBe(true)
        const from = weightAverage > 0 ? name.replace('weights/', 'average/') : name
        expect(values, name).toEqual(good.get(from))
      }
    })
  }

  test('a run from a model starts at its weights', async () => {
    const first = await plainRun()
    const folder = folderOf({
      from: 'inputs/from.cbck',
      optimization: STILL,
    })
    copyFileSync(join(first.folder, 'model.cbck'), join(folder, 'inputs/from.cbck'))
    await trainHere(folder)
    const weights = weightsOf(folder)
    for (const name of ['weights/down0/conv0/kernel', 'weights/head/bias', 'weights/up1/upconv/kernel']) {
      const before = first.weights.get(name)!
      for (const [i, value] of weights.get(name)!.entries()) expect(value).toBeCloseTo(before[i]!, 6)
    }
    const wider = folderOf({ from: 'inputs/from.cbck', network: { baseWidth: 8 } })
    copyFileSync(join(first.folder, 'model.cbck'), join(wider, 'inputs/from.cbck'))
    await expect(trainHere(wider)).rejects.toMatchObject({ code: 'model-unreadable' })
  })

  test('a run from a model with other classes starts at its weights but for the last layer', async () => {
    const first = await plainRun()
    const classNames = ['background', 'cell', 'debris']
    const folder = folderOf({
      from: 'inputs/from.cbck',
      network: { classes: 3 },
      targets: { classNames, classWeights: [0.7, 1.5, 0] },
      optimization: STILL,
    })
    copyFileSync(join(first.folder, 'model.cbck'), join(folder, 'inputs/from.cbck'))
    await trainHere(folder)
    const weights = weightsOf(folder)
    expect(weights.get('weights/head/bias')).toHaveLength(3)
    for (const name of ['weights/down0/conv0/kernel', 'weights/up1/upconv/kernel', 'weights/up0/conv1/kernel']) {
      const before = first.weights.get(name)!
      for (const [i, value] of weights.get(name)!.entries()) expect(value).toBeCloseTo(before[i]!, 6)
    }
  })

  test('a calibrated model gives back the painted odds, and a run from it starts at the odds it was trained with', async () => {
    const targets = { calibrate: true, classWeights: [0.5, 3] }
    const source = await trained({ targets })
    const bias = (of: Map<string, Float32Array>) => of.get('weights/head/bias')!
    const trainedBias = bias(weightsOf(source.folder, 'checkpoints/step-24.cbck'))
    const folder = folderOf({ from: 'inputs/from.cbck', targets: { calibrate: false }, optimization: STILL })
    copyFileSync(join(source.folder, 'model.cbck'), join(folder, 'inputs/from.cbck'))
    await trainHere(folder)
    for (const [k, wc] of targets.classWeights.entries()) {
      expect(bias(source.weights)[k]).toBeCloseTo(trainedBias[k]! - Math.log(wc), 5)
      expect(bias(weightsOf(folder))[k]).toBeCloseTo(trainedBias[k]!, 5)
    }
  })

  test('what is painted in a held-out block, or on a validation slide, teaches nothing', async () => {
    const block = { x: 24, y: 0, w: 40, h: 96 }
    const change: PlanChange = { item: (index) => (index === 1 ? { role: 'validation' } : { heldOut: [block] }) }
    const last = ({ folder }: { folder: string }) => weightsOf(folder, 'checkpoints/step-24.cbck')
    const asIs = last(await trained(change))
    const repainted = (slide: Slide, isRepainted: (x: number) => boolean): Slide => ({
      ...slide,
      labels: slide.labels.map((label, at) =>
        isRepainted(at % slide.width) ? LABEL.firstObject + 900 + (at % 7) : label,
      ),
    })
    const inBlock = repainted(slides[0]!, (x) => x >= block.x && x < block.x + block.w)
    const onValidation = repainted(slides[1]!, () => true)
    expect(last(await trained(change, {}, [inBlock, onValidation]))).toEqual(asIs)
    const beside = repainted(slides[0]!, (x) => x === block.x - 1)
    expect(last(await trained(change, {}, [beside, slides[1]!]))).not.toEqual(asIs)
  })

  test('without anything painted it refuses, and frees the folder', async () => {
    const blank = slides.map((slide) => ({ ...slide, labels: new Uint32Array(slide.labels.length) }))
    const folder = folderOf({ item: () => ({ isComplete: false }) }, blank)
    await expect(trainHere(folder)).rejects.toMatchObject({ code: 'not-ready' })
  })
})

function stopAt(
  step: number,
  event: { type: string; step?: number },
  control: { stop(how: 'keep' | 'now'): void },
  how: 'keep' | 'now' = 'now',
) {
  if (event.type === 'step' && event.step === step) control.stop(how)
}
