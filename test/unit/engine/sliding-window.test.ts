import { describe, expect, test } from 'vitest'
import { initialWeights } from '../../../src-main/engine/initial-weights.ts'
import type { PlaneSource } from '../../../src-main/engine/overlap-tile.ts'
import { slidingWindow } from '../../../src-main/engine/sliding-window.ts'
import { WindowNet } from '../../../src-main/engine/window-net.ts'
import type { PatchClassifierPlan } from '../../../src-shared/network-plan.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyClassifier, variedWeights } from '../../drivers/network.ts'
import { readNetworkFixture } from '../../drivers/network-fixture.ts'
import { at, convolve, maxPool, randomValues, softmax, type Values } from './kernels-reference.ts'

type Weights = Map<string, Float32Array>

/** The classes' probabilities of one window, by the definitions, in float64. */
function answer(plan: PatchClassifierPlan, weights: Weights, window: Values): Float64Array {
  const values = (name: string, ...shape: number[]): Values => ({ shape, data: Float64Array.from(weights.get(name)!) })
  const relu = ({ shape, data }: Values): Values => ({ shape, data: data.map((value) => Math.max(0, value)) })
  const layer = (name: string, x: Values, side: number, to: number) =>
    convolve(x, values(`${name}/kernel`, side, side, x.shape[3]!, to), values(`${name}/bias`, to), false)
  let x = maxPool(relu(layer('stage0', window, 4, plan.maps))) // 23 -> 20 -> 10
  x = maxPool(relu(layer('stage1', x, 5, plan.maps))) // 10 -> 6 -> 3
  x = relu(layer('hidden', x, 3, plan.hidden))
  return softmax(layer('head', x, 1, plan.classes)).data
}

/** A small plane of random values that notices reading outside it. */
function plane(width: number, height: number, channels: number): PlaneSource & { values: Values } {
  const values = randomValues([channels, height, width], 3)
  return {
    width,
    height,
    values,
    readPixels({ x, y, w, h }) {
      expect(x >= 0 && y >= 0 && x + w <= width && y + h <= height, 'reads outside the plane').toBe(true)
      const out = new Float32Array(channels * w * h)
      for (let to = 0; to < out.length; to++)
        out[to] = at(values, Math.floor(to / (w * h)), y + (Math.floor(to / w) % h), x + (to % w))
      return out
    },
  }
}

/** ... 2 1 | 0 1 2 | 1 0 ... by walking there step by step. */
function mirrorWalk(index: number, size: number): number {
  let [place, step] = [0, index < 0 ? -1 : 1]
  for (let left = Math.abs(index); left > 0; left--) {
    if (size > 1 && (place + step < 0 || place + step >= size)) step = -step
    place += size > 1 ? step : 0
  }
  return place
}

/** The window around a pixel, `[1, side, side, C]`, after `turn` of its offsets from the centre. */
function windowAt(
  { values, width, height }: ReturnType<typeof plane>,
  { x, y, side }: { x: number; y: number; side: number },
  turn: (u: number, v: number) => [number, number],
): Values {
  const channels = values.shape[0]!
  const half = (side - 1) / 2
  const data = new Float64Array(side * side * channels)
  for (let row = 0, to = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [u, v] = turn(column - half, row - half)
      for (let c = 0; c < channels; c++, to++)
        data[to] = at(values, c, mirrorWalk(y + v, height), mirrorWalk(x + u, width))
    }
  }
  return { shape: [1, side, side, channels], data }
}

const upright = (u: number, v: number): [number, number] => [u, v]
const turns: ((u: number, v: number) => [number, number])[] = [-1, 1].flatMap((a) =>
  [-1, 1].flatMap((b) => [
    (u: number, v: number): [number, number] => [a * u, b * v],
    (u: number, v: number): [number, number] => [a * v, b * u],
  ]),
)

async function predicted(net: WindowNet, source: PlaneSource, options: { average: boolean; part?: Rect }) {
  const { classes } = net.plan
  const { x, y, w, h } = options.part ?? { x: 0, y: 0, w: source.width, h: source.height }
  const found = new Float64Array(classes * w * h).fill(Number.NaN)
  const progress: [number, number][] = []
  await slidingWindow(net, source, options, (rect, p, done, total) => {
    progress.push([done, total])
    for (let i = 0; i < p.length; i++) {
      const [c, row, column] = [Math.floor(i / (rect.w * rect.h)), Math.floor(i / rect.w) % rect.h, i % rect.w]
      const to = (c * h + rect.y - y + row) * w + rect.x - x + column
      expect(found[to], 'a pixel predicted twice').toBeNaN()
      found[to] = p[i]!
    }
  })
  return { found, progress }
}

describe.skipIf(!hasNative)(onNative('the sliding window'), () => {
  test("gives each window PyTorch's answer", async () => {
    const { plan, weights, image, logits } = readNetworkFixture('classifier')
    const kernels = nativeKernels()
    const net = new WindowNet(kernels, plan as PatchClassifierPlan, weights)
    const windows = kernels.upload(image.values, image.shape)
    const output = net.probabilities(windows)
    const found = await kernels.read(output)
    const expected = softmax({ shape: [5, 1, 1, 3], data: Float64Array.from(logits) }).data
    for (const [i, p] of expected.entries()) expect(found[i]).toBeCloseTo(p, 5)
    kernels.free(windows, output)
    net.dispose()
    expect(kernels.liveTensors()).toBe(0)
  })

  const plan = tinyClassifier({ inputChannels: 2, classes: 3 })
  const weights = hasNative ? variedWeights(plan, 8) : (new Map() as Weights)

  test.each([
    { name: 'larger than a tile, at each 11th pixel,', width: 37, height: 34, average: false, every: 11 },
    { name: 'smaller than the window', width: 5, height: 3, average: false, every: 1 },
    { name: 'of one pixel', width: 1, height: 1, average: false, every: 1 },
    { name: 'averaged over the eight orientations', width: 4, height: 3, average: true, every: 1 },
  ])('of a plane $name is the pixel’s own window by the definitions', async ({ width, height, average, every }) => {
    const kernels = nativeKernels()
    const net = new WindowNet(kernels, plan, weights)
    const source = plane(width, height, 2)
    const { found } = await predicted(net, source, { average })
    expect(found.some(Number.isNaN), 'a pixel without an answer').toBe(false)
    let worst = 0
    for (let pixel = 0; pixel < width * height; pixel += every) {
      const place = { x: pixel % width, y: Math.floor(pixel / width), side: 23 }
      const expected = new Float64Array(3)
      const orientations = average ? turns : [upright]
      for (const turn of orientations) {
        const p = answer(plan, weights, windowAt(source, place, turn))
        for (const k of expected.keys()) expected[k]! += p[k]! / orientations.length
      }
      for (const [k, p] of expected.entries()) worst = Math.max(worst, Math.abs(p - found[k * width * height + pixel]!))
    }
    expect(worst).toBeLessThan(1e-5)
    net.dispose()
    expect(kernels.liveTensors()).toBe(0)
  })

  test('of a part is that part of the whole, and progress counts up to the total', async () => {
    const net = new WindowNet(nativeKernels(), plan, weights)
    const source = plane(70, 40, 2)
    const whole = await predicted(net, source, { average: false })
    const total = whole.progress.length
    expect(total).toBeGreaterThan(1)
    expect(whole.progress).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]))
    const part = { x: 33, y: 7, w: 20, h: 11 }
    const { found } = await predicted(net, source, { average: false, part })
    for (const [i, p] of found.entries()) {
      const [c, row, column] = [Math.floor(i / (20 * 11)), Math.floor(i / 20) % 11, i % 20]
      expect(p).toBeCloseTo(whole.found[(c * 40 + part.y + row) * 70 + part.x + column]!, 5)
    }
  })

  test('ends with the reason when it is stopped, and leaves no tensor behind', async () => {
    const kernels = nativeKernels()
    const net = new WindowNet(kernels, plan, initialWeights(plan, 1))
    const stop = new AbortController()
    const before = kernels.liveTensors()
    const how = { average: false, signal: stop.signal }
    const ending = slidingWindow(net, plane(70, 40, 2), how, () => stop.abort(new Error('enough')))
    await expect(ending).rejects.toThrow('enough')
    expect(kernels.liveTensors()).toBe(before)
  })
})
