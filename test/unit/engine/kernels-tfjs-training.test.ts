/** The whole network on each device against PyTorch's gradients, and the same training on each device step by step. */
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { initialWeights } from '../../../src-main/engine/initial-weights.ts'
import type { Kernels } from '../../../src-main/engine/kernels.ts'
import { Optimizer } from '../../../src-main/engine/optimizers.ts'
import { openTfjsCpu } from '../../../src-main/engine/tfjs-cpu.ts'
import { trainableNet } from '../../../src-main/engine/trainable-net.ts'
import { UNet } from '../../../src-main/engine/unet.ts'
import { openWebgpu } from '../../../src-main/engine/webgpu.ts'
import { PRESETS } from '../../../src-shared/presets.ts'
import { hasNative, nativeKernels } from '../../drivers/native.ts'
import { tinyNetwork } from '../../drivers/network.ts'
import { readNetworkFixture } from '../../drivers/network-fixture.ts'
import { softwareVulkan } from '../engine-process/software-vulkan.ts'

/** A software driver compiles each shader first, and shares the processor with other tests. */
vi.setConfig({ testTimeout: 300_000 })

const hasVulkan = softwareVulkan()
const devices = [
  {
    name: 'native TensorFlow',
    isPresent: hasNative,
    why: 'not set up',
    open: async (): Promise<Kernels> => nativeKernels(),
    fixtures: [], // unet.test.ts
  },
  {
    name: 'plain JavaScript',
    isPresent: true,
    why: '',
    open: openTfjsCpu,
    fixtures: ['unet-valid', 'unet-valid-batchnorm', 'unet-same-batchnorm', 'unet-valid-noskips', 'classifier'],
  },
  {
    name: 'WebGPU',
    isPresent: hasVulkan,
    why: 'no software Vulkan driver: apt-get install chromium',
    open: async () => (await openWebgpu()).kernels,
    fixtures: ['unet-valid-batchnorm', 'classifier'], // a software driver takes seconds for each step
  },
]
const present = devices.filter(({ isPresent }) => isPresent)
const title = ({ name, isPresent, why }: (typeof devices)[number]) => (isPresent ? name : `${name} (${why})`)

for (const device of devices.slice(1)) {
  describe.skipIf(!device.isPresent)(title(device), () => {
    let kernels: Kernels
    beforeAll(async () => {
      kernels = await device.open()
    })

    test.each(device.fixtures)('%s: energy and gradients equal those of PyTorch in float64', async (name) => {
      const { plan, weights, image, target, weight, energy: expected, gradients: all } = readNetworkFixture(name)
      const net = trainableNet(kernels, plan, new Map([...initialWeights(plan, 1), ...weights]))
      const batch = {
        image: kernels.upload(image.values, image.shape),
        classIndex: kernels.uploadIndices(target.values, target.shape),
        weight: kernels.upload(weight.values, weight.shape),
      }
      const before = kernels.liveTensors()
      const { energy, gradients } = net.energyAndGradients(batch, null, 1)
      expect((await kernels.read(energy))[0]).toBeCloseTo(expected, 5)
      const largest = Math.max(...[...all.values()].map((values) => Math.max(...values.map(Math.abs))))
      for (const [parameter, wanted] of all) {
        const found = await kernels.read(gradients.get(parameter)!)
        const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0)
        expect(worst / largest, parameter).toBeLessThan(1e-4)
      }
      kernels.free(energy, ...gradients.values())
      expect(kernels.liveTensors()).toBe(before)
    })
  })
}

/** Energies of three steps on one batch of two patches. */
async function losses(kernels: Kernels, optimizer: 'adam' | 'momentum'): Promise<number[]> {
  const plan = tinyNetwork({ depth: 1, padding: 'same', batchNorm: optimizer === 'adam' })
  const net = new UNet(kernels, plan, initialWeights(plan, 3))
  const settings = { ...PRESETS.fast.optimization, optimizer, weightDecay: 1e-3, weightAverage: 0.9, seed: 1 }
  const steps = new Optimizer(kernels, settings, net.variables)
  const values = Float32Array.from({ length: 2 * 16 * 16 }, (_, i) => Math.sin(i * 12.9898) * 2 ** 0.5)
  const batch = {
    image: kernels.upload(values, [2, 16, 16, 1]),
    classIndex: kernels.uploadIndices(
      Int32Array.from(values, (value) => (value > 0.3 ? 1 : 0)),
      [2, 16, 16],
    ),
    weight: kernels.upload(
      Float32Array.from(values, (_, i) => i % 3),
      [2, 16, 16],
    ),
  }
  const energies: number[] = []
  for (let step = 1; step <= 3; step++) {
    const { energy, gradients } = net.energyAndGradients(batch, null, step)
    steps.apply(gradients, step, optimizer === 'adam' ? 0.01 : 0.05)
    energies.push((await kernels.read(energy))[0]!)
    kernels.free(energy)
  }
  kernels.free(...Object.values(batch))
  steps.dispose()
  net.dispose()
  return energies
}

describe(`the same training step by step: ${devices.map(title).join(', ')}`, () => {
  test.each(['adam', 'momentum'] as const)('%s gives the same losses to 1e-4', async (optimizer) => {
    const [first, ...others] = await Promise.all(present.map(({ open }) => open()))
    const expected = await losses(first!, optimizer)
    expect(expected[2]!).toBeLessThan(expected[0]! * 0.98) // it does learn
    for (const other of others) {
      const found = await losses(other, optimizer)
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(found[i]! - value), `${other.label}, step ${i + 1}`).toBeLessThan(1e-4 * Math.max(1, value))
      }
    }
  })
})
