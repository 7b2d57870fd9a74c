/** What every device's layers must compute: their definitions in float64, and the gradients of those by differences. */
import { describe, expect, test } from 'vitest'
import type { Padding } from '../../../src-main/engine/kernels.ts'
import { coarse, distinct, type KernelBench, values } from './kernel-bench.ts'
import * as reference from './kernels-reference.ts'
import { numericGradient } from './kernels-reference.ts'

export function layerCases(bench: KernelBench): void {
  convolutionCases(bench)
  upConvolutionCases(bench)
  poolingCases(bench)
  shapeCases(bench)

  test('ReLU cuts, and its gradient passes only where the output is positive', async () => {
    const { kernels } = bench
    const output = values([1, 1, 2, 2], 0, 0.5, 0, 2)
    const gradient = values([1, 1, 2, 2], 1, 2, 3, -4)
    const slope = kernels.reluGradient(bench.upload(gradient), bench.upload(output))
    await bench.expectClose(slope, values([1, 1, 2, 2], 0, 2, 0, -4), 1e-9)
    await bench.expectClose(kernels.relu(bench.upload(gradient)), values([1, 1, 2, 2], 1, 2, 3, 0), 1e-9)
  })

  test('sums and products are elementwise, float32 factors welcome', async () => {
    const { kernels } = bench
    const [a, b] = [coarse([2, 2, 3, 2], 25), coarse([2, 2, 3, 2], 26)]
    const each = (of: (x: number, y: number) => number) => values(a.shape, ...a.data.map((x, i) => of(x, b.data[i]!)))
    const [sum, product] = [each((x, y) => x + y), each((x, y) => x * y)]
    await bench.expectClose(kernels.add(bench.upload(a), bench.upload(b)), sum)
    await bench.expectClose(kernels.multiply(bench.upload(a), bench.wide(b)), product)
  })
}

function convolutionCases(bench: KernelBench): void {
  describe.each<{ padding: Padding; side: number }>([
    { padding: 'valid', side: 3 },
    { padding: 'same', side: 3 },
    { padding: 'valid', side: 1 },
    { padding: 'valid', side: 4 },
    { padding: 'valid', side: 5 },
  ])('a $side x $side convolution, $padding', ({ padding, side }) => {
    const x = coarse([2, 6, 5, 3], 1)
    const kernel = coarse([side, side, 3, 4], 2)
    const bias = coarse([4], 3)
    const forward = () => reference.convolve(x, kernel, bias, padding === 'same')
    const pull = coarse(forward().shape, 4)
    const convolved = (relu: boolean) =>
      bench.kernels.convolve(bench.upload(x), bench.upload(kernel), bench.upload(bias), relu, padding)

    test('is the definition', () => bench.expectClose(convolved(false), forward()))
    test('with ReLU cuts at zero', () => {
      const { shape, data } = forward()
      return bench.expectClose(convolved(true), { shape, data: data.map((value) => Math.max(0, value)) })
    })
    test('takes a float32 image from outside, without bias', () =>
      bench.expectClose(
        bench.kernels.convolve(bench.wide(x), bench.upload(kernel), null, false, padding),
        reference.convolve(x, kernel, null, padding === 'same'),
      ))
    test('has the numeric input gradient', () =>
      bench.expectClose(
        bench.kernels.convolveInputGradient(x.shape, bench.upload(kernel), bench.upload(pull), padding),
        numericGradient(x, pull, forward),
      ))
    test('has the numeric kernel gradient', () =>
      bench.expectClose(
        bench.kernels.convolveKernelGradient(bench.upload(x), kernel.shape, bench.upload(pull), padding),
        numericGradient(kernel, pull, forward),
      ))
    test('has the numeric bias gradient', () =>
      bench.expectClose(bench.kernels.biasGradient(bench.upload(pull)), numericGradient(bias, pull, forward)))
  })
}

function upConvolutionCases(bench: KernelBench): void {
  describe('the up-convolution', () => {
    const x = coarse([2, 3, 4, 6], 5)
    const kernel = coarse([2, 2, 3, 6], 6)
    const bias = coarse([3], 7)
    const forward = () => reference.upConvolve(x, kernel, bias)
    const pull = coarse(forward().shape, 8)

    test('is the definition', () =>
      bench.expectClose(bench.kernels.upConvolve(bench.upload(x), bench.upload(kernel), bench.upload(bias)), forward()))
    test('has the numeric input gradient', () =>
      bench.expectClose(
        bench.kernels.upConvolveInputGradient(bench.upload(kernel), bench.upload(pull)),
        numericGradient(x, pull, forward),
      ))
    test('has the numeric kernel gradient', () =>
      bench.expectClose(
        bench.kernels.upConvolveKernelGradient(bench.upload(x), bench.upload(pull)),
        numericGradient(kernel, pull, forward),
      ))
  })
}

function poolingCases(bench: KernelBench): void {
  describe('max pooling', () => {
    const x = distinct([2, 4, 6, 3], 9)
    const pull = coarse([2, 2, 3, 3], 10)

    test('is the definition', () => bench.expectClose(bench.kernels.maxPool(bench.upload(x)), reference.maxPool(x)))
    test('has the numeric gradient', () =>
      bench.expectClose(
        bench.kernels.maxPoolGradient(bench.upload(x), bench.upload(reference.maxPool(x)), bench.upload(pull)),
        numericGradient(x, pull, () => reference.maxPool(x)),
      ))
    test('shares the gradient among equal maxima', () => {
      const flat = values([1, 2, 8, 1], 0, 3, 5, 5, 5, 2, 7, 1, 3, 3, 5, 5, 5, 0, 1, 1)
      const top = values([1, 1, 4, 1], 3, 5, 5, 7)
      const gradient = values([1, 1, 4, 1], 6, 8, -4, 5)
      const shared = values([1, 2, 8, 1], 0, 2, 2, 2, -2, 0, 5, 0, 2, 2, 2, 2, -2, 0, 0, 0)
      const [flatX, topX, slope] = [bench.upload(flat), bench.upload(top), bench.upload(gradient)]
      return bench.expectClose(bench.kernels.maxPoolGradient(flatX, topX, slope), shared)
    })
  })
}

function shapeCases(bench: KernelBench): void {
  test('a crop keeps the centre, padding puts it back among zeros, both as tensors of their own', async () => {
    const { kernels } = bench
    const all = [...Array(20).keys()]
    const x = bench.upload(values([1, 4, 5, 1], ...all))
    const crop = kernels.centreCrop(x, 2, 1)
    const padded = kernels.centrePad(crop, 4, 5)
    const [whole, same] = [kernels.centreCrop(x, 4, 5), kernels.centrePad(x, 4, 5)]
    kernels.free(x)
    await bench.expectClose(crop, values([1, 2, 1, 1], 7, 12), 1e-9)
    await bench.expectClose(padded, values([1, 4, 5, 1], ...all.map((i) => (i === 7 || i === 12 ? i : 0))))
    for (const copy of [whole, same]) await bench.expectClose(copy, values([1, 4, 5, 1], ...all), 1e-9)
  })

  test('concatenated channels come apart again', async () => {
    const { kernels } = bench
    const [a, b] = [coarse([2, 2, 3, 2], 12), coarse([2, 2, 3, 4], 13)]
    const joined = kernels.concat(bench.upload(a), bench.upload(b))
    expect([...joined.shape]).toEqual([2, 2, 3, 6])
    await bench.expectClose(kernels.sliceChannels(joined, 0, 2), a, 1e-9)
    await bench.expectClose(kernels.sliceChannels(joined, 2, 4), b, 1e-9)
  })
}
