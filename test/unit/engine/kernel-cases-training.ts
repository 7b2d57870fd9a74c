/** What every device must do beyond layers: batch normalisation, the energy, and changing weights. */
import { describe, expect, test } from 'vitest'
import type { Variable } from '../../../src-main/engine/kernels.ts'
import { coarse, type KernelBench, values } from './kernel-bench.ts'
import * as reference from './kernels-reference.ts'
import { numericGradient } from './kernels-reference.ts'

export function trainingCases(bench: KernelBench): void {
  batchNormCases(bench)
  energyCases(bench)
  weightCases(bench)
}

function batchNormCases(bench: KernelBench): void {
  describe('batch normalisation', () => {
    const x = coarse([2, 3, 5, 4], 14)
    for (const [i, value] of x.data.entries()) x.data[i] = value * 2 ** (i % 3) + 1
    const gamma = coarse([4], 15)
    const beta = coarse([4], 16)
    const forward = () => reference.batchNorm(x, gamma, beta, 1e-3)
    const pull = coarse(x.shape, 17)

    test('uses the biased variance of the batch and tells it', async () => {
      const { output, statistics } = bench.kernels.batchNorm(bench.upload(x), bench.wide(gamma), bench.wide(beta), 1e-3)
      const [mean, variance] = [new Float64Array(4), new Float64Array(4)]
      for (const [i, value] of x.data.entries()) mean[i % 4]! += value / 30
      for (const [i, value] of x.data.entries()) variance[i % 4]! += (value - mean[i % 4]!) ** 2 / 30
      await bench.expectClose(statistics.mean, { shape: [4], data: mean }, 1e-5)
      await bench.expectClose(statistics.variance, { shape: [4], data: variance }, 1e-5)
      await bench.expectClose(output, forward())
    })
    test('has the numeric gradients', async () => {
      const { kernels, tolerance } = bench
      const [deviceX, deviceGamma] = [bench.upload(x), bench.wide(gamma)]
      const { output, statistics } = kernels.batchNorm(deviceX, deviceGamma, bench.wide(beta), 1e-3)
      const gradients = kernels.batchNormGradient(deviceX, deviceGamma, statistics, bench.upload(pull), 1e-3)
      await bench.expectClose(gradients.input, numericGradient(x, pull, forward), tolerance.several)
      await bench.expectClose(gradients.gamma, numericGradient(gamma, pull, forward), tolerance.several)
      await bench.expectClose(gradients.beta, numericGradient(beta, pull, forward), tolerance.several)
      kernels.free(output, statistics.mean, statistics.variance)
    })
  })
}

function energyCases(bench: KernelBench): void {
  describe('the energy', () => {
    const logits = coarse([2, 3, 2, 3], 18)
    for (const [i, value] of logits.data.entries()) logits.data[i] = value * 8
    const classes = Int32Array.of(0, 1, 2, 2, 1, 0, 0, 0, 1, 1, 2, 2)
    const weight = values([2, 3, 2], 1, 0, 2, 0.5, 3, 0, 1, 11, 0, 1, 1, 2)
    const energyOf = (of = classes) =>
      bench.kernels.energy(bench.upload(logits), bench.kernels.uploadIndices(of.slice(), [2, 3, 2]), bench.wide(weight))

    test('and its gradient are those of eq. 1 over the area', async () => {
      const forward = () => values([], reference.energy(logits, classes, weight))
      const { energy, gradient } = energyOf()
      await bench.expectClose(energy, forward(), 1e-6)
      await bench.expectClose(gradient, numericGradient(logits, values([], 1), forward), bench.tolerance.several)
    })
    test('stays finite for logits that would overflow', async () => {
      const one = bench.kernels.uploadIndices(Int32Array.of(1), [1, 1, 1])
      const far = bench.upload(values([1, 1, 1, 2], 512, -512))
      const large = bench.kernels.energy(far, one, bench.wide(values([1, 1, 1], 1)))
      await bench.expectClose(large.energy, values([], 1024))
      await bench.expectClose(large.gradient, values([1, 1, 1, 2], 1, -1))
    })
    test('a pixel of weight 0 has exactly zero gradient, whatever its class', async () => {
      const { kernels } = bench
      const other = classes.map((k, i) => (weight.data[i] === 0 ? (k + 1) % 3 : k))
      const [asIs, changed] = [energyOf(), energyOf(other)]
      const gradient = await kernels.read(asIs.gradient)
      for (const [i, w] of weight.data.entries()) {
        const sum = [0, 1, 2].reduce((total, k) => total + Math.abs(gradient[i * 3 + k]!), 0)
        expect(sum === 0).toBe(w === 0)
      }
      const unsigned = (of: Float32Array) => of.map((value) => value + 0) // -0 is 0
      expect(unsigned(await kernels.read(changed.gradient))).toEqual(unsigned(gradient))
      expect(await kernels.read(changed.energy)).toEqual(await kernels.read(asIs.energy))
    })
    test('softmax is the definition in float32', () =>
      bench.expectClose(bench.kernels.softmax(bench.upload(logits)), reference.softmax(logits), 1e-5))
  })
}

function weightCases(bench: KernelBench): void {
  describe('a weight', () => {
    const start = () => Float32Array.of(1, -2, 3)
    const gradient = () => bench.wide(values([3], 0.5, -1, 0))
    const made = (of: Float32Array): Variable => bench.kernels.createVariable('w', of, [of.length])

    test('moves with momentum as the update says', async () => {
      const { kernels } = bench
      const [weight, accumulation] = [made(start()), made(new Float32Array(3))]
      for (let step = 0; step < 2; step++) kernels.momentumStep(weight, accumulation, gradient(), 0.1, 0.9)
      for (const [i, value] of [0.95, -1.9, 0].entries())
        expect((await kernels.readVariable(accumulation))[i]).toBeCloseTo(value, 6)
      const moved = await kernels.readVariable(weight)
      for (const [i, value] of [1 - 0.05 - 0.095, -2 + 0.1 + 0.19, 3].entries()) expect(moved[i]).toBeCloseTo(value, 6)
    })

    test('moves with Adam as Kingma and Ba say', async () => {
      const { kernels } = bench
      const [weight, first, second] = [made(start()), made(new Float32Array(3)), made(new Float32Array(3))]
      const expected = [...start()]
      const [m, v] = [Array<number>(3).fill(0), Array<number>(3).fill(0)]
      for (let step = 1; step <= 3; step++) {
        const g = [0.5 * step, -1, 0]
        kernels.adamStep(weight, first, second, bench.wide(values([3], ...g)), 0.01, step)
        for (const [i, value] of g.entries()) {
          m[i] = 0.9 * m[i]! + 0.1 * value
          v[i] = 0.999 * v[i]! + 0.001 * value ** 2
          expected[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-7)
        }
      }
      const moved = await kernels.readVariable(weight)
      for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value, 5)
    })

    test('can be averaged, scaled, assigned and read', async () => {
      const { kernels } = bench
      const weight = made(start())
      kernels.blend(weight, gradient(), 0.75)
      expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(0.875, -1.75, 2.25))
      kernels.scale(weight, 2)
      expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(1.75, -3.5, 4.5))
      kernels.assignVariable(weight, start())
      expect(await kernels.readVariable(weight)).toEqual(start())
    })

    test('keeps its old value in a tensor taken before a step', async () => {
      const weight = made(start())
      const before = bench.kernels.value(weight)
      bench.kernels.scale(weight, 0)
      expect(await bench.kernels.read(before)).toEqual(start())
    })

    test('does not change with arrays handed out or in', async () => {
      const given = Float32Array.of(1, 2)
      const weight = made(given)
      given[0] = 99
      ;(await bench.kernels.readVariable(weight))[1] = 99
      expect(await bench.kernels.readVariable(weight)).toEqual(Float32Array.of(1, 2))
    })

    test('is taken in the precision of activations, or in float32', async () => {
      const weight = made(Float32Array.of(1 + 2 ** -12, 2))
      await bench.expectClose(bench.kernels.value(weight, 'float32'), values([2], 1 + 2 ** -12, 2), 1e-9)
      const [taken] = await bench.kernels.read(bench.kernels.value(weight))
      expect(taken).toBe(bench.kernels.precision === 'float32' ? 1 + 2 ** -12 : 1)
    })
  })
}
