import { describe, expect, test } from 'vitest'
import { initialWeights } from '../../../src-main/engine/initial-weights.ts'
import { parameterCount, parameterShapes } from '../../../src-main/engine/network-shapes.ts'
import { PredictionNet } from '../../../src-main/engine/prediction-net.ts'
import { trainableNet } from '../../../src-main/engine/trainable-net.ts'
import { UNet } from '../../../src-main/engine/unet.ts'
import { marginPx } from '../../../src-shared/geometry.ts'
import { LEAST_WINDOW_PX, MOST_WINDOW_PX } from '../../../src-shared/network-plan.ts'
import { windowStages } from '../../../src-shared/window-sides.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import {
  randomBatch,
  readStep,
  tinyClassifier,
  tinyNetwork,
  uploadBatch,
  variedWeights,
  worstDifference,
} from '../../drivers/network.ts'
import { type NetworkFixture, readNetworkFixture, readUNetFixture } from '../../drivers/network-fixture.ts'

const paper = tinyNetwork({ depth: 4, baseWidth: 64, dropout: 0.5 })

test('the paper network has 31,030,658 parameters and 23 convolutional layers', () => {
  expect(parameterCount(paper)).toBe(31_030_658)
  expect([...parameterShapes(paper).keys()].filter((name) => name.endsWith('/kernel'))).toHaveLength(23)
})

test('without skip connections the first convolution of each level of the expansive path loses half of its input', () => {
  const skipHalves = [64, 128, 256, 512].reduce((sum, width) => sum + 9 * width * width, 0)
  expect(parameterCount({ ...paper, skips: false })).toBe(31_030_658 - skipHalves)
  expect(parameterShapes({ ...paper, skips: false }).get('up3/conv0/kernel')).toEqual([3, 3, 512, 512])
})

test("the classifier of Ciresan's N4 has maps of 46, 21, 9 and 3 pixels and 219,290 parameters", () => {
  const n4 = tinyClassifier({ windowPx: 95, maps: 48, hidden: 200 })
  expect(windowStages(95).map(({ kernelPx, sidePx }) => [kernelPx, sidePx])).toEqual([
    [4, 46],
    [5, 21],
    [4, 9],
    [4, 3],
  ])
  const convolutions = (16 + 48 * 25 + 48 * 16 + 48 * 16) * 48 + 4 * 48
  expect(parameterCount(n4)).toBe(convolutions + (9 * 48 * 200 + 200) + (200 * 2 + 2))
  expect(parameterCount(n4)).toBe(219_290)
})

test('every odd window ends in a map of 1 to 4 pixels, each pooling even', () => {
  for (let window = LEAST_WINDOW_PX; window <= MOST_WINDOW_PX; window += 2) {
    let side = window
    for (const { kernelPx, sidePx } of windowStages(window)) {
      expect((side - kernelPx + 1) % 2).toBe(0)
      side = (side - kernelPx + 1) / 2
      expect(sidePx).toBe(side)
    }
    expect(side).toBeGreaterThanOrEqual(1)
    expect(side).toBeLessThan(5)
  }
})

test('initScale multiplies the standard deviation of the first weights and nothing else', () => {
  for (const plan of [tinyNetwork({ batchNorm: true }), tinyClassifier()]) {
    const [one, half] = [initialWeights(plan, 1), initialWeights({ ...plan, initScale: 0.5 }, 1)]
    for (const [name, values] of one) {
      const factor = name.endsWith('/kernel') ? 0.5 : 1
      expect(half.get(name), name).toEqual(values.map((value) => value * factor))
    }
  }
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

describe.skipIf(!hasNative)(onNative('on native TensorFlow'), () => {
  /** The energy and every gradient of a stored network, and PyTorch's. */
  async function stepOf(name: string, precision: 'float32' | 'bfloat16') {
    const fixture = readNetworkFixture(name)
    const { plan, weights, image, target, weight } = fixture
    const kernels = nativeKernels(precision)
    const net = trainableNet(kernels, plan, new Map([...initialWeights(plan, 1), ...weights]))
    const batch = {
      image: kernels.upload(image.values, image.shape),
      classIndex: kernels.uploadIndices(target.values, target.shape),
      weight: kernels.upload(weight.values, weight.shape),
    }
    const before = kernels.liveTensors()
    const step = await readStep(kernels, net.energyAndGradients(batch, null, 1))
    expect(kernels.liveTensors(), 'tensors left behind').toBe(before)
    return { fixture, step }
  }

  test.each(['unet-valid', 'unet-valid-batchnorm', 'unet-same-batchnorm', 'unet-valid-noskips', 'classifier'])(
    "%s has PyTorch's float64 energy to 1e-5 and its gradients to 1e-3 of each tensor's largest",
    async (name) => {
      const { fixture, step } = await stepOf(name, 'float32')
      expect(Math.abs(step.energy / fixture.energy - 1)).toBeLessThan(1e-5)
      expect(worstDifference(step.gradients, fixture.gradients)).toBeLessThan(1e-3)
    },
  )

  // A ReLU or a maximum that flips by rounding moves a gradient much: PyTorch in bfloat16 has cosines of 0.968 to 0.984.
  test.each(['unet-valid', 'unet-valid-batchnorm', 'unet-same-batchnorm', 'classifier'])(
    '%s in bfloat16 has the energy to 1e-3 and a gradient in the same direction, cosine above 0.95',
    async (name) => {
      const { fixture, step } = await stepOf(name, 'bfloat16')
      expect(Math.abs(step.energy / fixture.energy - 1)).toBeLessThan(1e-3)
      expect(cosine(step.gradients, fixture.gradients)).toBeGreaterThan(0.95)
    },
  )

  test.each(['unet-valid', 'unet-valid-noskips'])("%s predicts PyTorch's logits", async (name) => {
    const fixture = readUNetFixture(name)
    const kernels = nativeKernels()
    const net = new PredictionNet(kernels, fixture.plan, fixture.weights)
    const image = kernels.upload(fixture.image.values, fixture.image.shape)
    const probabilities = net.probabilities(image)
    expect(probabilities.shape).toEqual([2, 12, 16, 2])
    const found = await kernels.read(probabilities)
    for (const [i, expected] of softmax(fixture).entries()) expect(found[i]).toBeCloseTo(expected, 5)
    kernels.free(image, probabilities)
    net.dispose()
    expect(kernels.liveTensors()).toBe(0)
  })

  test('batch normalisation folded into the convolutions predicts what its running statistics say', async () => {
    // With one batch seen, the running statistics are those of that batch: predicting it again gives its own energy.
    const plan = tinyNetwork({ batchNorm: true })
    const kernels = nativeKernels()
    const net = new UNet(kernels, plan, variedWeights(plan, 3))
    const host = randomBatch(plan, 2, 60, 4)
    const batch = uploadBatch(kernels, plan, host)
    const { energy } = await readStep(kernels, net.energyAndGradients(batch, null, 1))
    const weights = new Map<string, Float32Array>()
    for (const [name, variable] of [...net.variables, ...net.statistics])
      weights.set(name, await kernels.readVariable(variable))
    const p = await kernels.read(new PredictionNet(kernels, plan, weights).probabilities(batch.image))
    const again = host.weight.reduce((sum, w, i) => sum - w * Math.log(p[2 * i + host.classIndex[i]!]!), 0)
    expect(again / host.weight.length / energy).toBeCloseTo(1, 5)
  })

  test('an input of 572 pixels gives an output of 388, as in figure 1', async () => {
    const plan = tinyNetwork({ depth: 4, baseWidth: 2 })
    const kernels = nativeKernels()
    const net = new PredictionNet(kernels, plan, initialWeights(plan, 1))
    const output = net.probabilities(kernels.upload(new Float32Array(572 * 572), [1, 572, 572, 1]))
    expect(output.shape).toEqual([1, 388, 388, 2])
    expect(marginPx(4)).toBe(572 - 388)
    expect(new UNet(kernels, narrow(), initialWeights(narrow(), 1)).dropoutShape(1, 572)).toEqual([1, 28, 28, 32])
  })

  for (const batchNorm of [false, true]) {
    describe(batchNorm ? 'with batch normalisation' : 'as in the paper', () => {
      const plan = tinyNetwork({ batchNorm, classes: 3, inputChannels: 2 })
      const host = randomBatch(plan, 2, 60, 7)
      const kernels = hasNative ? nativeKernels() : null!
      async function step(change: Partial<typeof host>) {
        const net = new UNet(kernels, plan, variedWeights(plan, 5))
        const answer = net.energyAndGradients(uploadBatch(kernels, plan, { ...host, ...change }), null, 1)
        return readStep(kernels, answer)
      }

      test('the class of unknown pixels changes nothing, that of one painted pixel does', async () => {
        const asIs = await step({})
        const flipped = (where: (weight: number, i: number) => boolean) =>
          host.classIndex.map((k, i) => (where(host.weight[i]!, i) ? (k + 1) % 3 : k))
        const unknown = await step({ classIndex: flipped((weight) => weight === 0) })
        expect(unknown.energy).toBe(asIs.energy)
        expect(worstDifference(unknown.gradients, asIs.gradients)).toBe(0)
        const painted = host.weight.findIndex((weight) => weight > 0)
        const known = await step({ classIndex: flipped((_, i) => i === painted) })
        expect(known.energy).not.toBe(asIs.energy)
        expect(worstDifference(known.gradients, asIs.gradients)).toBeGreaterThan(0)
      })

      test('with nothing painted every gradient is exactly zero', async () => {
        const { energy, gradients } = await step({ weight: new Float32Array(host.weight.length) })
        expect(energy).toBe(0)
        for (const [name, values] of gradients)
          expect(
            values.every((value) => value === 0),
            name,
          ).toBe(true)
      })
    })
  }

  test('one tile can be learnt by heart', async () => {
    const plan = tinyNetwork({ baseWidth: 8 })
    const kernels = nativeKernels()
    const net = new UNet(kernels, plan, initialWeights(plan, 2))
    const host = randomBatch(plan, 1, 44, 9)
    const batch = uploadBatch(kernels, plan, { ...host, weight: host.weight.map(() => 1) })
    const moments = new Map([...net.variables].map(([name, { shape }]) => [name, twoVariables(shape)]))
    function twoVariables(shape: readonly number[]) {
      const zeros = new Float32Array(shape.reduce((product, side) => product * side, 1))
      return [0, 1].map(() => kernels.createVariable('moment', zeros, shape)) as [never, never]
    }
    let last = Number.NaN
    for (let step = 1; step <= 300; step++) {
      const { energy, gradients } = net.energyAndGradients(batch, null, step)
      for (const [name, gradient] of gradients) {
        kernels.adamStep(net.variables.get(name)!, ...moments.get(name)!, gradient, 0.01, step)
        kernels.free(gradient)
      }
      last = (await kernels.read(energy))[0]!
      kernels.free(energy)
    }
    expect(last).toBeLessThan(0.02) // ln 2 = 0.69 is what guessing gives
  })
})

const narrow = () => tinyNetwork({ depth: 4, baseWidth: 2, dropout: 0.5 })

function softmax({ logits }: NetworkFixture): Float64Array {
  const p = new Float64Array(logits.length)
  for (let i = 0; i < logits.length; i += 2) {
    p[i] = 1 / (1 + Math.exp(logits[i + 1]! - logits[i]!))
    p[i + 1] = 1 - p[i]!
  }
  return p
}

/** Cosine of the angle between two gradients of the whole network. */
function cosine(one: Map<string, Float32Array>, other: Map<string, Float32Array>): number {
  let [product, a, b] = [0, 0, 0]
  for (const [name, values] of one) {
    for (const [i, value] of values.entries()) {
      const second = other.get(name)![i]!
      product += value * second
      a += value ** 2
      b += second ** 2
    }
  }
  return product / Math.sqrt(a * b)
}
