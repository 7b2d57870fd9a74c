/**
 * The kernels over a backend of TensorFlow.js: 'webgpu' (any graphics card) or 'cpu' (plain JavaScript, the last
 * resort). Tensors are tfjs tensors, freed by hand; tfjs' tape is never started. All arithmetic is float32.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { DeviceName } from '../../src-shared/engine-api.ts'
import type { BatchStatistics, DeviceTensor, Kernels, Padding, Variable } from './kernels.ts'
import * as maths from './kernels-tfjs-maths.ts'
import { ScalarCache } from './scalar-cache.ts'

const image = (tensor: DeviceTensor): tf.Tensor4D => tensor as tf.Tensor4D
const any = (tensor: DeviceTensor): tf.Tensor => tensor as tf.Tensor
const four = (shape: readonly number[]) => [...shape] as [number, number, number, number]

/** A weight: tfjs tensors never change, so training replaces the tensor behind the name. */
interface TfjsVariable extends Variable {
  tensor: tf.Tensor
}
const held = (variable: Variable): TfjsVariable => variable as TfjsVariable

export interface TfjsOptions {
  device: Exclude<DeviceName, 'tensorflow'>
  label: string
  /** What has gone wrong on the device behind our back; asked whenever results are read. */
  failure?: () => Error | undefined
  /** Gives the backend's unused memory back. */
  trim?: () => void
}

/** Kernels over the tfjs backend named like the device, which must be registered and initialised already. */
export class TfjsKernels implements Kernels {
  readonly device: DeviceName
  readonly label: string
  readonly precision = 'float32'
  readonly trim?: () => void
  #live = 0
  readonly #scalars = new ScalarCache()
  readonly #failure: () => Error | undefined

  constructor({ device, label, failure = () => undefined, trim }: TfjsOptions) {
    if (!tf.findBackend(device)) throw new Error(`the tfjs backend "${device}" is not initialised`)
    this.device = device
    this.label = label
    this.#failure = failure
    this.trim = trim
  }

  /** Runs `make` on this backend and owns what it returns. Two kernels in one process take turns. */
  #make(make: () => tf.Tensor): DeviceTensor {
    this.#select()
    this.#live++
    return make()
  }

  #select(): void {
    if (tf.getBackend() !== this.device) void tf.setBackend(this.device) // at once: the backend is initialised
  }

  upload(values: Float32Array, shape: readonly number[]): DeviceTensor {
    return this.#make(() => tf.tensor(values, [...shape], 'float32'))
  }

  uploadIndices(values: Int32Array, shape: readonly number[]): DeviceTensor {
    return this.#make(() => tf.tensor(values, [...shape], 'int32'))
  }

  /** Waits for the device; other work of the process goes on meanwhile. */
  read(tensor: DeviceTensor): Promise<Float32Array> {
    return this.#values(any(tensor))
  }

  async #values(tensor: tf.Tensor): Promise<Float32Array> {
    let values: ArrayLike<number>
    try {
      values = await tensor.data()
    } catch (error) {
      throw this.#failure() ?? error
    }
    const failure = this.#failure()
    if (failure) throw failure
    return new Float32Array(values) // a copy: tfjs may keep what it hands out
  }

  free(...tensors: DeviceTensor[]): void {
    for (const tensor of tensors) {
      if (any(tensor).isDisposed) throw new Error(`a tensor [${tensor.shape}] was freed twice`)
      any(tensor).dispose()
      this.#live--
    }
  }

  liveTensors(): number {
    return this.#live
  }

  createVariable(name: string, values: Float32Array, shape: readonly number[]): Variable {
    this.#select()
    const variable: TfjsVariable = { name, shape: [...shape], tensor: tf.tensor(values.slice(), [...shape], 'float32') }
    return variable
  }

  readVariable(variable: Variable): Promise<Float32Array> {
    return this.#values(held(variable).tensor)
  }

  assignVariable(variable: Variable, values: Float32Array): void {
    this.#replace(variable, () => tf.tensor(values.slice(), [...variable.shape], 'float32'))
  }

  freeVariable(variable: Variable): void {
    held(variable).tensor.dispose()
  }

  value(variable: Variable): DeviceTensor {
    return this.#make(() => tf.clone(held(variable).tensor)) // shares the memory
  }

  #replace(variable: Variable, next: () => tf.Tensor): void {
    this.#select()
    const before = held(variable).tensor
    held(variable).tensor = tf.tidy(next)
    before.dispose()
  }

  convolve(x: DeviceTensor, kernel: DeviceTensor, bias: DeviceTensor | null, relu: boolean, padding: Padding) {
    const activation = relu ? 'relu' : 'linear'
    const [filter, strides, pad] = [image(kernel), 1, padding]
    return this.#make(() =>
      tf.fused.conv2d({ x: image(x), filter, strides, pad, activation, ...(bias ? { bias: any(bias) } : {}) }),
    )
  }

  convolveInputGradient(
    inputShape: readonly number[],
    kernel: DeviceTensor,
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    // A transposed convolution is by definition the input gradient of the convolution.
    return this.#make(() => tf.conv2dTranspose(image(gradient), image(kernel), four(inputShape), 1, padding))
  }

  convolveKernelGradient(
    x: DeviceTensor,
    kernelShape: readonly number[],
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    const compute = this.device === 'cpu' ? maths.kernelGradientByConvolution : maths.kernelGradientOnCard
    return this.#make(() => compute(image(x), kernelShape, image(gradient), padding))
  }

  biasGradient(gradient: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.tidy(() => tf.sum(any(gradient), [0, 1, 2])))
  }

  relu(x: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.relu(any(x)))
  }

  reluGradient(gradient: DeviceTensor, output: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.tidy(() => tf.mul(any(gradient), tf.step(any(output)))))
  }

  maxPool(x: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.maxPool(image(x), 2, 2, 'valid'))
  }

  maxPoolGradient(x: DeviceTensor, output: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.#make(() => maths.maxPoolGradient(image(x), image(output), image(gradient)))
  }

  upConvolve(x: DeviceTensor, kernel: DeviceTensor, bias: DeviceTensor): DeviceTensor {
    const [batch, height, width] = four(x.shape)
    const shape: [number, number, number, number] = [batch, 2 * height, 2 * width, kernel.shape[2]!]
    return this.#make(() =>
      tf.tidy(() => tf.add(tf.conv2dTranspose(image(x), image(kernel), shape, 2, 'valid'), any(bias))),
    )
  }

  upConvolveInputGradient(kernel: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.conv2d(image(gradient), image(kernel), 2, 'valid'))
  }

  upConvolveKernelGradient(x: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.#make(() => maths.upKernelGradient(image(x), image(gradient)))
  }

  centreCrop(x: DeviceTensor, height: number, width: number): DeviceTensor {
    const [batch, fromHeight, fromWidth, channels] = four(x.shape)
    const begin = [0, (fromHeight - height) >> 1, (fromWidth - width) >> 1, 0] as [number, number, number, number]
    return this.#make(() => tf.slice(image(x), begin, [batch, height, width, channels]))
  }

  centrePad(gradient: DeviceTensor, height: number, width: number): DeviceTensor {
    const [, fromHeight, fromWidth] = four(gradient.shape)
    const [top, left] = [(height - fromHeight) >> 1, (width - fromWidth) >> 1]
    const rows: [number, number] = [top, height - fromHeight - top]
    const columns: [number, number] = [left, width - fromWidth - left]
    return this.#make(() => tf.pad(image(gradient), [[0, 0], rows, columns, [0, 0]]))
  }

  concat(first: DeviceTensor, second: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.concat([image(first), image(second)], 3))
  }

  sliceChannels(x: DeviceTensor, start: number, count: number): DeviceTensor {
    const [batch, height, width] = four(x.shape)
    return this.#make(() => tf.slice(image(x), [0, 0, 0, start], [batch, height, width, count]))
  }

  add(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.add(any(a), any(b)))
  }

  multiply(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    return this.#make(() => tf.mul(any(a), any(b)))
  }

  batchNorm(x: DeviceTensor, gamma: DeviceTensor, beta: DeviceTensor, epsilon: number) {
    this.#select()
    this.#live += 3
    return maths.batchNorm(any(x), any(gamma), any(beta), epsilon)
  }

  batchNormGradient(
    x: DeviceTensor,
    gamma: DeviceTensor,
    statistics: BatchStatistics,
    gradient: DeviceTensor,
    epsilon: number,
  ): { input: DeviceTensor; gamma: DeviceTensor; beta: DeviceTensor } {
    this.#select()
    this.#live += 3
    const { mean, variance } = statistics as { mean: tf.Tensor; variance: tf.Tensor }
    return maths.batchNormGradient(any(x), any(gamma), { mean, variance }, any(gradient), epsilon)
  }

  energy(logits: DeviceTensor, classIndex: DeviceTensor, weight: DeviceTensor) {
    this.#select()
    this.#live += 2
    return maths.energy(any(logits), any(classIndex), any(weight))
  }

  softmax(logits: DeviceTensor): DeviceTensor {
    return this.#make(() => maths.softmax(any(logits)))
  }

  momentumStep(
    variable: Variable,
    accumulation: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    momentum: number,
  ): void {
    const [keep, rate] = [this.#scalar(momentum), this.#scalar(learningRate)]
    this.#replace(accumulation, () => tf.add(tf.mul(held(accumulation).tensor, keep), any(gradient)))
    this.#replace(variable, () => tf.sub(held(variable).tensor, tf.mul(held(accumulation).tensor, rate)))
  }

  adamStep(
    variable: Variable,
    first: Variable,
    second: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    step: number,
  ): void {
    const g = any(gradient)
    const rate = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)
    this.#average(first, g, 0.9)
    this.#select()
    const squared = tf.square(g)
    this.#average(second, squared, 0.999)
    squared.dispose()
    // As TensorFlow has it: epsilon beside the root of the uncorrected second moment ("epsilon hat" in the paper).
    this.#replace(variable, () => {
      const spread = tf.add(tf.sqrt(held(second).tensor), this.#scalar(1e-7))
      return tf.sub(held(variable).tensor, tf.mul(tf.div(held(first).tensor, spread), this.#scalar(rate)))
    })
  }

  blend(variable: Variable, other: DeviceTensor, keep: number): void {
    this.#average(variable, any(other), keep)
  }

  scale(variable: Variable, factor: number): void {
    this.#replace(variable, () => tf.mul(held(variable).tensor, this.#scalar(factor)))
  }

  /** variable = keep * variable + (1 - keep) * other, in the form that loses fewest digits when keep is near 1. */
  #average(variable: Variable, other: tf.Tensor, keep: number): void {
    const share = this.#scalar(1 - keep)
    this.#replace(variable, () => {
      const before = held(variable).tensor
      return tf.add(before, tf.mul(tf.sub(other, before), share))
    })
  }

  #scalar(value: number): tf.Tensor {
    this.#select()
    return this.#scalars.get(value)
  }
}
