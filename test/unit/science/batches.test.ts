import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BatchSource } from '../../../src-main/engine/batches.ts'
import { openRunPlanes } from '../../../src-main/engine/batches-planes.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { Samples } from '../../../src-shared/pixels.ts'
import { Sampler } from '../../../src-shared/sampler.ts'
import { planItem, runPlan } from './sampler-driver.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cellbrush-batches-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const WIDTH = 300
const HEIGHT = 280

function write(
  name: string,
  sampleType: 'uint16' | 'uint32',
  of: (x: number, y: number, channel: number) => number,
  channels = 1,
) {
  const file = PixelFile.create(join(folder, name), { width: WIDTH, height: HEIGHT, channels, sampleType })
  const samples = Array.from({ length: channels * WIDTH * HEIGHT }, (_, at) => {
    const y = Math.floor(at / WIDTH) % HEIGHT
    return of(at % WIDTH, y, Math.floor(at / WIDTH / HEIGHT))
  })
  const data: Samples = sampleType === 'uint16' ? Uint16Array.from(samples) : Uint32Array.from(samples)
  file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: WIDTH, height: HEIGHT, channels, data })
  file.close()
}

/** A run folder with one image of two channels, of which the second enters, and discs as labels. */
function runFolder() {
  write('image.cbpx', 'uint16', (x, y, channel) => (channel === 0 ? 7 : x + 2 * y), 2)
  write('labels.cbpx', 'uint32', (x, y) =>
    ((x % 50) - 25) ** 2 + ((y % 50) - 25) ** 2 < 300 ? 16 + Math.floor(x / 50) : 1,
  )
  const item = planItem({ pixels: 'image.cbpx', labels: 'labels.cbpx', range: [[100, 600]] })
  const plan = runPlan({
    augmentation: { rotate: true, elasticPx: 5, noiseSigma: 0.1 },
    optimization: { batch: 2 },
    items: [item, { ...item, role: 'validation', pixels: 'not-there.cbpx' }],
  })
  return { ...plan, input: { ...plan.input, channels: [1] } }
}

test('batches from the thread are those of the sampler on the same files, from any first step, asked for twice or ahead', async () => {
  const plan = runFolder()
  const { planes, close } = openRunPlanes(folder, plan, 'train')
  const sampler = new Sampler(plan, planes)
  const source = new BatchSource(folder, plan, { ahead: 2 })
  try {
    for (const step of [4, 5, 6, 6, 9]) expect(await source.next(step)).toEqual(sampler.batch(step))
    const [next, after] = await Promise.all([source.next(10), source.next(11)])
    expect(next).toEqual(sampler.batch(10))
    expect(after).toEqual(sampler.batch(11))
  } finally {
    await source.close()
    close()
  }
})

test('two steps never share memory', async () => {
  const source = new BatchSource(folder, runFolder())
  try {
    const buffers = new Set<ArrayBufferLike>()
    for (let step = 0; step < 4; step++) {
      const { image, classIndex, weight } = await source.next(step)
      for (const { buffer } of [image, classIndex, weight]) buffers.add(buffer)
    }
    expect(buffers.size).toBe(12)
  } finally {
    await source.close()
  }
})

test('pixels are normalised by the range of the channel that enters', () => {
  const { planes, close } = openRunPlanes(folder, runFolder(), 'train')
  const [value] = planes[0]!.readPixels({ x: 250, y: 50, w: 1, h: 1 })
  expect(value).toBeCloseTo((350 - 100) / 500, 6)
  close()
})

test('what is wrong with the run folder reaches whoever waits for a batch', async () => {
  const missing = new BatchSource(folder, { ...runFolder(), items: [planItem({ pixels: 'gone.cbpx' })] })
  await expect(missing.next(0)).rejects.toMatchObject({ code: 'file-missing' })
  await expect(missing.next(1)).rejects.toBeInstanceOf(AppError)
  await missing.close()
  const plan = runFolder()
  write('labels.cbpx', 'uint32', () => 0)
  const unpainted = new BatchSource(folder, plan)
  await expect(unpainted.next(0)).rejects.toMatchObject({ code: 'not-ready' })
  await unpainted.close()
})

test('a channel the image does not have, and labels of another size, are refused by name', () => {
  const plan = runFolder()
  const channels = { ...plan, input: { ...plan.input, channels: [2] } }
  expect(() => openRunPlanes(folder, channels, 'train')).toThrow(/a.tif has 2 channels/)
  PixelFile.create(join(folder, 'labels.cbpx'), { width: 9, height: 9, channels: 1, sampleType: 'uint32' }).close()
  expect(() => openRunPlanes(folder, plan, 'train')).toThrow(/9 x 9/)
})

test('more planes than a process may hold files open are read in turn', () => {
  const plan = runFolder()
  for (let i = 0; i < 70; i++) write(`labels-${i}.cbpx`, 'uint32', () => 16 + i)
  const items = Array.from({ length: 70 }, (_, i) => ({ ...plan.items[0]!, labels: `labels-${i}.cbpx` }))
  const { planes, close } = openRunPlanes(folder, { ...plan, items }, 'train')
  planes.forEach((plane, i) => {
    expect(plane.readLabels({ x: 5, y: 5, w: 1, h: 1 })[0]).toBe(16 + i)
  })
  close()
})

test('a closed source answers with an error instead of never', async () => {
  const source = new BatchSource(folder, runFolder())
  const waiting = source.next(0)
  await source.close()
  await expect(waiting).rejects.toThrow(/closed/)
  await expect(source.next(1)).rejects.toThrow(/closed/)
})
