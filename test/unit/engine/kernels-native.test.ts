import { describe, expect, test } from 'vitest'
import type { DeviceTensor, Padding } from '../../../src-main/engine/kernels.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import * as reference from './kernels-reference.ts'
import { numericGradient, randomValues, type Values } from './kernels-reference.ts'

const values = (shape: number[], ...data: number[]): Values => ({ shape, data: Float64Array.from(data) })

/** Random multiples of 1/64 in -1..1: exact in bfloat16, so that only the results are rounded. */
function coarse(shape: number[], seed: number): Values {
  const { data } = randomValues(shape, seed)
  return { shape, data: data.map((value) => Math.round(value * 64) / 64) }
}

/** Multiples of 1/256 that all differ, in -0.5..0.5: no ties, and far enough from one another for differences. */
function distinct(shape: number[], seed: number): Values {
  const { data } = randomValues(shape, seed)
  const order = Array.from(data.keys()).sort((a, b) => data[a]! - data[b]!)
  const ranks = new Float64Array(data.length)
  for (const [rank, at] of order.entries()) ranks[at] = (rank - data.length / 2) / 256
  return { shape, data: ranks }
}

/**
 * Largest difference allowed, as a share of the largest expected value. bfloat16 keeps 8 bits, so one rounding is up to
 * 1/256 of a value, and a convolution with bias rounds twice.
 */
const TOLERANCE = { float32: 2e-6, bfloat16: 1 / 100 } as const

for (const precision of ['float32', 'bfloat16'] as const) {
  describe.skipIf(!hasNative)(onNative(`native kernels in ${precision}`), () => {
    const kernels = hasNative ? nativeKernels(precision) : null!

    const wide = ({ shape, data }: Values) => kernels.upload(Float32Array.from(data), shape)
    /** In the precision of activations. */
    function upload(of: Values): DeviceTensor {
      if (precision === 'float32') return wide(of)
      const [tensor, one] = [wide(of), wide({ shape: of.shape, data: of.data.map(() => 1) })]
      const narrow = kernels.multiply(tensor, one)
      kernels.free(tensor, one)
      return narrow
    }
    /** Asserts the shape and the values, and frees. */
    async function expectClose(got: DeviceTensor, expected: Values, tolerance: number = TOLERANCE[precision]) {
      expect([...got.shape]).toEqual(expected.shape)
      const found = await kernels.read(got)
      kernels.free(got)
      const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30)
      const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0)
      expect(worst / largest).toBeLessThan(tolerance)
    }

    describe.each<{ padding: Padding; side: number }>([
      { padding: 'valid', side: 3 },
      { padding: 'same', side: 3 },
      { padding: 'valid', side: 1 },
    ])('a $side x $side convolution, $padding', ({ padding, side }) => {
      const x = coarse([2, 6, 5, 3], 1)
      const kernel = coarse([side, side, 3, 4], 2)
      const bias = coarse([4], 3)
      const forward = () => reference.convolve(x, kernel, bias, padding === 'same')
      const pull = coarse(forward().shape, 4)

      test('is the definition', () =>
        expectClose(kernels.convolve(upload(x), upload(kernel), upload(bias), false, padding), forward()))
      test('with ReLU cuts at zero', () => {
        const { shape, data } = forward()
        const cut = { shape, data: data.map((value) => Math.max(0, value)) }
        return expectClose(kernels.convolve(upload(x), upload(kernel), upload(bias), true, padding), cut)
      })
      test('takes a float32 image from outside, without bias', () =>
        expectClose(
          kernels.convolve(wide(x), upload(kernel), null, false, padding),
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

    describe('the up-convolution', () => {
      const x = coarse([2, 3, 4, 6], 5)
      const kernel = coarse([2, 2, 3, 6], 6)
      const bias = coarse([3], 7)
      const forward = () => reference.upConvolve(x, kernel, bias)
      const pull = coarse(forward().shape, 8)

      test('is the definition', () =>
        expectClose(kernels.upConvolve(upload(x), upload(kernel), upload(bias)), forward()))
      test('has the numeric input gradient', () =>
        expectClose(kernels.upConvolveInputGradient(upload(kernel), upload(pull)), numericGradient(x, pull, forward)))
      test('has the numeric kernel gradient', () =>
        expectClose(kernels.upConvolveKernelGradient(upload(x), upload(pull)), numericGradient(kernel, pull, forward)))
    })

    describe('max pooling', () => {
      const x = distinct([2, 4, 6, 3], 9)
      const pull = coarse([2, 2, 3, 3], 10)

      test('is the definition', () => expectClose(kernels.maxPool(upload(x)), reference.maxPool(x)))
      test('has the numeric gradient', () =>
        expectClose(
          kernels.maxPoolGradient(upload(x), upload(reference.maxPool(x)), upload(pull)),
          numericGradient(x, pull, () => reference.maxPool(x)),
        ))
      test('shares the gradient among equal maxima', () => {
        const flat = values([1, 2, 8, 1], 0, 3, 5, 5, 5, 2, 7, 1, 3, 3, 5, 5, 5, 0, 1, 1)
        const top = values([1, 1, 4, 1], 3, 5, 5, 7)
        const gradient = values([1, 1, 4, 1], 6, 8, -4, 5)
        const shared = values([1, 2, 8, 1], 0, 2, 2, 2, -2, 0, 5, 0, 2, 2, 2, 2, -2, 0, 0, 0)
        return expectClose(kernels.maxPoolGradient(upload(flat), upload(top), upload(gradient)), shared)
      })
    })

    test('ReLU cuts, and its gradient passes only where the output is positive', async () => {
      const output = values([1, 1, 2, 2], 0, 0.5, 0, 2)
      const gradient = values([1, 1, 2, 2], 1, 2, 3, -4)
      await expectClose(kernels.reluGradient(upload(gradient), upload(output)), values([1, 1, 2, 2], 0, 2, 0, -4), 1e-9)
      await expectClose(kernels.relu(upload(gradient)), values([1, 1, 2, 2], 1, 2, 3, 0), 1e-9)
    })

    test('a crop keeps the centre, padding puts it back among zeros, both as tensors of their own', async () => {
      const x = upload(values([1, 4, 5, 1], ...Array(20).keys()))
      const crop = kernels.centreCrop(x, 2, 1)
      const padded = kernels.centrePad(crop, 4, 5)
      const [whole, same] = [kernels.centreCrop(x, 4, 5), kernels.centrePad(x, 4, 5)]
      kernels.free(x)
      await expectClose(crop, values([1, 2, 1, 1], 7, 12), 1e-9)
      await expectClose(
        padded,
        values([1, 4, 5, 1], ...[...Array(20).keys()].map((i) => (i === 7 || i === 12 ? i : 0))),
      )
      for (const copy of [whole, same]) await expectClose(copy, values([1, 4, 5, 1], ...Array(20).keys()), 1e-9)
    })

    test('concatenated channels come apart again', async () => {
      const [a, b] = [coarse([2, 2, 3, 2], 12), coarse([2, 2, 3, 4], 13)]
      const joined = kernels.concat(upload(a), upload(b))
      await expectClose(kernels.sliceChannels(joined, 0, 2), a, 1e-9)
      await expectClose(kernels.sliceChannels(joined, 2, 4), b, 1e-9)
    })

    test('sums and products are elementwise, float32 factors welcome', async () => {
      const [a, b] = [coarse([2, 2, 3, 2], 25), coarse([2, 2, 3, 2], 26)]
      const each = (of: (x: number, y: number) => number) => values(a.shape, ...a.data.map((x, i) => of(x, b.data[i]!)))
      await expectClose(
        kernels.add(upload(a), upload(b)),
        each((x, y) => x + y),
      )
      await expectClose(
        kernels.multiply(upload(a), wide(b)),
        each((x, y) => x * y),
      )
    })

    describe('batch normalisation', () => {
      const x = coarse([2, 3, 5, 4], 14)
      for (const [i, value] of x.data.entries()) x.data[i] = value * 2 ** (i % 3) + 1
      const gamma = coarse([4], 15)
      const beta = coarse([4], 16)
      const forward = () => reference.batchNorm(x, gamma, beta, 1e-3)
      const pull = coarse(x.shape, 17)

      test('uses the biased variance of the batch and tells it', async () => {
        const { output, statistics } = kernels.batchNorm(upload(x), wide(gamma), wide(beta), 1e-3)
        const [mean, variance] = [new Float64Array(4), new Float64Array(4)]
        for (const [i, value] of x.data.entries()) mean[i % 4]! += value / 30
        for (const [i, value] of x.data.entries()) variance[i % 4]! += (value - mean[i % 4]!) ** 2 / 30
        await expectClose(statistics.mean, { shape: [4], data: mean }, 1e-5)
        await expectClose(statistics.variance, { shape: [4], data: variance }, 1e-5)
        await expectClose(output, forward())
      })
      test('has the numeric gradients', async () => {
        const [deviceX, deviceGamma] = [upload(x), wide(gamma)]
        const { output, statistics } = kernels.batchNorm(deviceX, deviceGamma, wide(beta), 1e-3)
        const gradients = kernels.batchNormGradient(deviceX, deviceGamma, statistics, upload(pull), 1e-3)
        const tolerance = precision === 'float32' ? 1e-5 : TOLERANCE.bfloat16
        await expectClose(gradients.input, numericGradient(x, pull, forward), tolerance)
        await expectClose(gradients.gamma, numericGradient(gamma, pull, forward), tolerance)
        await expectClose(gradients.beta, numericGradient(beta, pull, forward), tolerance)
        kernels.free(output, statistics.mean, statistics.variance)
      })
    })

    describe('the energy', () => {
      const logits = coarse([2, 3, 2, 3], 18)
      for (const [i, value] of logits.data.entries()) logits.data[i] = value * 8
      const classes = Int32Array.of(0, 1, 2, 2, 1, 0, 0, 0, 1, 1, 2, 2)
      const weight = values([2, 3, 2], 1, 0, 2, 0.5, 3, 0, 1, 11, 0, 1, 1, 2)
      const energyOf = (of = classes) =>
        kernels.energy(upload(logits), kernels.uploadIndices(of, [2, 3, 2]), wide(weight))

      test('and its gradient are those of eq. 1 over the area', async () => {
        const forward = () => values([], reference.energy(logits, classes, weight))
        const { energy, gradient } = energyOf()
        await expectClose(energy, forward(), 1e-6)
        const tolerance = precision === 'float32' ? 1e-5 : TOLERANCE.bfloat16
        await expectClose(gradient, numericGradient(logits, values([], 1), forward), tolerance)
      })
      test('stays finite for logits that would overflow', async () => {
        const one = kernels.uploadIndices(Int32Array.of(1), [1, 1, 1])
        const large = kernels.energy(upload(values([1, 1, 1, 2], 512, -512)), one, wide(values([1, 1, 1], 1)))
        await expectClose(large.energy, values([], 1024))
        await expectClose(large.gradient, values([1, 1, 1, 2], 1, -1))
      })
      test('a pixel of weight 0 has exactly zero gradient, whatever its class', async () => {
        const other = classes.map((k, i) => (weight.data[i] === 0 ? (k + 1) % 3 : k))
        const [asIs, changed] = [energyOf(), energyOf(other)]
        const gradient = await kernels.read(asIs.gradient)
        for (const [i, w] of weight.data.entries()) {
          const sum = [0, 1, 2].reduce((total, k) => total + Math.abs(gradient[i * 3 + k]!), 0)
          expect(sum === 0).toBe(w === 0)
        }
        const unsigned = (values: Float32Array) => values.map((value) => value + 0) // -0 is 0
        expect(unsigned(await kernels.read(changed.gradient))).toEqual(unsigned(gradient))
        expect(await kernels.read(changed.energy)).toEqual(await kernels.read(asIs.energy))
      })
      test('softmax is the definition in float32', () =>
        expectClose(kernels.softmax(upload(logits)), reference.softmax(logits), 1e-6))
    })

    test('sums over a patch of 256 pixels lose nothing: bias, kernels, statistics', async () => {
      const [side, ones] = [256, { shape: [1, 256, 256, 2], data: new Float64Array(2 * 256 ** 2).fill(1) }]
      const small = { shape: ones.shape, data: ones.data.map((_, i) => (1 + (i % 2)) / 64) }
      const sums = [side ** 2 / 64, (2 * side ** 2) / 64]
      const [x, gradient] = [upload(ones), upload(small)]
      await expectClose(kernels.biasGradient(gradient), values([2], ...sums), 1e-6)
      const kernelGradient = kernels.convolveKernelGradient(x, [1, 1, 2, 2], gradient, 'valid')
      await expectClose(kernelGradient, values([1, 1, 2, 2], ...sums, ...sums))
      const one = wide(values([2], 1, 1))
      const { output, statistics } = kernels.batchNorm(gradient, one, one, 1e-3)
      const { input, gamma, beta } = kernels.batchNormGradient(x, one, statistics, gradient, 1e-3)
      await expectClose(beta, values([2], ...sums), 1e-6)
      await expectClose(statistics.mean, values([2], 1 / 64, 2 / 64), 1e-6)
      kernels.free(x, gradient, one, output, statistics.variance, input, gamma)
    })

    test('a weight is taken in the precision of activations, or in float32', async () => {
      const weight = kernels.createVariable('w', Float32Array.of(1 + 2 ** -12, 2), [2])
      await expectClose(kernels.value(weight, 'float32'), values([2], 1 + 2 ** -12, 2), 1e-9)
      const taken = await kernels.read(kernels.value(weight))
      expect(taken[0]).toBe(precision === 'float32' ? 1 + 2 ** -12 : 1)
    })

    test('every operation leaves exactly its results behind', () => {
      const [x, kernel, up] = [
        upload(coarse([1, 4, 4, 2], 20)),
        upload(coarse([3, 3, 2, 2], 21)),
        upload(coarse([2, 2, 2, 2], 22)),
      ]
      const [c, wideC] = [upload(coarse([2], 23)), wide(coarse([2], 23))]
      const classes = kernels.uploadIndices(new Int32Array(16), [1, 4, 4])
      const weight = wide(coarse([1, 4, 4], 24))
      const [w, a, b] = ['w', 'a', 'b'].map((name) => kernels.createVariable(name, new Float32Array(2), [2]))
      const before = kernels.liveTensors()
      const pooled = kernels.maxPool(x)
      const { output, statistics } = kernels.batchNorm(x, wideC, wideC, 1e-3)
      const gradients = kernels.batchNormGradient(x, wideC, statistics, x, 1e-3)
      const loss = kernels.energy(x, classes, weight)
      const big = kernels.upConvolve(x, up, c)
      const results = [
        ...[pooled, output, statistics.mean, statistics.variance, ...Object.values(gradients)],
        ...[loss.energy, loss.gradient, big],
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
        kernels.value(w!, 'float32'),
      ]
      kernels.momentumStep(w!, a!, wideC, 0.1, 0.9)
      kernels.adamStep(w!, a!, b!, wideC, 0.1, 1)
      kernels.blend(w!, wideC, 0.5)
      kernels.scale(w!, 0.5)
      expect(kernels.liveTensors()).toBe(before + results.length)
      kernels.free(...results)
      expect(kernels.liveTensors()).toBe(before)
    })
  })
}
