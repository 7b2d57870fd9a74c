/** No operation of any device may leave a tensor behind. */
import { expect, test } from 'vitest'
import { coarse, type KernelBench } from './kernel-bench.ts'

/** `tensorsOfBackend` counts what the library below knows of, where it does. */
export function memoryCases(bench: KernelBench, tensorsOfBackend: () => number = () => 0): void {
  test('every operation leaves exactly its results behind', () => {
    const { kernels } = bench
    const [x, kernel] = [bench.upload(coarse([1, 4, 4, 2], 20)), bench.upload(coarse([3, 3, 2, 2], 21))]
    const [up, c] = [bench.upload(coarse([2, 2, 2, 2], 22)), bench.upload(coarse([2], 23))]
    const wideC = bench.wide(coarse([2], 23))
    const classes = kernels.uploadIndices(new Int32Array(16), [1, 4, 4])
    const weight = bench.wide(coarse([1, 4, 4], 24))
    const [w, a, b] = ['w', 'a', 'b'].map((name) => kernels.createVariable(name, new Float32Array(2), [2]))

    /** All operations once; answers how many results there were before they were freed. */
    function round(): number {
      const before = kernels.liveTensors()
      const pooled = kernels.maxPool(x)
      const { output, statistics } = kernels.batchNorm(x, wideC, wideC, 1e-3)
      const gradients = kernels.batchNormGradient(x, wideC, statistics, x, 1e-3)
      const loss = kernels.energy(x, classes, weight)
      const big = kernels.upConvolve(x, up, c)
      const results = [
        ...[pooled, output, statistics.mean, statistics.variance, ...Object.values(statistics.reserved ?? {})],
        ...Object.values(gradients),
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
      return kernels.liveTensors()
    }

    const live = round() // fills the caches of constants
    const all = tensorsOfBackend()
    expect(round()).toBe(live)
    expect(tensorsOfBackend()).toBe(all)
  })
}
