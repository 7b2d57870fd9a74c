import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { initialWeights } from '../../../src-main/engine/initial-weights.ts'
import { ORIENTATIONS } from '../../../src-main/engine/orientations.ts'
import { overlapTile, type PlaneSource, tileSideFor, tilesOf } from '../../../src-main/engine/overlap-tile.ts'
import { PredictionNet } from '../../../src-main/engine/prediction-net.ts'
import { UNet } from '../../../src-main/engine/unet.ts'
import { inputSidePx, marginPx, outputSidePx, validTile } from '../../../src-shared/geometry.ts'
import type { UNetPlan } from '../../../src-shared/network-plan.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { Random } from '../../../src-shared/random.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyNetwork } from '../../drivers/network.ts'
import { discs } from '../../drivers/run-folder.ts'

describe('sizes of tiles', () => {
  test('the margin of the paper is 184 pixels, and inputs 16k + 60 give outputs 16k - 124', () => {
    expect(marginPx(4)).toBe(184)
    expect(inputSidePx(4, 32)).toBe(572)
    expect(outputSidePx(4, 32)).toBe(388)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1500 }), (leastPx) => {
        const { inputPx, outputPx } = validTile(4, leastPx)
        expect([(inputPx - 60) % 16, (outputPx + 124) % 16, inputPx - outputPx]).toEqual([0, 0, 184])
        expect(outputPx).toBeGreaterThanOrEqual(leastPx)
        if (outputPx > 4) expect(outputPx - 16).toBeLessThan(leastPx)
      }),
    )
  })

  test('tiles cover each pixel of a part exactly once, from origins at multiples of 2^depth', () => {
    const side = fc.integer({ min: 1, max: 150 })
    const part = fc.record({ x: fc.nat(70), y: fc.nat(70), w: side, h: side })
    fc.assert(
      fc.property(part, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 130 }), (part, depth, tilePx) => {
        const step = 2 ** depth
        const seen = new Map<string, number>()
        for (const tile of tilesOf(part, depth, tilePx)) {
          expect([tile.x % step, tile.y % step]).toEqual([0, 0])
          expect(Math.max(tile.w, tile.h)).toBeLessThanOrEqual(Math.max(step, tilePx))
          for (let y = tile.y; y < tile.y + tile.h; y++) {
            for (let x = tile.x; x < tile.x + tile.w; x++) seen.set(`${x} ${y}`, (seen.get(`${x} ${y}`) ?? 0) + 1)
          }
        }
        // The upper left corner is rounded down to the grid, nothing lies beyond the lower right one.
        const [left, top] = [part.x - (part.x % step), part.y - (part.y % step)]
        expect(seen.size).toBe((part.x + part.w - left) * (part.y + part.h - top))
        expect([...seen.values()].every((times) => times === 1)).toBe(true)
        expect(seen.has(`${left} ${top}`) && seen.has(`${part.x + part.w - 1} ${part.y + part.h - 1}`)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('the side of a tile grows with memory, within bounds, in steps of 2^depth', () => {
    const paper = tinyNetwork({ depth: 4, baseWidth: 64 })
    expect(tileSideFor(paper, 1)).toBe(16)
    expect(tileSideFor(paper, 1e15)).toBe(2048)
    expect(tileSideFor(paper, 1e15, 512)).toBe(512)
    let before = 0
    for (let bytes = 2 ** 20; bytes < 2 ** 36; bytes *= 1.7) {
      const side = tileSideFor(paper, bytes)
      expect(side % 16).toBe(0)
      expect(side).toBeGreaterThanOrEqual(before)
      // The merge of the uppermost level, 2 x 64 channels in and 64 out, has to fit.
      if (side > 16) expect((side + 184) ** 2 * 4 * 3 * 64).toBeLessThan(bytes)
      before = side
    }
  })
})

/** Discs, stretched by hand so that the mean is about 0. */
function sourceOf(width: number, height: number, seed: number): PlaneSource & { pixels: Float32Array } {
  const pixels = Float32Array.from(discs(width, height, seed).pixels, (value) => (value - 500) / 300)
  return {
    width,
    height,
    pixels,
    readPixels(rect) {
      if (rect.x < 0 || rect.y < 0 || rect.x + rect.w > width || rect.y + rect.h > height)
        throw new Error('a rectangle outside the plane was read')
      const data = new Float32Array(rect.w * rect.h)
      for (let y = 0; y < rect.h; y++)
        data.set(pixels.subarray((rect.y + y) * width + rect.x, (rect.y + y) * width + rect.x + rect.w), y * rect.w)
      return data
    },
  }
}

/** Where a pixel outside a row of `size` is mirrored to, by walking there and turning round at each end. */
function bounce(index: number, size: number): number {
  if (size === 1) return 0
  let [at, direction] = [0, index < 0 ? -1 : 1]
  for (let left = Math.abs(index); left > 0; left--) {
    if (at + direction < 0 || at + direction >= size) direction = -direction
    at += direction
  }
  return at
}

describe.skipIf(!hasNative)(onNative('overlap-tile prediction'), () => {
  const plan: UNetPlan = tinyNetwork({ depth: 3, baseWidth: 4, batchNorm: true })
  const margin = marginPx(plan.depth)
  const kernels = hasNative ? nativeKernels() : null!
  let net: PredictionNet

  beforeAll(async () => {
    net = new PredictionNet(kernels, plan, await trainedWeights())
  }, 60_000)

  /** Some steps of Adam on discs, until the probabilities are far from even. */
  async function trainedWeights(): Promise<Map<string, Float32Array>> {
    const unet = new UNet(kernels, plan, initialWeights(plan, 1))
    const zeros = (shape: readonly number[]) => new Float32Array(shape.reduce((product, side) => product * side, 1))
    const moments = new Map(
      [...unet.variables].map(([name, { shape }]) => [
        name,
        [0, 1].map(() => kernels.createVariable(name, zeros(shape), shape)) as [never, never],
      ]),
    )
    const { inputPx, outputPx } = validTile(plan.depth, 40)
    for (let step = 1; step <= 80; step++) {
      const { pixels, labels } = discs(inputPx, inputPx, 100 + step)
      const centre = Int32Array.from({ length: outputPx ** 2 }, (_, i) => {
        const [x, y] = [(i % outputPx) + margin / 2, Math.floor(i / outputPx) + margin / 2]
        return labels[y * inputPx + x]! > 0 ? 1 : 0
      })
      const batch = {
        image: kernels.upload(
          Float32Array.from(pixels, (value) => (value - 500) / 300),
          [1, inputPx, inputPx, 1],
        ),
        classIndex: kernels.uploadIndices(centre, [1, outputPx, outputPx]),
        weight: kernels.upload(new Float32Array(outputPx ** 2).fill(1), [1, outputPx, outputPx]),
      }
      const { energy, gradients } = unet.energyAndGradients(batch, null, step)
      for (const [name, gradient] of gradients) {
        kernels.adamStep(unet.variables.get(name)!, ...moments.get(name)!, gradient, 0.01, step)
        kernels.free(gradient)
      }
      kernels.free(energy, batch.image, batch.classIndex, batch.weight)
    }
    const weights = new Map<string, Float32Array>()
    for (const [name, variable] of [...unet.variables, ...unet.statistics])
      weights.set(name, await kernels.readVariable(variable))
    return weights
  }

  /** `[K, h, w]` of the plane, or of its part. */
  async function predicted(source: PlaneSource, tilePx: number, average = false): Promise<Float32Array> {
    const { width, height } = source
    const found = new Float32Array(2 * width * height).fill(Number.NaN)
    await overlapTile(net, source, { tilePx, average }, (rect, values) => place(found, source, rect, values))
    return found
  }

  function place(all: Float32Array, { width, height }: PlaneSource, rect: Rect, values: Float32Array): void {
    for (let k = 0; k < 2; k++) {
      for (let y = 0; y < rect.h; y++) {
        const row = values.subarray((k * rect.h + y) * rect.w, (k * rect.h + y + 1) * rect.w)
        all.set(row, k * width * height + (rect.y + y) * width + rect.x)
      }
    }
  }

  /** The whole plane and its mirrored surroundings, made pixel by pixel, through the network in one pass. */
  async function inOnePass(source: PlaneSource & { pixels: Float32Array }, turn = ORIENTATIONS[0]!) {
    const { width, height, pixels } = source
    const [w, h] = [validTile(plan.depth, width).inputPx, validTile(plan.depth, height).inputPx]
    const mirroredPixel = (x: number, y: number) =>
      pixels[bounce(y - margin / 2, height) * width + bounce(x - margin / 2, width)]!
    // As a picture is turned on a table: where pixel (x, y) of the turned picture was before.
    const before = (x: number, y: number, [fullW, fullH]: [number, number]): [number, number] => {
      const [mx, my] = [turn.mirrorX ? fullW - 1 - x : x, turn.mirrorY ? fullH - 1 - y : y]
      return turn.transpose ? [my, mx] : [mx, my]
    }
    const size: [number, number] = turn.transpose ? [h, w] : [w, h]
    const image = new Float32Array(w * h)
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++) image[y * size[0] + x] = mirroredPixel(...before(x, y, size))
    }
    const input = kernels.upload(image, [1, size[1], size[0], 1])
    const output = net.probabilities(input)
    const values = await kernels.read(output)
    kernels.free(input, output)
    const out: [number, number] = [size[0] - margin, size[1] - margin]
    const found = new Float32Array(2 * width * height)
    for (let y = 0; y < out[1]; y++) {
      for (let x = 0; x < out[0]; x++) {
        const [x0, y0] = before(x, y, out)
        if (x0 >= width || y0 >= height) continue
        for (let k = 0; k < 2; k++) found[(k * height + y0) * width + x0] = values[2 * (y * out[0] + x) + k]!
      }
    }
    return found
  }

  const random = new Random(2024, 0, 3)
  const sizes = [
    { width: 1, height: 61 },
    { width: 13, height: 7 },
    { width: 40 + random.integer(40), height: 40 + random.integer(40) },
    { width: 90 + random.integer(60), height: 50 + random.integer(40) },
    { width: 8 * (12 + random.integer(6)), height: 101 + random.integer(60) },
  ]

  test('the network that is tested is far from even', async () => {
    const foreground = (await predicted(sourceOf(120, 100, 5), 256)).subarray(12_000)
    const mean = foreground.reduce((sum, p) => sum + p, 0) / 12_000
    const deviation = Math.sqrt(foreground.reduce((sum, p) => sum + (p - mean) ** 2, 0) / 12_000)
    expect(deviation).toBeGreaterThan(0.2)
  })

  test.each(sizes)('of $width x $height does not depend on the tiling and is that of one pass', async (size) => {
    const source = sourceOf(size.width, size.height, size.width)
    const expected = await inOnePass(source)
    const live = kernels.liveTensors()
    const tilings = [await predicted(source, 1000), await predicted(source, 40), await predicted(source, 24)]
    expect(kernels.liveTensors()).toBe(live)
    for (const found of tilings) expect(furthest(found, expected)).toBeLessThanOrEqual(1e-5)
    expect(furthest(tilings[1]!, tilings[2]!)).toBeLessThanOrEqual(1e-5)
  })

  test('the same comparison fails by far for tiles padded with zeros and for tiles shifted by 8 pixels', async () => {
    const source = sourceOf(110, 90, 9)
    const expected = await inOnePass(source)
    expect(furthest(await predictedWrongly(source, { shiftPx: 0 }), expected)).toBeLessThanOrEqual(1e-5)
    expect(furthest(await predictedWrongly(source, { shiftPx: 8 }), expected)).toBeGreaterThan(1e-3)
    expect(furthest(await predictedWrongly(source, { shiftPx: 0, isZeroPadded: true }), expected)).toBeGreaterThan(1e-3)
    // Off the pooling grid the result differs too: this is why tiles begin at multiples of 2^depth.
    expect(furthest(await predictedWrongly(source, { shiftPx: 0, firstPx: 3 }), expected)).toBeGreaterThan(1e-3)
  })

  /** Tiles of 40 pixels by hand, with each way to get them wrong. */
  async function predictedWrongly(
    source: PlaneSource & { pixels: Float32Array },
    { shiftPx, isZeroPadded = false, firstPx = 40 }: { shiftPx: number; isZeroPadded?: boolean; firstPx?: number },
  ) {
    const { width, height, pixels } = source
    const { inputPx, outputPx } = validTile(plan.depth, 40)
    const found = new Float32Array(2 * width * height)
    const origins = (length: number) => [0, ...range(firstPx, length, 40)]
    for (const top of origins(height)) {
      for (const left of origins(width)) {
        const image = new Float32Array(inputPx ** 2)
        for (let y = 0; y < inputPx; y++) {
          for (let x = 0; x < inputPx; x++) {
            const [px, py] = [left - margin / 2 + x + shiftPx, top - margin / 2 + y + shiftPx]
            const isInTile = px >= left && py >= top && px < left + outputPx && py < top + outputPx
            const value = pixels[bounce(py, height) * width + bounce(px, width)]!
            image[y * inputPx + x] = isZeroPadded && !isInTile ? 0 : value
          }
        }
        const input = kernels.upload(image, [1, inputPx, inputPx, 1])
        const output = net.probabilities(input)
        const values = await kernels.read(output)
        kernels.free(input, output)
        for (let y = top; y < Math.min(height, top + 40); y++) {
          for (let x = left; x < Math.min(width, left + 40); x++) {
            for (let k = 0; k < 2; k++)
              found[(k * height + y) * width + x] = values[2 * ((y - top) * outputPx + x - left) + k]!
          }
        }
      }
    }
    return found
  }

  test('the mean over 8 orientations is that of the whole picture turned, in every tiling', async () => {
    const source = sourceOf(70, 53, 21)
    const expected = new Float32Array(2 * 70 * 53)
    for (const orientation of ORIENTATIONS) {
      const turned = await inOnePass(source, orientation)
      for (const [i, p] of turned.entries()) expected[i]! += p / 8
    }
    expect(ORIENTATIONS).toHaveLength(8)
    expect(furthest(await inOnePass(source), expected)).toBeGreaterThan(1e-3) // averaging does something
    for (const tilePx of [100, 32]) expect(furthest(await predicted(source, tilePx, true), expected)).toBeLessThan(1e-5)
  })

  test('a part of a plane has the values it has within the whole', async () => {
    const source = sourceOf(100, 80, 31)
    const whole = await predicted(source, 1000)
    const part = { x: 19, y: 26, w: 40, h: 30 }
    const found = new Float32Array(whole.length).fill(Number.NaN)
    await overlapTile(net, source, { tilePx: 24, average: false, part }, (rect, p) => place(found, source, rect, p))
    for (let y = part.y; y < part.y + part.h; y++) {
      for (let x = part.x; x < part.x + part.w; x++)
        expect(Math.abs(found[y * 100 + x]! - whole[y * 100 + x]!)).toBeLessThanOrEqual(1e-5)
    }
  })

  test('tells how far it is, and stops between tiles when asked', async () => {
    const source = sourceOf(64, 64, 41)
    const told: [number, number][] = []
    const controller = new AbortController()
    const prediction = overlapTile(
      net,
      source,
      { tilePx: 32, average: false, signal: controller.signal },
      (_, __, done, total) => {
        told.push([done, total])
        if (done === 2) controller.abort(new Error('enough'))
      },
    )
    await expect(prediction).rejects.toThrow('enough')
    expect(told).toEqual([
      [1, 4],
      [2, 4],
    ])
  })

  test('averaging eight views, it hears between two of them that it is to stop, and leaves no tensor behind', async () => {
    const controller = new AbortController()
    const passes = vi.spyOn(net, 'probabilities').mockImplementation(function (this: PredictionNet, image) {
      setImmediate(() => controller.abort(new Error('enough'))) // as a frame from the host comes
      return PredictionNet.prototype.probabilities.call(this, image)
    })
    const live = kernels.liveTensors()
    const how = { tilePx: 64, average: true, signal: controller.signal }
    try {
      await expect(overlapTile(net, sourceOf(64, 64, 41), how, () => {})).rejects.toThrow('enough')
      expect([passes.mock.calls.length, kernels.liveTensors()]).toEqual([1, live])
    } finally {
      passes.mockRestore()
    }
  })
})

/** Largest difference; infinite when a pixel was never predicted. */
function furthest(found: Float32Array, expected: Float32Array): number {
  let most = 0
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(value - found[i]!)
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY
    most = Math.max(most, difference)
  }
  return most
}

const range = (start: number, end: number, step: number) =>
  Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step)
