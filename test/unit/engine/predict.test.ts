import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeCheckpoint } from '../../../src-main/engine/checkpoint.ts'
import { TfjsKernels } from '../../../src-main/engine/kernels-tfjs.ts'
import { predict, tileBytesWithin } from '../../../src-main/engine/predict.ts'
import { openTfjsCpu } from '../../../src-main/engine/tfjs-cpu.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { PredictionPlan } from '../../../src-shared/run-plan.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyNetwork, variedWeights } from '../../drivers/network.ts'
import { discs, tinyPlan } from '../../drivers/run-folder.ts'

const [width, height] = [75, 52]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cellbrush-predict-'))
  const network = tinyNetwork({ batchNorm: true })
  const { input, targets } = tinyPlan([])
  const tensors = new Map(
    [...variedWeights(network, 3)].map(([name, values]) => [`weights/${name}`, { shape: [values.length], values }]),
  )
  const header = { kind: 'model', cellbrush: '0.1.0', run: 'r', preset: 'fast', network, input, targets } as const
  writeCheckpoint(join(folder, 'model.cbck'), {
    header: { ...header, objects: null, score: null, step: 1, seed: 1, precision: 'float32', device: 'test' },
    tensors,
  })
  const pixels = PixelFile.create(join(folder, 'pixels.cbpx'), {
    width,
    height,
    channels: 1,
    sampleType: 'uint16',
    z: 2,
  })
  for (const z of [0, 1]) {
    const data = discs(width, height, z + 1).pixels
    pixels.writeRegion({ z, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data })
  }
  pixels.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

type Item = PredictionPlan['items'][number]
const item = (change: Partial<Item> = {}): Item => ({
  name: 'stack.tif',
  pixels: 'pixels.cbpx',
  z: 0,
  t: 0,
  range: [[200, 1200]],
  output: 'out.cbpx',
  outputType: 'float32',
  ...change,
})

function writePlan(items: Item[], change: Partial<PredictionPlan> = {}): void {
  const how = { device: 'auto', threads: 0, average: false } as const
  writeFileSync(
    join(folder, 'plan.json'),
    JSON.stringify({ format: 1, id: 'p', model: 'model.cbck', ...how, items, ...change } satisfies PredictionPlan),
  )
}

describe.skipIf(!hasNative)(onNative('a prediction job'), () => {
  async function job(items: Item[], change: Partial<PredictionPlan> = {}, signal?: AbortSignal, mostSidePx = Infinity) {
    writePlan(items, change)
    const kernels = nativeKernels()
    const { concat } = kernels
    kernels.concat = (first, second) => {
      if (first.shape[1]! > mostSidePx) throw new Error('OOM when allocating tensor with shape[1,64,2048,2048]')
      return concat.call(kernels, first, second)
    }
    const events: { item: number; done: number; total: number }[] = []
    const answer = await predict(folder, { kernels, signal, onEvent: (event) => events.push(event) }).finally(() =>
      expect(kernels.liveTensors()).toBe(0),
    )
    return { ...answer, events }
  }

  function written(output = 'out.cbpx') {
    const file = PixelFile.open(join(folder, output))
    const { header } = file
    const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: width, h: height } })
    file.close()
    return { header, data: Float32Array.from(data) }
  }

  test('writes probabilities that add up to one, and whole shares of 255 and 65535', async () => {
    const items = (['float32', 'uint8', 'uint16'] as const).map((outputType) =>
      item({ outputType, output: `${outputType}.cbpx` }),
    )
    const { failed, device } = await job(items)
    expect({ failed, device }).toEqual({ failed: [], device: 'tensorflow' })
    const { header, data: p } = written('float32.cbpx')
    expect(header).toMatchObject({ width, height, channels: 2, sampleType: 'float32', z: 1, t: 1 })
    const half = width * height
    for (let at = 0; at < half; at++) expect(p[at]! + p[half + at]!).toBeCloseTo(1, 5)
    expect(Math.max(...p)).toBeGreaterThan(Math.min(...p) + 0.05)
    expect(written('uint8.cbpx').data).toEqual(p.map((value) => Math.round(value * 255)))
    expect(written('uint16.cbpx').data).toEqual(p.map((value) => Math.round(value * 65535)))
  })

  test('reads the plane and range it is told, and reports each tile', async () => {
    const { events } = await job([item(), item({ z: 1, output: 'second.cbpx' })], { tilePx: 32 })
    expect(events.filter(({ item }) => item === 1).map(({ done, total }) => [done, total])).toEqual(
      Array.from({ length: 6 }, (_, i) => [i + 1, 6]),
    )
    expect(furthest(written('second.cbpx').data, written().data)).toBeGreaterThan(1e-2)
    await job([item({ range: [[200, 1300]], output: 'third.cbpx' })])
    expect(furthest(written('third.cbpx').data, written().data)).toBeGreaterThan(1e-3)
  })

  test('one item that fails does not stop the others', async () => {
    const missing = item({ pixels: 'gone.cbpx', output: 'never.cbpx' })
    const { failed } = await job([missing, item({ output: 'after.cbpx' })])
    expect(failed).toEqual([{ item: 0, message: expect.stringContaining('gone.cbpx') }])
    expect(furthest(written('after.cbpx').data, written().data)).toBeLessThan(1e-5)
  })

  test('aborting ends it between tiles', async () => {
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    await expect(job([item()], {}, controller.signal)).rejects.toThrow('enough')
  })

  test('where memory runs out, smaller tiles are tried, for the next planes too, and the result is the same', async () => {
    const items = [item({ output: 'small.cbpx' }), item({ z: 1, output: 'small-1.cbpx' })]
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const { failed, events } = await job(items, {}, undefined, 50)
      expect(failed).toEqual([])
      expect(events.map(({ item, done, total }) => [item, done, total])).toEqual(
        [0, 1].flatMap((item) => [1, 2, 3, 4, 5, 6].map((done) => [item, done, 6])),
      )
      expect(log.mock.calls).toEqual([['there was no memory for tiles of 76 px; going on with 36 px']])
    } finally {
      log.mockRestore()
    }
    await job([item(), item({ z: 1, output: 'second.cbpx' })])
    expect(furthest(written('small.cbpx').data, written().data)).toBeLessThan(1e-5)
    expect(furthest(written('small-1.cbpx').data, written('second.cbpx').data)).toBeLessThan(1e-5)
  })

  test('a size that was asked for is kept, and the smallest tile is the last that is tried', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      await expect(job([item()], { tilePx: 64 }, undefined, 50)).rejects.toMatchObject({ code: 'out-of-memory' })
      expect(log.mock.calls).toEqual([])
      await expect(job([item()], {}, undefined, 1)).rejects.toMatchObject({ code: 'out-of-memory' })
      expect(log.mock.calls.at(-1)).toEqual(['there was no memory for tiles of 8 px; going on with 4 px'])
    } finally {
      log.mockRestore()
    }
  })

  test('with no memory left that the system would tell of, tiles are not the smallest', async () => {
    const left = vi.spyOn(process, 'availableMemory').mockReturnValue(0)
    try {
      expect((await job([item()])).events).toEqual([{ item: 0, done: 1, total: 1 }])
    } finally {
      left.mockRestore()
    }
  })

  test('a model that is missing or no model is refused by name', async () => {
    await expect(job([item()], { model: 'none.cbck' })).rejects.toMatchObject({ code: 'file-missing' })
    mkdirSync(join(folder, 'other'), { recursive: true })
    copyFileSync(join(folder, 'pixels.cbpx'), join(folder, 'other/model.cbck'))
    await expect(job([item()], { model: 'other/model.cbck' })).rejects.toMatchObject({ code: 'model-unreadable' })
  })
})

test('a tile is allowed a share of the memory that is left, within bounds that are wider for a card', () => {
  const mebibytes = (left: number, device: 'tensorflow' | 'webgpu') => tileBytesWithin(left * 2 ** 20, device) / 2 ** 20
  expect([0, 500, 1000, 2000, 9000].map((left) => mebibytes(left, 'tensorflow'))).toEqual([192, 192, 300, 600, 768])
  expect([0, 2000, 9000].map((left) => mebibytes(left, 'webgpu'))).toEqual([192, 600, 1536])
})

describe('a device that fails', () => {
  /** What a prediction of three planes comes to when every reading of results says this. */
  async function predictedWith(failure: Error) {
    writePlan([item(), item({ z: 1, output: 'second.cbpx' }), item({ output: 'third.cbpx' })])
    await openTfjsCpu()
    let readings = 0
    const kernels = new TfjsKernels({
      ...{ device: 'cpu', label: 'double' },
      failure: () => {
        readings++
        return failure
      },
    })
    const answer = await predict(folder, { kernels, onEvent: () => {} }).catch((error) => error)
    return { answer, readings }
  }

  test('ends the prediction, so that the next one gets a new process', async () => {
    const lost = new AppError('engine-lost', { reason: 'the graphics card was lost' })
    expect(await predictedWith(lost)).toEqual({ answer: lost, readings: 1 })
    const full = new AppError('out-of-memory', { what: 'the network on the graphics card', remedy: 'choose another' })
    expect(await predictedWith(full)).toEqual({ answer: full, readings: 1 })
  })

  test.each([
    'OOM when allocating tensor with shape[1,64,2048,2048]',
    'Invalid TF_Status: 10\nMessage: Operation received an exception:Status: 1, message: could not create a primitive',
  ])('says in a sentence that memory ran out where TensorFlow says %j', async (words) => {
    const { answer, readings } = await predictedWith(new Error(words))
    expect(readings).toBe(1)
    expect(answer).toBeInstanceOf(AppError)
    expect(answer).toMatchObject({
      code: 'out-of-memory',
      message:
        'There was not enough memory for predicting stack.tif; close other programs, or predict with a smaller --tile.',
    })
  })

  test('of an unknown failure only the plane is told', async () => {
    const { answer, readings } = await predictedWith(new Error('odd'))
    expect(readings).toBe(3)
    expect(answer.failed).toEqual([0, 1, 2].map((item) => ({ item, message: 'odd' })))
  })
})

test('what a device keeps for tiles of a size is given back after each plane', async () => {
  writePlan([item(), item({ z: 1, output: 'second.cbpx' })])
  await openTfjsCpu()
  const trim = vi.fn()
  await predict(folder, { kernels: new TfjsKernels({ device: 'cpu', label: 'double', trim }), onEvent: () => {} })
  expect(trim).toHaveBeenCalledTimes(2)
})

test('the last tile of a plane is told when its file is whole, and never where that fails', async () => {
  writePlan([item({ withLevels: true }), item({ z: 1, output: 'second.cbpx', withLevels: true })])
  await openTfjsCpu()
  const kernels = new TfjsKernels({ device: 'cpu', label: 'double' })
  const told: string[] = []
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { buildLevels, sync } = PixelFile.prototype
  const building = vi.spyOn(PixelFile.prototype, 'buildLevels').mockImplementation(function (this: PixelFile, how) {
    told.push('levels')
    if (building.mock.calls.length === 1) throw new Error('no room')
    buildLevels.call(this, how)
  })
  const syncing = vi.spyOn(PixelFile.prototype, 'sync').mockImplementation(function (this: PixelFile) {
    sync.call(this)
    told.push('on disk')
  })
  try {
    const { failed } = await predict(folder, {
      kernels,
      onEvent: ({ item, done, total }) => void (done === total && told.push(`whole ${item}`)),
    })
    expect(failed).toEqual([{ item: 0, message: 'no room' }])
    expect(told).toEqual(['levels', 'levels', 'on disk', 'whole 1'])
  } finally {
    log.mockRestore()
    building.mockRestore()
    syncing.mockRestore()
  }
})

const furthest = (one: Float32Array, other: Float32Array) =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0)
