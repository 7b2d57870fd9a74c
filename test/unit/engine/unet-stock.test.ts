import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parameterShapes } from '../../../src-main/engine/network-shapes.ts'
import { UNet } from '../../../src-main/engine/unet.ts'
import { BATCH_NORM_EPSILON } from '../../../src-main/engine/unet-levels.ts'
import type { UNetPlan } from '../../../src-shared/network-plan.ts'
import { Random } from '../../../src-shared/random.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import {
  type HostBatch,
  randomBatch,
  readStep,
  tinyNetwork,
  uploadBatch,
  variedWeights,
  worstDifference,
} from '../../drivers/network.ts'

/** The network of figure 1 written with stock tfjs operations, differentiated by its tape. */
class StockUNet {
  readonly weights = new Map<string, tf.Variable>()
  readonly #plan: UNetPlan

  constructor(plan: UNetPlan, weights: Map<string, Float32Array>) {
    this.#plan = plan
    for (const [name, shape] of parameterShapes(plan))
      this.weights.set(name, tf.variable(tf.tensor(weights.get(name)!, shape)))
  }

  #of = <T extends tf.Tensor>(name: string): T => this.weights.get(name) as unknown as T

  #convolution(name: string, x: tf.Tensor4D): tf.Tensor4D {
    const raw = tf.conv2d(x, this.#of<tf.Tensor4D>(`${name}/kernel`), 1, this.#plan.padding)
    if (!this.#plan.batchNorm) return tf.relu(tf.add(raw, this.#of(`${name}/bias`)))
    const { mean, variance } = tf.moments(raw, [0, 1, 2])
    const [beta, gamma] = [this.#of<tf.Tensor1D>(`${name}/beta`), this.#of<tf.Tensor1D>(`${name}/gamma`)]
    return tf.relu(tf.batchNorm(raw, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, BATCH_NORM_EPSILON))
  }

  #level = (name: string, x: tf.Tensor4D) => this.#convolution(`${name}/conv1`, this.#convolution(`${name}/conv0`, x))

  logits(image: tf.Tensor4D, mask: tf.Tensor4D | null): tf.Tensor4D {
    const skips: tf.Tensor4D[] = []
    let x = image
    for (let of = 0; of < this.#plan.depth; of++) {
      skips.push(this.#level(`down${of}`, x))
      x = tf.maxPool(skips[of]!, 2, 2, 'valid')
    }
    x = this.#level('bottom', x)
    if (mask) x = tf.mul(x, mask)
    for (let of = this.#plan.depth - 1; of >= 0; of--) {
      const kernel = this.#of<tf.Tensor4D>(`up${of}/upconv/kernel`)
      const [b, h, w] = x.shape
      const up = tf.add(
        tf.conv2dTranspose(x, kernel, [b, 2 * h, 2 * w, kernel.shape[2]], 2, 'valid'),
        this.#of(`up${of}/upconv/bias`),
      ) as tf.Tensor4D
      const skip = skips[of]!
      const start: [number, number, number, number] = [0, (skip.shape[1] - 2 * h) / 2, (skip.shape[2] - 2 * w) / 2, 0]
      const cropped = tf.slice(skip, start, [b, 2 * h, 2 * w, skip.shape[3]])
      x = this.#level(`up${of}`, tf.concat([cropped, up], 3))
    }
    return tf.add(tf.conv2d(x, this.#of<tf.Tensor4D>('head/kernel'), 1, 'valid'), this.#of('head/bias'))
  }

  /** Energy and gradients by name. */
  step(batch: HostBatch, mask: Float32Array | null, maskShape: number[]) {
    const { classes, inputChannels } = this.#plan
    const image = tf.tensor4d(batch.image, [batch.count, batch.inputPx, batch.inputPx, inputChannels])
    const output: [number, number, number] = [batch.count, batch.outputPx, batch.outputPx]
    const target = tf.oneHot(tf.tensor3d(batch.classIndex, output, 'int32'), classes)
    const weight = tf.tensor3d(batch.weight, output)
    const dropped = mask ? tf.tensor<tf.Rank.R4>(mask, maskShape as [number, number, number, number]) : null
    const energy = () =>
      tf.mean(
        tf.mul(weight, tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(this.logits(image, dropped))), -1))),
      ) as tf.Scalar
    const { value, grads } = tf.variableGrads(energy, [...this.weights.values()])
    const gradients = new Map<string, Float32Array>()
    for (const [name, variable] of this.weights)
      gradients.set(name, grads[variable.name]!.dataSync<'float32'>().slice())
    return { energy: value.dataSync()[0]!, gradients }
  }
}

describe.skipIf(!hasNative)(onNative('the native path against stock tfjs'), () => {
  beforeAll(async () => {
    tf.env().set('PROD', true) // no advice to install another package
    await tf.setBackend('cpu')
  })

  const cases: { name: string; plan: UNetPlan; inputPx: number }[] = [
    { name: 'unpadded, with dropout', plan: tinyNetwork({ dropout: 0.5 }), inputPx: 52 },
    {
      name: 'unpadded, batch normalisation, three classes, two channels',
      plan: tinyNetwork({ batchNorm: true, classes: 3, inputChannels: 2 }),
      inputPx: 48,
    },
    {
      name: "'same', batch normalisation, depth 3",
      plan: tinyNetwork({ padding: 'same', batchNorm: true, depth: 3 }),
      inputPx: 32,
    },
  ]
  test.each(cases)('$name: energy and all gradients to 1e-3', async ({ plan, inputPx }) => {
    const weights = variedWeights(plan, 11)
    const batch = randomBatch(plan, 2, inputPx, 12)
    const kernels = nativeKernels()
    const net = new UNet(kernels, plan, weights)
    const maskShape = net.dropoutShape(2, inputPx)
    const random = new Random(1, 0, 9)
    const length = maskShape.reduce((product, side) => product * side, 1)
    const mask = plan.dropout ? Float32Array.from({ length }, () => (random.chance(0.5) ? 0 : 2)) : null
    const deviceMask = mask ? kernels.upload(mask.slice(), maskShape) : null
    const found = await readStep(kernels, net.energyAndGradients(uploadBatch(kernels, plan, batch), deviceMask, 1))
    const expected = new StockUNet(plan, weights).step(batch, mask, maskShape)
    expect(Math.abs(found.energy / expected.energy - 1)).toBeLessThan(1e-5)
    expect(worstDifference(found.gradients, expected.gradients)).toBeLessThan(1e-3)
  })
})
