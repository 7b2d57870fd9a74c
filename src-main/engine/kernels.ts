/**
 * What the network needs of a device, and no more: one small set of operations with explicit gradients. Two
 * implementations, native TensorFlow (`kernels-native.ts`) and any tfjs backend (`kernels-tfjs.ts`), run the same
 * networks (`unet.ts`, `patch-classifier.ts`). There is no tape and no garbage collection: whoever makes a tensor frees it, so that the memory
 * of a step is known and small.
 *
 * Images are NHWC. Convolution kernels are [k, k, in, out] (HWIO), up-convolution kernels [2, 2, out, in].
 */
import type { DeviceName } from '../../src-shared/engine-api.ts'

/** A tensor on the device; `shape` is [B, h, w, C] for images. Values are read with `Kernels.read`. */
export interface DeviceTensor {
  readonly shape: readonly number[]
}

/** A weight that training changes in place, always float32. */
export interface Variable {
  readonly name: string
  readonly shape: readonly number[]
}

export type Padding = 'valid' | 'same'

export interface BatchStatistics {
  mean: DeviceTensor // [C]
  /** Biased variance over B, h, w: what the forward pass divides by. */
  variance: DeviceTensor // [C]
  /** What the device wants back for the gradient instead, where that is something else; freed with the rest. */
  reserved?: { inverse: DeviceTensor; space: DeviceTensor }
}

export interface Kernels {
  readonly device: DeviceName
  /** For a person: "TensorFlow 2.21.0 on 2 threads". */
  readonly label: string
  readonly precision: 'float32' | 'bfloat16'

  /** A float32 tensor of the values; the array must not be changed afterwards (native memory may alias it). */
  upload(values: Float32Array, shape: readonly number[]): DeviceTensor
  /** An int32 tensor of class indices. */
  uploadIndices(values: Int32Array, shape: readonly number[]): DeviceTensor
  /** The values as float32, whatever the precision on the device. */
  read(tensor: DeviceTensor): Promise<Float32Array>
  free(...tensors: DeviceTensor[]): void
  /** Gives memory of the device back that is kept for tensors of the sizes so far; where any is kept. */
  trim?(): void
  /** Tensors made and not freed, variables not counted. */
  liveTensors(): number

  createVariable(name: string, values: Float32Array, shape: readonly number[]): Variable
  readVariable(variable: Variable): Promise<Float32Array>
  assignVariable(variable: Variable, values: Float32Array): void
  freeVariable(variable: Variable): void
  /** The variable's present value, in the precision of the activations unless 'float32' is asked for; free it after use. */
  value(variable: Variable, precision?: 'float32'): DeviceTensor

  /** conv(x, kernel) (+ bias) (then ReLU). Kernel [k, k, in, out] of any k ('same': odd), stride 1. */
  convolve(
    x: DeviceTensor,
    kernel: DeviceTensor,
    bias: DeviceTensor | null,
    relu: boolean,
    padding: Padding,
  ): DeviceTensor
  convolveInputGradient(
    inputShape: readonly number[],
    kernel: DeviceTensor,
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor
  /** float32 [k, k, in, out]. */
  convolveKernelGradient(
    x: DeviceTensor,
    kernelShape: readonly number[],
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor
  /** Sum over B, h, w, float32 [C]. */
  biasGradient(gradient: DeviceTensor): DeviceTensor

  relu(x: DeviceTensor): DeviceTensor
  /** gradient where output > 0, else 0. */
  reluGradient(gradient: DeviceTensor, output: DeviceTensor): DeviceTensor

  /** 2x2, stride 2; sides must be even. */
  maxPool(x: DeviceTensor): DeviceTensor
  /** `output` is what `maxPool(x)` gave; equal maxima share the gradient (a subgradient; ties at 0 die in the ReLU before). */
  maxPoolGradient(x: DeviceTensor, output: DeviceTensor, gradient: DeviceTensor): DeviceTensor

  /** The 2x2 up-convolution of stride 2 (no overlap) plus bias: [B, h, w, in] -> [B, 2h, 2w, out]. */
  upConvolve(x: DeviceTensor, kernel: DeviceTensor, bias: DeviceTensor): DeviceTensor
  upConvolveInputGradient(kernel: DeviceTensor, gradient: DeviceTensor): DeviceTensor
  /** float32 [2, 2, out, in]. */
  upConvolveKernelGradient(x: DeviceTensor, gradient: DeviceTensor): DeviceTensor

  /** The centre [B, h, w, C] of a larger image; equal sides give a tensor of its own that is freed as any other. */
  centreCrop(x: DeviceTensor, height: number, width: number): DeviceTensor
  /** Its gradient: `gradient` in the centre of zeros. */
  centrePad(gradient: DeviceTensor, height: number, width: number): DeviceTensor
  /** [first, second] along the channels. */
  concat(first: DeviceTensor, second: DeviceTensor): DeviceTensor
  /** Channels start .. start + count - 1. */
  sliceChannels(x: DeviceTensor, start: number, count: number): DeviceTensor

  add(a: DeviceTensor, b: DeviceTensor): DeviceTensor
  /** Elementwise; shapes equal. */
  multiply(a: DeviceTensor, b: DeviceTensor): DeviceTensor

  /** gamma * (x - mean) / sqrt(variance + epsilon) + beta over the batch; gamma and beta float32 [C]. */
  batchNorm(
    x: DeviceTensor,
    gamma: DeviceTensor,
    beta: DeviceTensor,
    epsilon: number,
  ): { output: DeviceTensor; statistics: BatchStatistics }
  batchNormGradient(
    x: DeviceTensor,
    gamma: DeviceTensor,
    statistics: BatchStatistics,
    gradient: DeviceTensor,
    epsilon: number,
  ): { input: DeviceTensor; gamma: DeviceTensor; beta: DeviceTensor }

  /**
   * E = sum over pixels of weight * -log softmax(logits)[classIndex] / pixels, and its gradient with regard to the
   * logits. logits [B, h, w, K], classIndex int32 [B, h, w], weight float32 [B, h, w]; pixels = B * h * w.
   */
  energy(
    logits: DeviceTensor,
    classIndex: DeviceTensor,
    weight: DeviceTensor,
  ): { energy: DeviceTensor; gradient: DeviceTensor }
  /** Over the last axis, float32. */
  softmax(logits: DeviceTensor): DeviceTensor

  /** accumulation = momentum * accumulation + gradient; variable -= learningRate * accumulation. */
  momentumStep(
    variable: Variable,
    accumulation: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    momentum: number,
  ): void
  /** Kingma and Ba 2015, with bias correction; `step` counts from 1. beta1 0.9, beta2 0.999, epsilon 1e-7. */
  adamStep(
    variable: Variable,
    first: Variable,
    second: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    step: number,
  ): void
  /** variable = keep * variable + (1 - keep) * other. */
  blend(variable: Variable, other: DeviceTensor, keep: number): void
  /** variable *= factor (weight decay). */
  scale(variable: Variable, factor: number): void
}
