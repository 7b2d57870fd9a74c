import { describe, expect, test } from 'vitest'
import type { Kernels, Variable } from '../../../src-main/engine/kernels.ts'
import { learningRateAt, Optimizer } from '../../../src-main/engine/optimizers.ts'
import type { OptimizationPlan } from '../../../src-shared/run-plan.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'

const plan = (change: Partial<OptimizationPlan>): OptimizationPlan =>
  tinyPlan([], { optimization: { weightDecay: 0, warmup: 0, ...change } }).optimization

const START = [1, -2, 0.5]
const STEPS = 6
/** The gradient of a step, small enough in its last entry that Adam's epsilon matters. */
const gradientOf = (step: number) => [Math.sin(step), -0.5 * step, 1e-6 * step]

/** What the update rule makes of one weight, in float64. */
type Rule = (weight: number[], gradient: number[], step: number) => void

const momentumRule = (rate: number, momentum: number): Rule => {
  const accumulation = START.map(() => 0)
  return (weight, gradient) => {
    for (const [i, g] of gradient.entries()) {
      accumulation[i] = momentum * accumulation[i]! + g
      weight[i]! -= rate * accumulation[i]!
    }
  }
}

/** Kingma and Ba 2015, end of section 2: the form with epsilon beside the root of the uncorrected second moment. */
const adamRule = (rate: number): Rule => {
  const [first, second] = [START.map(() => 0), START.map(() => 0)]
  return (weight, gradient, step) => {
    const corrected = (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)
    for (const [i, g] of gradient.entries()) {
      first[i] = 0.9 * first[i]! + 0.1 * g
      second[i] = 0.999 * second[i]! + 0.001 * g * g
      weight[i]! -= (corrected * first[i]!) / (Math.sqrt(second[i]!) + 1e-7)
    }
  }
}

async function expectClose(kernels: Kernels, variable: Variable, expected: readonly number[]) {
  const found = await kernels.readVariable(variable)
  for (const [i, value] of expected.entries()) expect(found[i]! / value).toBeCloseTo(1, 4)
}

describe.skipIf(!hasNative)(onNative('on native TensorFlow'), () => {
  for (const [optimizer, rule] of [
    ['momentum', momentumRule(0.1, 0.99)],
    ['adam', adamRule(0.1)],
  ] as const) {
    test(`${optimizer} moves weights as its formula says, with decay and averages, and frees the gradients`, async () => {
      const kernels = nativeKernels()
      const weightDecay = 0.05
      const of = plan({ optimizer, learningRate: 0.1, momentum: 0.99, weightDecay, weightAverage: 0.75 })
      const names = ['a/kernel', 'a/bias'] // only kernels decay
      const variables = new Map(
        names.map((name) => [name, kernels.createVariable(name, Float32Array.from(START), [3])]),
      )
      const optimiser = new Optimizer(kernels, of, variables)
      const [kernel, bias] = [[...START], [...START]]
      const average = [...START]
      // Both weights have the same gradients, so the moments of one are those of the other.
      const moves = optimizer === 'adam' ? adamRule(0.1) : momentumRule(0.1, 0.99)
      for (let step = 1; step <= STEPS; step++) {
        const gradient = gradientOf(step)
        const upload = () => kernels.upload(Float32Array.from(gradient), [3])
        optimiser.apply(new Map(names.map((name) => [name, upload()])), step, 0.1)
        for (const [i, value] of kernel.entries()) kernel[i] = value * (1 - 0.1 * weightDecay)
        rule(kernel, gradient, step)
        moves(bias, gradient, step)
        const keep = Math.min(0.75, (step - 1) / step)
        for (const [i, value] of kernel.entries()) average[i] = keep * average[i]! + (1 - keep) * value
      }
      await expectClose(kernels, variables.get('a/kernel')!, kernel)
      await expectClose(kernels, variables.get('a/bias')!, bias)
      await expectClose(kernels, optimiser.state.get('average/a/kernel')!, average)
      expect(kernels.liveTensors()).toBe(0)
    })
  }

  test('the average of weights that have made no step yet is the weights themselves, or what a checkpoint has of it', async () => {
    const kernels = nativeKernels()
    const variables = () => new Map([['a/kernel', kernels.createVariable('a/kernel', Float32Array.from(START), [3])]])
    const averageOf = ({ state }: Optimizer) => kernels.readVariable(state.get('average/a/kernel')!)
    const of = plan({ weightAverage: 0.75 })
    expect(await averageOf(new Optimizer(kernels, of, variables()))).toEqual(Float32Array.from(START))
    const kept = { values: Float32Array.of(7, 8, 9) }
    const restored = new Map(['first', 'second', 'average'].map((part) => [`${part}/a/kernel`, kept]))
    expect(await averageOf(new Optimizer(kernels, of, variables(), restored))).toEqual(kept.values)
    expect(kernels.liveTensors()).toBe(0)
  })

  test('a tensor taken before a step keeps the old value', async () => {
    const kernels = nativeKernels()
    const [weight, other, third] = ['w', 'a', 'b'].map((name) =>
      kernels.createVariable(name, Float32Array.from(START), [3]),
    )
    const before = kernels.value(weight!)
    const gradient = kernels.upload(Float32Array.of(1, 2, 3), [3])
    kernels.momentumStep(weight!, other!, gradient, 0.1, 0.9)
    kernels.adamStep(weight!, other!, third!, gradient, 0.1, 1)
    kernels.blend(weight!, gradient, 0.5)
    kernels.scale(weight!, 3)
    kernels.assignVariable(weight!, Float32Array.of(9, 9, 9))
    expect(Array.from(await kernels.read(before))).toEqual(START)
  })

  test('blending and scaling are what they say', async () => {
    const kernels = nativeKernels()
    const weight = kernels.createVariable('w', Float32Array.of(1, -2, 3), [3])
    kernels.blend(weight, kernels.upload(Float32Array.of(0.5, -1, 0), [3]), 0.75)
    expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(0.875, -1.75, 2.25))
    kernels.scale(weight, 2)
    expect(await kernels.readVariable(weight)).toEqual(Float32Array.of(1.75, -3.5, 4.5))
  })

  test('values handed in or out may be changed without changing the weight', async () => {
    const kernels = nativeKernels()
    const values = new Float32Array(64).fill(1) // large enough for native memory to alias it
    const weight = kernels.createVariable('w', values, [64])
    values.fill(99)
    const out = await kernels.readVariable(weight)
    out.fill(98)
    expect(await kernels.readVariable(weight)).toEqual(new Float32Array(64).fill(1))
  })

  test('two kernels in one process have weights of their own', async () => {
    const [training, predicting] = [nativeKernels(), nativeKernels()]
    const ours = training.createVariable('w', Float32Array.of(1, 2, 3), [3])
    const theirs = predicting.createVariable('w', Float32Array.of(7, 8), [2])
    expect(await training.readVariable(ours)).toEqual(Float32Array.of(1, 2, 3))
    predicting.freeVariable(theirs)
    expect(await training.readVariable(ours)).toEqual(Float32Array.of(1, 2, 3))
  })
})

test('the learning rate rises over the warm-up and then stays, or falls by half a cosine to 0', () => {
  const constant = plan({ learningRate: 1, schedule: 'constant', warmup: 0.2 })
  expect([1, 2, 3, 10].map((step) => learningRateAt(step, 10, constant))).toEqual([1 / 3, 2 / 3, 1, 1])
  const cosine = plan({ learningRate: 2, schedule: 'cosine', warmup: 0 })
  expect(learningRateAt(1, 100, cosine)).toBe(2)
  expect(learningRateAt(51, 100, cosine)).toBeCloseTo(1, 12)
  expect(learningRateAt(100, 100, cosine)).toBeCloseTo(1 - Math.cos(Math.PI / 100), 12)
})
