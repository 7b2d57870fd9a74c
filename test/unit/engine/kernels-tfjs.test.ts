import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { DeviceTensor, Kernels, Padding } from '../../../src-main/engine/kernels.ts'
import { openTfjsCpu } from '../../../src-main/engine/tfjs-cpu.ts'
import { openWebgpu } from '../../../src-main/engine/webgpu.ts'
import { softwareVulkan } from '../engine-process/software-vulkan.ts'
import * as reference from './kernels-reference.ts'
import { at, numericGradient, randomValues, type Values } from './kernels-reference.ts'

vi.setConfig({ testTimeout: 300_000 }) // a software driver compiles each shader first

const webgpu = softwareVulkan()
const backends = [
  { name: 'plain JavaScript', isPresent: true, open: openTfjsCpu },
  {
    name: `WebGPU${webgpu ? '' : ' (no software Vulkan driver: apt-get install chromium)'}`,
    isPresent: webgpu,
    open: async () => (await openWebgpu()).kernels,
  },
]

for (const { name, isPresent, open } of backends) {
  describe.skipIf(!isPresent)(name, () => {
    let kernels: Kernels
    beforeAll(async () => {
      kernels = await open()
    })

    const upload = ({ shape, data }: Values) => kernels.upload(Float32Array.from(data), shape)
    /** Asserts equal shape and values, and frees. */
    async function expectClose(got: DeviceTensor, expected: Values, tolerance = 2e-5): Promise<void> {
      const values = await kernels.read(got)
      expect([...got.shape]).toEqual(expected.shape)
      kernels.free(got)
      const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0)
      expect(worst).toBeLessThan(tolerance)
    }

    describe.each<{ padding: Padding; side: number }>([
      { padding: 'valid', side: 3 },
      { padding: 'same', side: 3 },
      { padding: 'valid', side: 1 },
    ])('a $side x $side convolution, $padding', ({ padding, side }) => {
      const x = randomValues([2, 6, 5, 3], 1)
      const kernel = randomValues([side, side, 3, 4], 2)
      const bias = randomValues([4], 3)
      const forward = () => reference.convolve(x, kernel, bias, padding === 'same')
      const pull = randomValues(forward().shape, 4)

      test('is the definition', () =>
        expectClose(kernels.convolve(upload(x), upload(kernel), upload(bias), false, padding), forward()))
      test('with ReLU cuts at zero', () => {
        const { shape, data } = forward()
        const expected = { shape, data: data.map((value) => Math.max(0, value)) }
        return expectClose(kernels.convolve(upload(x), upload(kernel), upload(bias), true, padding), expected)
      })
      test('without bias is the definition', () =>
        expectClose(
          kernels.convolve(upload(x), upload(kernel), null, false, padding),
          reference.convolve(x, kernel, null, padding === 'same'),
        ))
      test('has the numeric input gradient', () =>
        expectClose(
          kernels.convolveInputGradient(x.shape, upload(kernel), upload(pull), padding),
          numericGradient(x, pull, forward),
        ))
      test('has the numeric kernel gradient', () =>
        expectClose(
          kernels.convolveKernelGradient(upload(x), kernel.shape, upload(pull), padding),
          numericGradient(kernel, pull, forward),
        ))
      test('has the numeric bias gradient', () =>
        expectClose(kernels.biasGradient(upload(pull)), numericGradient(bias, pull, forward)))
    })

    test('a kernel of many weights has the same gradient, which other code computes', async () => {
      const [x, g] = [randomValues([1, 3, 4, 72], 30), randomValues([1, 3, 4, 120], 31)]
      const found = await kernels.read(kernels.convolveKernelGradient(upload(x), [3, 3, 72, 120], upload(g), 'same'))
      // By the definition at a few places: sum over pixels of x, shifted, times g.
      for (const [r, s, i, o] of [
        [0, 0, 0, 0],
        [1, 1, 7, 9],
        [2, 0, 71, 119],
        [0, 2, 30, 60],
      ] as const) {
        let sum = 0
        for (let y = 0; y < 3; y++)
          for (let x0 = 0; x0 < 4; x0++) sum += at(x, 0, y + r - 1, x0 + s - 1, i) * at(g, 0, y, x0, o)
        expect(found[((r * 3 + s) * 72 + i) * 120 + o]).toBeCloseTo(sum, 4)
      }
    })

    describe('the up-convolution', () => {
      const x = randomValues([2, 3, 4, 6], 5)
      const kernel = randomValues([2, 2, 3, 6], 6)
      const bias = randomValues([3], 7)
      const forward = () => reference.upConvolve(x, kernel, bias)
      const pull = randomValues(forward().shape, 8)

      test('is the definition', () =>
        expectClose(kernels.upConvolve(upload(x), upload(kernel), upload(bias)), forward()))
      test('has the numeric input gradient', () =>
        expectClose(kernels.upConvolveInputGradient(upload(kernel), upload(pull)), numericGradient(x, pull, forward)))
      test('has the numeric kernel gradient', () =>
        expectClose(kernels.upConvolveKernelGradient(upload(x), upload(pull)), numericGradient(kernel, pull, forward)))
    })

    describe('max pooling', () => {
      const x = randomValues([2, 4, 6, 3], 9)
      const pull = randomValues([2, 2, 3, 3], 10)

      test('is the definition', () => expectClose(kernels.maxPool(upload(x)), reference.maxPool(x)))
      test('has the numeric gradient', () =>
        expectClose(
          kernels.maxPoolGradient(upload(x), upload(reference.maxPool(x)), upload(pull)),
          numericGradient(x, pull, () => reference.maxPool(x)),
        ))
      test('shares the gradient among equal maxima', () => {
        const flat = { shape: [1, 2, 2, 1], data: Float64Array.of(0, 3, 3, 3) }
        const top = { shape: [1, 1, 1, 1], data: Float64Array.of(3) }
        const one = { shape: [1, 1, 1, 1], data: Float64Array.of(6) }
        const expected = { shape: [1, 2, 2, 1], data: Float64Array.of(0, 2, 2, 2) }
        return expectClose(kernels.maxPoolGradient(upload(flat), upload(top), upload(one)), expected)
      })
    })

    test('the ReLU gradient passes only where the output is positive', () => {
      const output = { shape: [1, 1, 2, 2], data: Float64Array.of(0, 0.5, 0, 2) }
      const gradient = { shape: [1, 1, 2, 2], data: Float64Array.of(1, 2, 3, -4) }
      const expected = { shape: [1, 1, 2, 2], data: Float64Array.of(0, 2, 0, -4) }
      return expectClose(kernels.reluGradient(upload(gradient), upload(output)), expected)
    })

    test('a crop keeps the centre, and padding puts it back', async () => {
      const x = { shape: [1, 4, 5, 1], data: Float64Array.from({ length: 20 }, (_, i) => i) }
      const crop = kernels.centreCrop(upload(x), 2, 1)
      const padded = kernels.centrePad(crop, 4, 5)
      await expectClose(crop, { shape: [1, 2, 1, 1], data: Float64Array.of(7, 12) })
      const expected = new Float64Array(20)
      expected[7] = 7
      expected[12] = 12
      await expectClose(padded, { shape: [1, 4, 5, 1], data: expected })
    })

    test('a crop to the same size is a tensor of its own', async () => {
      const x = upload(randomValues([1, 2, 2, 1], 11))
      const crop = kernels.centreCrop(x, 2, 2)
      const pad = kernels.centrePad(crop, 2, 2)
      kernels.free(x, crop)
      await expectClose(pad, randomValues([1, 2, 2, 1], 11))
    })

    test('concatenated channels come apart again', async () => {
      const [a, b] = [randomValues([2, 2, 3, 2], 12), randomValues([2, 2, 3, 4], 13)]
      const joined = kernels.concat(upload(a), upload(b))
      await expectClose(kernels.sliceChannels(joined, 0, 2), a)
      await expectClose(kernels.sliceChannels(joined, 2, 4), b)
    })

    describe('batch normalisation', () => {
      const x = randomValues([2, 3, 5, 4], 14)
      for (const [i, value] of x.data.entries()) x.data[i] = value * (1 + (i % 4)) + 3
      const gamma = randomValues([4], 15)
      const beta = randomValues([4], 16)
      const forward = () => reference.batchNorm(x, gamma, beta, 1e-3)
      const pull = randomValues(x.shape, 17)

      test('and its gradients are the definition', async () => {
        const [deviceX, deviceGamma] = [upload(x), upload(gamma)]
        const { output, statistics } = kernels.batchNorm(deviceX, deviceGamma, upload(beta), 1e-3)
        const gradients = kernels.batchNormGradient(deviceX, deviceGamma, statistics, upload(pull), 1e-3)
        await expectClose(output, forward())
        await expectClose(gradients.input, numericGradient(x, pull, forward))
        await expectClose(gradients.gamma, numericGradient(gamma, pull, forward), 1e-4)
        await expectClose(gradients.beta, numericGradient(beta, pull, forward), 1e-4)
        kernels.free(statistics.mean, statistics.variance)
      })
    })

    describe('the energy', () => {
      const logits = randomValues([2, 3, 2, 3], 18)
      for (const [i, value] of logits.data.entries()) logits.data[i] = value * 8
      const classes = Int32Array.of(0, 1, 2, 2, 1, 0, 0, 0, 1, 1, 2, 2)
      const weight = { shape: [2, 3, 2], data: Float64Array.of(1, 0, 2, 0.5, 3, 0, 1, 11, 0, 1, 1, 2) }
      const one = { shape: [], data: Float64Array.of(1) }
      const forward = () => ({ shape: [], data: Float64Array.of(reference.energy(logits, classes, weight)) })

      test('and its gradient are those of eq. 1 over the area', async () => {
        const result = kernels.energy(upload(logits), kernels.uploadIndices(classes, [2, 3, 2]), upload(weight))
        await expectClose(result.energy, forward())
        await expectClose(result.gradient, numericGradient(logits, one, forward))
      })
      test('stays finite for logits that would overflow', async () => {
        const large = { shape: [1, 1, 1, 2], data: Float64Array.of(500, -500) }
        const result = kernels.energy(
          upload(large),
          kernels.uploadIndices(Int32Array.of(1), [1, 1, 1]),
          upload({ shape: [1, 1, 1], data: Float64Array.of(1) }),
        )
        await expectClose(result.energy, { shape: [], data: Float64Array.of(1000) }, 1e-3)
        await expectClose(result.gradient, { shape: [1, 1, 1, 2], data: Float64Array.of(1, -1) })
      })
      test('a pixel of weight 0 has exactly zero gradient', async () => {
        const result = kernels.energy(upload(logits), kernels.uploadIndices(classes, [2, 3, 2]), upload(weight))
        const gradient = await kernels.read(result.gradient)
        weight.data.forEach((w, i) => {
          const sum = [0, 1, 2].reduce((total, k) => total + Math.abs(gradient[i * 3 + k]!), 0)
          expect(sum === 0).toBe(w === 0)
        })
      })
      test('softmax is the definition', () => expectClose(kernels.softmax(upload(logits)), reference.softmax(logits)))
    })

    describe('a weight', () => {
      const start = () => Float32Array.of(1, -2, 3)
      const gradient = () => upload({ shape: [3], data: Float64Array.of(0.5, -1, 0) })

      test('moves with momentum as the update says', async () => {
        const weight = kernels.createVariable('w', start(), [3])
        const accumulation = kernels.createVariable('a', new Float32Array(3), [3])
        for (let step = 0; step < 2; step++) kernels.momentumStep(weight, accumulation, gradient(), 0.1, 0.9)
        expect(await kernels.readVariable(accumulation)).toEqual(Float32Array.of(0.95, -1.9, 0))
        const moved = await kernels.readVariable(weight)
        const expected = [1 - 0.05 - 0.095, -2 + 0.1 + 0.19, 3]
        for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value, 6)
      })

      test('moves with Adam as Kingma and Ba say', async () => {
        const [weight, first, second] = ['w', 'm', 'v'].map((name) =>
          kernels.createVariable(name, name === 'w' ? start() : new Float32Array(3), [3]),
        ) as [
          ReturnType<Kernels['createVariable']>,
          ReturnType<Kernels['createVariable']>,
          ReturnType<Kernels['createVariable']>,
        ]
        const expected = [...start()]
        const [m, v] = [
          [0, 0, 0],
          [0, 0, 0],
        ]
        for (let step = 1; step <= 3; step++) {
          const g = [0.5 * step, -1, 0]
          kernels.adamStep(weight, first, second, upload({ shape: [3], data: Float64Array.from(g) }), 0.01, step)
          g.forEach((value, i) => {
            m![i] = 0.9 * m![i]! + 0.1 * value
            v![i] = 0.999 * v![i]! + 0.001 * value ** 2
            expected[i]! -= (0.01 * (m![i]! / (1 - 0.9 ** step))) / (Math.sqrt(v![i]! / (1 - 0.999 ** step)) + 1e-7)
          })
        }
        const moved = await kernels.readVariable(weight)
        for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value, 5)
      })

      test('can be averaged, scaled, assigned and read', async () => {
        const weight = kernels.createVariable('w', start(), [3])
        kernels.blend(weight, gradient(), 0.75)
        expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(0.875, -1.75, 2.25))
        kernels.scale(weight, 2)
        expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(1.75, -3.5, 4.5))
        kernels.assignVariable(weight, start())
        expect(await kernels.readVariable(weight)).toEqual(start())
      })

      test('keeps its old value in a tensor taken before a step', async () => {
        const weight = kernels.createVariable('w', start(), [3])
        const before = kernels.value(weight)
        kernels.scale(weight, 0)
        expect(await kernels.read(before)).toEqual(start())
      })
    })

    test('values handed out or in may be changed without changing the weight', async () => {
      const values = Float32Array.of(1, 2)
      const weight = kernels.createVariable('w', values, [2])
      values[0] = 99
      ;(await kernels.readVariable(weight))[1] = 99
      expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(1, 2))
    })

    test('every operation leaves exactly its results behind', async () => {
      const x = upload(randomValues([1, 4, 4, 2], 20))
      const kernel = upload(randomValues([3, 3, 2, 2], 21))
      const up = upload(randomValues([2, 2, 2, 2], 22))
      const c = upload(randomValues([2], 23))
      const classes = kernels.uploadIndices(new Int32Array(16), [1, 4, 4])
      const weight = upload(randomValues([1, 4, 4], 24))
      const [w, a, b] = ['w', 'a', 'b'].map((name) => kernels.createVariable(name, new Float32Array(2), [2]))
      const round = () => {
        const pooled = kernels.maxPool(x)
        const { output, statistics } = kernels.batchNorm(x, c, c, 1e-3)
        const gradients = kernels.batchNormGradient(x, c, statistics, x, 1e-3)
        const loss = kernels.energy(x, classes, weight)
        const big = kernels.upConvolve(x, up, c)
        kernels.free(
          kernels.convolve(x, kernel, c, true, 'same'),
          kernels.convolveInputGradient(x.shape, kernel, x, 'same'),
          kernels.convolveKernelGradient(x, kernel.shape, x, 'same'),
          kernels.biasGradient(x),
          kernels.relu(x),
          kernels.reluGradient(x, x),
          kernels.maxPoolGradient(x, pooled, pooled),
          kernels.upConvolveInputGradient(up, big),
          kernels.upConvolveKernelGradient(x, big),
          kernels.centreCrop(x, 2, 2),
          kernels.centreCrop(x, 4, 4),
          kernels.centrePad(x, 6, 6),
          kernels.concat(x, x),
          kernels.sliceChannels(x, 0, 1),
          kernels.add(x, x),
          kernels.multiply(x, x),
          kernels.softmax(x),
          kernels.value(w!),
        )
        kernels.momentumStep(w!, a!, c, 0.1, 0.9)
        kernels.adamStep(w!, a!, b!, c, 0.1, 1)
        kernels.blend(w!, c, 0.5)
        kernels.scale(w!, 0.5)
        kernels.free(pooled, output, ...Object.values(statistics), ...Object.values(gradients))
        kernels.free(big, loss.energy, loss.gradient)
      }
      round() // fills the cache of scalars
      const [live, all] = [kernels.liveTensors(), tf.memory().numTensors]
      round()
      expect(kernels.liveTensors()).toBe(live)
      expect(tf.memory().numTensors).toBe(all)
    })
  })
}
