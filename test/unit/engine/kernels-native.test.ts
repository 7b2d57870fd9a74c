import { describe, expect, test } from 'vitest'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { KernelBench, values } from './kernel-bench.ts'
import { layerCases } from './kernel-cases-layers.ts'
import { memoryCases } from './kernel-cases-memory.ts'
import { trainingCases } from './kernel-cases-training.ts'

const TOLERANCES = { float32: { one: 2e-6, several: 1e-5 }, bfloat16: { one: 1 / 100, several: 1 / 100 } } as const

for (const precision of ['float32', 'bfloat16'] as const) {
  describe.skipIf(!hasNative)(onNative(`native kernels in ${precision}`), () => {
    const opened = hasNative ? nativeKernels(precision) : null!
    const bench = new KernelBench(() => opened, TOLERANCES[precision])
    layerCases(bench)
    trainingCases(bench)
    memoryCases(bench)

    test('sums over a patch of 256 pixels lose nothing: bias, kernels, statistics', async () => {
      const { kernels } = bench
      const [side, ones] = [256, { shape: [1, 256, 256, 2], data: new Float64Array(2 * 256 ** 2).fill(1) }]
      const small = { shape: ones.shape, data: ones.data.map((_, i) => (1 + (i % 2)) / 64) }
      const sums = [side ** 2 / 64, (2 * side ** 2) / 64]
      const [x, gradient] = [bench.upload(ones), bench.upload(small)]
      await bench.expectClose(kernels.biasGradient(gradient), values([2], ...sums), 1e-6)
      const kernelGradient = kernels.convolveKernelGradient(x, [1, 1, 2, 2], gradient, 'valid')
      await bench.expectClose(kernelGradient, values([1, 1, 2, 2], ...sums, ...sums))
      const one = bench.wide(values([2], 1, 1))
      const { output, statistics } = kernels.batchNorm(gradient, one, one, 1e-3)
      const { input, gamma, beta } = kernels.batchNormGradient(x, one, statistics, gradient, 1e-3)
      await bench.expectClose(beta, values([2], ...sums), 1e-6)
      await bench.expectClose(statistics.mean, values([2], 1 / 64, 2 / 64), 1e-6)
      kernels.free(x, gradient, one, output, statistics.variance, input, gamma)
    })

    test('a convolution that fails half-way, as where memory runs out, leaves no tensor behind', () => {
      const { kernels } = bench
      const filled = (...shape: number[]) =>
        bench.upload({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)).fill(1) })
      const [x, kernel, up, wrongBias] = [filled(1, 6, 6, 2), filled(3, 3, 2, 2), filled(2, 2, 2, 2), filled(5)]
      const live = kernels.liveTensors()
      expect(() => kernels.convolve(x, kernel, wrongBias, true, 'valid')).toThrow(/bias/i)
      expect(() => kernels.upConvolve(x, up, wrongBias)).toThrow(/bias/i)
      expect(kernels.liveTensors()).toBe(live)
      kernels.free(x, kernel, up, wrongBias)
    })
  })
}
