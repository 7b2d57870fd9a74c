import { afterAll, describe, expect, test } from 'vitest'
import type { Kernels } from '../../../src-main/engine/kernels.ts'
import { NativeKernels } from '../../../src-main/engine/kernels-native.ts'
import { loadBinding } from '../../../src-main/engine/tensorflow-binding.ts'
import { initialWeights, parameterCount, parameterShapes, UNet } from '../../../src-main/engine/unet.ts'
import { nativeStatus } from '../../../src-main/native-location.ts'
import { readUNetFixture } from '../../drivers/unet-fixture.ts'

const paper = {
  depth: 4,
  baseWidth: 64,
  inputChannels: 1,
  classes: 2,
  padding: 'valid',
  batchNorm: false,
  dropout: 0.5,
} as const

test('the paper network has 31,030,658 parameters and 23 convolutional layers', () => {
  expect(parameterCount(paper)).toBe(31_030_658)
  expect([...parameterShapes(paper).keys()].filter((name) => name.endsWith('/kernel'))).toHaveLength(23)
})

test('He initialisation has standard deviation sqrt(2 / incoming nodes)', () => {
  const weights = initialWeights({ ...paper, baseWidth: 16 }, 1)
  for (const [name, incoming] of [
    ['down2/conv1/kernel', 9 * 64],
    ['up1/upconv/kernel', 64],
  ] as const) {
    const values = weights.get(name)!
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(Math.abs(mean)).toBeLessThan(0.02 * Math.sqrt(2 / incoming) * 4)
    expect(Math.sqrt(variance) / Math.sqrt(2 / incoming)).toBeCloseTo(1, 1)
  }
})

const status = nativeStatus()

describe.skipIf(!status.isReady)('native kernels', () => {
  const binding = status.isReady ? loadBinding(status.addon!) : null

  for (const name of ['unet-valid', 'unet-valid-batchnorm', 'unet-same-batchnorm']) {
    test(`${name}: energy and gradients equal PyTorch's in float64`, async () => {
      await expectFixture(new NativeKernels(binding!), name)
    })
  }

  async function expectFixture(kernels: Kernels, name: string) {
    const fixture = readUNetFixture(name)
    const net = new UNet(kernels, fixture.plan, withStatistics(fixture.weights, fixture.plan))
    const batch = {
      image: kernels.upload(fixture.image.values, fixture.image.shape),
      classIndex: kernels.uploadIndices(fixture.target.values, fixture.target.shape),
      weight: kernels.upload(fixture.weight.values, fixture.weight.shape),
    }
    const before = kernels.liveTensors()
    const { energy, gradients } = net.energyAndGradients(batch, null, 1)
    expect((await kernels.read(energy))[0]).toBeCloseTo(fixture.energy, 5)
    const largest = Math.max(...[...fixture.gradients.values()].map((values) => Math.max(...values.map(Math.abs))))
    for (const [parameter, expected] of fixture.gradients) {
      const found = await kernels.read(gradients.get(parameter)!)
      expect(found.length, parameter).toBe(expected.length)
      for (let i = 0; i < found.length; i++) {
        expect(Math.abs(found[i]! - expected[i]!), `${parameter}[${i}]`).toBeLessThan(1e-4 * largest)
      }
    }
    kernels.free(energy, ...gradients.values())
    expect(kernels.liveTensors()).toBe(before)
  }

  afterAll(() => {})
})

function withStatistics(weights: Map<string, Float32Array>, plan: { batchNorm: boolean }) {
  if (!plan.batchNorm) return weights
  const all = new Map(weights)
  for (const [name, values] of weights) {
    if (!name.endsWith('/gamma')) continue
    all.set(name.replace('/gamma', '/mean'), new Float32Array(values.length))
    all.set(name.replace('/gamma', '/variance'), new Float32Array(values.length).fill(1))
  }
  return all
}
