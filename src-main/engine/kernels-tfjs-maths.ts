/**
 * What tfjs has no fused operation for, composed of its operations. Each function returns tensors that outlive its
 * `tidy`, nothing else stays alive. Shapes as in `kernels.ts`.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Padding } from './kernels.ts'

type Statistics = { mean: tf.Tensor; variance: tf.Tensor }

const BATCH_AND_PIXELS = [0, 1, 2]

/** Enough weights to occupy a graphics card with one thread each. */
const MANY_WEIGHTS = 65_536

/**
 * Gradient of a stride-1 convolution with regard to its kernel, for graphics cards. tfjs' own operation is one loop
 * over all pixels for each weight: good where there are many weights and few pixels, at the bottom of the net, and
 * poor at its top (576 weights and 325,000 pixels in the paper's first layer), where products take over.
 */
export function kernelGradientOnCard(
  x: tf.Tensor4D,
  kernelShape: readonly number[],
  gradient: tf.Tensor4D,
  padding: Padding,
): tf.Tensor4D {
  const weights = kernelShape.reduce((product, side) => product * side, 1)
  if (weights < MANY_WEIGHTS) return kernelGradientByProducts(x, kernelShape, gradient, padding)
  const attributes = { strides: [1, 1], pad: padding, dataFormat: 'NHWC', filterShape: [...kernelShape] }
  return tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy: gradient }, attributes) as tf.Tensor4D
}

/** As one matrix product per kernel position: dW[r, s] = shifted(x)^T g. */
function kernelGradientByProducts(
  x: tf.Tensor4D,
  kernelShape: readonly number[],
  gradient: tf.Tensor4D,
  padding: Padding,
): tf.Tensor4D {
  const [side, , input, output] = kernelShape as [number, number, number, number]
  const [batch, height, width] = gradient.shape
  return tf.tidy(() => {
    const source = padded(x, side, padding)
    const g = tf.reshape(gradient, [batch * height * width, output]) // [N, out]
    const positions: tf.Tensor2D[] = []
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) positions.push(atPosition(row, column))
    }
    return tf.reshape(tf.stack(positions), [side, side, input, output])

    function atPosition(row: number, column: number): tf.Tensor2D {
      return tf.tidy(() => {
        const shifted = tf.slice(source, [0, row, column, 0], [batch, height, width, input])
        return tf.matMul(tf.reshape(shifted, [batch * height * width, input]), g, true) as tf.Tensor2D // [in, out]
      })
    }
  })
}

/**
 * The same as one convolution with batch and channels exchanged: x [in, H, W, B] with g [h, w, B, out] gives
 * [in, k, k, out]. For plain JavaScript, whose products are ten times and whose own gradient a hundred times slower.
 */
export function kernelGradientByConvolution(
  x: tf.Tensor4D,
  kernelShape: readonly number[],
  gradient: tf.Tensor4D,
  padding: Padding,
): tf.Tensor4D {
  return tf.tidy(() => {
    const source = tf.transpose(padded(x, kernelShape[0]!, padding), [3, 1, 2, 0])
    const result = tf.conv2d(source, tf.transpose(gradient, [1, 2, 0, 3]), 1, 'valid')
    return tf.transpose(result, [1, 2, 0, 3])
  })
}

/** Zeros around x, as a convolution with 'same' padding sees it. */
function padded(x: tf.Tensor4D, side: number, padding: Padding): tf.Tensor4D {
  if (padding === 'valid' || side === 1) return x
  const around: [number, number] = [(side - 1) / 2, (side - 1) / 2]
  return tf.pad(x, [[0, 0], around, around, [0, 0]])
}

/** Gradient of the 2x2 up-convolution with regard to its kernel [2, 2, out, in]: no two windows overlap. */
export function upKernelGradient(x: tf.Tensor4D, gradient: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, input] = x.shape
  const output = gradient.shape[3]
  return tf.tidy(() => {
    const rows = tf.reshape(gradient, [batch * height, 2, width, 2 * output])
    const windows = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch * height * width, 4 * output]) // [N, 4 out]
    const product = tf.matMul(windows, tf.reshape(x, [batch * height * width, input]), true) // [4 out, in]
    return tf.reshape(product, [2, 2, output, input])
  })
}

/**
 * Gradient of the 2x2 max pooling; equal maxima share it, as on native TensorFlow. tfjs' own operation gives it to the
 * first of them on the cpu and to the last on WebGPU, so that runs on flat images would differ.
 */
export function maxPoolGradient(x: tf.Tensor4D, output: tf.Tensor4D, gradient: tf.Tensor4D): tf.Tensor4D {
  const size: [number, number] = [x.shape[1], x.shape[2]]
  return tf.tidy(() => {
    const isMaximum = tf.cast(tf.equal(x, tf.image.resizeNearestNeighbor(output, size)), 'float32') as tf.Tensor4D
    const quarters = tf.avgPool(isMaximum, 2, 2, 'valid') // number of equal maxima / 4
    const each = tf.div(gradient, tf.mul(quarters, 4)) as tf.Tensor4D
    return tf.mul(tf.image.resizeNearestNeighbor(each, size), isMaximum)
  })
}

/** Mean and biased variance over B, h, w, in two passes, so that a large mean costs no digits. */
const statisticsOf = (x: tf.Tensor): Statistics => {
  const mean = tf.mean(x, BATCH_AND_PIXELS)
  return { mean, variance: tf.mean(tf.square(tf.sub(x, mean)), BATCH_AND_PIXELS) }
}

/** Batch normalisation with the batch's own statistics (Ioffe and Szegedy 2015, algorithm 1). */
export function batchNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number) {
  const parts = tf.tidy(() => {
    const { mean, variance } = statisticsOf(x)
    const factor = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon))) // [C]
    const shift = tf.sub(beta, tf.mul(mean, factor))
    return { mean, variance, output: tf.add(tf.mul(x, factor), shift) }
  })
  return { output: parts.output, statistics: { mean: parts.mean, variance: parts.variance } }
}

/** Its gradient: the statistics depend on x as well (the same paper, section 3). */
export function batchNormGradient(
  x: tf.Tensor,
  gamma: tf.Tensor,
  { mean, variance }: Statistics,
  gradient: tf.Tensor,
  epsilon: number,
): { input: tf.Tensor; gamma: tf.Tensor; beta: tf.Tensor } {
  return tf.tidy(() => {
    const count = x.size / x.shape.at(-1)!
    const inverse = tf.rsqrt(tf.add(variance, epsilon)) // [C]
    const normalised = tf.mul(tf.sub(x, mean), inverse)
    const beta = tf.sum(gradient, BATCH_AND_PIXELS) // [C]
    const gammaGradient = tf.sum(tf.mul(gradient, normalised), BATCH_AND_PIXELS) // [C]
    const explained = tf.add(tf.mul(normalised, tf.div(gammaGradient, count)), tf.div(beta, count))
    const input = tf.mul(tf.sub(gradient, explained), tf.mul(gamma, inverse))
    return { input, gamma: gammaGradient, beta }
  })
}

/** log softmax over the last axis, safe for large logits. tfjs' own takes one workgroup per pixel on a GPU. */
function logSoftmax(logits: tf.Tensor): tf.Tensor {
  const shifted = tf.sub(logits, tf.max(logits, -1, true))
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))
}

/** Softmax over the last axis. */
export const softmax = (logits: tf.Tensor): tf.Tensor => tf.tidy(() => tf.exp(logSoftmax(logits)))

/** The weighted cross entropy of the paper's eq. 1 per pixel, and its gradient: weight * (p - target) / pixels. */
export function energy(logits: tf.Tensor, classIndex: tf.Tensor, weight: tf.Tensor) {
  return tf.tidy(() => {
    const logProbability = logSoftmax(logits) // [B, h, w, K]
    const target = tf.oneHot(classIndex as tf.Tensor3D, logits.shape.at(-1)!, 1, 0, 'float32')
    const surprise = tf.neg(tf.sum(tf.mul(target, logProbability), -1)) // [B, h, w]
    const share = tf.div(weight, weight.size) // [B, h, w]
    return {
      energy: tf.sum(tf.mul(surprise, share)),
      gradient: tf.mul(tf.sub(tf.exp(logProbability), target), tf.expandDims(share, -1)),
    }
  })
}
