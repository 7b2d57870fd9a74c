import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Kernels } from '../../../src-main/engine/kernels.ts'
import { openTfjsCpu } from '../../../src-main/engine/tfjs-cpu.ts'
import { openWebgpu } from '../../../src-main/engine/webgpu.ts'
import { softwareVulkan } from '../engine-process/software-vulkan.ts'
import { coarse, KernelBench } from './kernel-bench.ts'
import { layerCases } from './kernel-cases-layers.ts'
import { memoryCases } from './kernel-cases-memory.ts'
import { trainingCases } from './kernel-cases-training.ts'
import { at } from './kernels-reference.ts'

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

test.skipIf(!webgpu)('on WebGPU the memory of tensors that were freed is given back', async () => {
  const kernels = (await openWebgpu()).kernels
  const allocated = () =>
    (tf.backend().memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU
  const used = async (sidePx: number) => {
    const x = kernels.upload(new Float32Array(sidePx ** 2).fill(-1), [1, sidePx, sidePx, 1])
    const y = kernels.relu(x)
    const [value] = await kernels.read(y)
    kernels.free(x, y)
    kernels.trim!()
    return value
  }
  expect(await used(64)).toBe(0)
  const before = allocated()
  for (const sidePx of [128, 192, 256, 64]) expect(await used(sidePx)).toBe(0)
  expect(allocated()).toBe(before)
})

for (const { name, isPresent, open } of backends) {
  describe.skipIf(!isPresent)(name, () => {
    let opened: Kernels
    beforeAll(async () => {
      opened = await open()
    })
    const bench = new KernelBench(() => opened, { one: 1e-5, several: 3e-5 })
    layerCases(bench)
    trainingCases(bench)
    memoryCases(bench, () => tf.memory().numTensors)

    test('a kernel of many weights has the same gradient, which other code computes', async () => {
      const [x, g] = [coarse([1, 3, 4, 72], 30), coarse([1, 3, 4, 120], 31)]
      const gradient = opened.convolveKernelGradient(bench.upload(x), [3, 3, 72, 120], bench.upload(g), 'same')
      const found = await opened.read(gradient)
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
  })
}
