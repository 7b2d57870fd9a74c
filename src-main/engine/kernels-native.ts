/**
 * The kernels on native TensorFlow, one eager operation each, chosen by measurement (docs/decisions/kernels.md).
 * With precision bfloat16 activations and their gradients are bfloat16 (8 bits of significand); weights, sums over the
 * batch, the energy and the optimiser stay float32.
 */
import type { BatchStatistics, DeviceTensor, Kernels, Variable } from './kernels.ts'
import { NativeConvolutions } from './native-convolutions.ts'
import { idOf, type NativeTensor, resourceOf } from './native-tensors.ts'
import { type Attribute, DTYPE } from './tensorflow-binding.ts'

export class NativeKernels extends NativeConvolutions implements Kernels {
  // --- shapes -------------------------------------------------------------------------------------------------------

  centreCrop(x: DeviceTensor, height: number, width: number): DeviceTensor {
    const [batch, fromHeight, fromWidth, channels] = x.shape as [number, number, number, number]
    const start = [0, (fromHeight - height) >> 1, (fromWidth - width) >> 1, 0]
    return this.slice(x, start, [batch, height, width, channels])
  }

  centrePad(gradient: DeviceTensor, height: number, width: number): DeviceTensor {
    const [, fromHeight, fromWidth] = gradient.shape as [number, number, number, number]
    const top = (height - fromHeight) >> 1
    const left = (width - fromWidth) >> 1
    const paddings = [0, 0, top, height - fromHeight - top, left, width - fromWidth - left, 0, 0]
    const attributes = [this.type('T', this.dtype), this.type('Tpaddings', DTYPE.int32)]
    return this.opOnIds('Pad', attributes, [idOf(gradient), this.constant(paddings, [4, 2])])
  }

  concat(first: DeviceTensor, second: DeviceTensor): DeviceTensor {
    const attributes = [this.type('T', this.dtype), this.int('N', 2), this.type('Tidx', DTYPE.int32)]
    return this.opOnIds('ConcatV2', attributes, [idOf(first), idOf(second), this.constant([3], [])])
  }

  sliceChannels(x: DeviceTensor, start: number, count: number): DeviceTensor {
    const [batch, height, width] = x.shape as [number, number, number, number]
    return this.slice(x, [0, 0, 0, start], [batch, height, width, count])
  }

  add(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    return this.op('AddV2', [this.type('T', (a as NativeTensor).dtype)], [a, b])
  }

  // --- batch normalisation ------------------------------------------------------------------------------------------

  /**
   * The reserved variance, which the gradient wants, is the biased one on a processor; on a card it is what cuDNN saves,
   * 1 / sqrt(variance + epsilon), and only the unbiased variance is a variance.
   */
  batchNorm(
    x: DeviceTensor,
    gamma: DeviceTensor,
    beta: DeviceTensor,
    epsilon: number,
  ): { output: DeviceTensor; statistics: BatchStatistics } {
    const channels = x.shape[3]!
    const empty = this.constantFloats([])
    const attributes = [...this.#batchNormAttributes(epsilon), this.float('exponential_avg_factor', 1)]
    const ids = [idOf(x), idOf(gamma), idOf(beta), empty, empty]
    // Outputs: y, batch mean, batch variance (unbiased), reserved mean, reserved variance, space of cuDNN's.
    const handles = this.run('FusedBatchNormV3', attributes, ids, 6)
    const channelsOf = (output: number) => this.made(this.handleOf(handles[output]!.id, [channels], DTYPE.float32))
    if (this.tf.isUsingGpuDevice()) {
      this.tf.deleteTensor(handles[1]!.id)
      const [mean, inverse, space] = [channelsOf(3), channelsOf(4), this.made(handles[5]!)]
      const variance = this.#biased(channelsOf(2), x.shape)
      return { output: this.made(handles[0]!), statistics: { mean, variance, reserved: { inverse, space } } }
    }
    for (const spare of [1, 2, 5]) this.tf.deleteTensor(handles[spare]!.id)
    const statistics: BatchStatistics = { mean: channelsOf(3), variance: channelsOf(4) }
    return { output: this.made(handles[0]!), statistics }
  }

  batchNormGradient(
    x: DeviceTensor,
    gamma: DeviceTensor,
    statistics: BatchStatistics,
    gradient: DeviceTensor,
    epsilon: number,
  ) {
    const { mean, variance, reserved } = statistics
    const spread = idOf(reserved?.inverse ?? variance)
    const space = reserved ? idOf(reserved.space) : this.constantFloats([])
    const ids = [idOf(gradient), idOf(x), idOf(gamma), idOf(mean), spread, space]
    const handles = this.run('FusedBatchNormGradV3', this.#batchNormAttributes(epsilon), ids, 5)
    for (const spare of [3, 4]) this.tf.deleteTensor(handles[spare]!.id)
    return { input: this.made(handles[0]!), gamma: this.made(handles[1]!), beta: this.made(handles[2]!) }
  }

  // --- energy -------------------------------------------------------------------------------------------------------

  energy(logits: DeviceTensor, classIndex: DeviceTensor, weight: DeviceTensor) {
    const [batch, height, width, classes] = logits.shape as [number, number, number, number]
    const pixels = batch * height * width
    const wide = this.widenedCopy(logits)
    const rows = this.reshape(wide, [pixels, classes])
    this.free(wide)
    const labels = this.reshape(classIndex, [pixels])
    const attributes = [this.type('T', DTYPE.float32), this.type('Tlabels', DTYPE.int32)]
    const handles = this.run('SparseSoftmaxCrossEntropyWithLogits', attributes, [idOf(rows), idOf(labels)], 2)
    this.free(rows, labels)
    const surprise = this.made(handles[0]!) // [pixels]
    const slope = this.made(handles[1]!) // softmax - one-hot, [pixels, K]
    const flatWeight = this.reshape(weight, [pixels])
    const share = this.scaled(flatWeight, 1 / pixels)
    this.free(flatWeight)
    const weighted = this.op('Mul', [this.type('T', DTYPE.float32)], [surprise, share])
    this.free(surprise)
    const energy = this.sum(weighted)
    this.free(weighted)
    const column = this.reshape(share, [pixels, 1])
    this.free(share)
    const flat = this.op('Mul', [this.type('T', DTYPE.float32)], [slope, column])
    this.free(slope, column)
    const gradient = this.reshape(flat, [batch, height, width, classes])
    this.free(flat)
    return { energy, gradient: this.narrowed(gradient) }
  }

  softmax(logits: DeviceTensor): DeviceTensor {
    const wide = this.widenedCopy(logits)
    return this.replace(wide, () => this.op('Softmax', [this.type('T', DTYPE.float32)], [wide]))
  }

  // --- optimisers ---------------------------------------------------------------------------------------------------

  momentumStep(
    variable: Variable,
    accumulation: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    momentum: number,
  ): void {
    const attributes = [
      this.type('T', DTYPE.float32),
      this.flag('use_locking', false),
      this.flag('use_nesterov', false),
    ]
    this.withScalars([learningRate, momentum], ([rate, keep]) =>
      this.run(
        'ResourceApplyMomentum',
        attributes,
        [resourceOf(variable), resourceOf(accumulation), rate!, idOf(gradient), keep!],
        0,
      ),
    )
  }

  adamStep(
    variable: Variable,
    first: Variable,
    second: Variable,
    gradient: DeviceTensor,
    learningRate: number,
    step: number,
  ): void {
    const attributes = [
      this.type('T', DTYPE.float32),
      this.flag('use_locking', false),
      this.flag('use_nesterov', false),
    ]
    const scalars = [0.9 ** step, 0.999 ** step, learningRate, 0.9, 0.999, 1e-7]
    this.withScalars(scalars, (ids) =>
      this.run(
        'ResourceApplyAdam',
        attributes,
        [resourceOf(variable), resourceOf(first), resourceOf(second), ...ids, idOf(gradient)],
        0,
      ),
    )
  }

  blend(variable: Variable, other: DeviceTensor, keep: number): void {
    this.scale(variable, keep)
    const share = this.scaled(other, 1 - keep)
    this.run('AssignAddVariableOp', [this.type('dtype', DTYPE.float32)], [resourceOf(variable), idOf(share)], 0)
    this.free(share)
  }

  scale(variable: Variable, factor: number): void {
    const present = this.made(this.handleOf(this.readResource(variable), variable.shape, DTYPE.float32))
    const scaled = this.scaled(present, factor)
    this.free(present)
    this.run(
      'AssignVariableOp',
      [this.type('dtype', DTYPE.float32), this.flag('validate_shape', false)],
      [resourceOf(variable), idOf(scaled)],
      0,
    )
    this.free(scaled)
  }

  /** Consumes the unbiased variance of a batch of this shape [B, h, w, C]. */
  #biased(unbiased: DeviceTensor, [batch, height, width]: readonly number[]): DeviceTensor {
    const count = batch! * height! * width!
    return this.replace(unbiased, () => this.scaled(unbiased, (count - 1) / count))
  }

  #batchNormAttributes(epsilon: number): Attribute[] {
    return [
      this.type('T', this.dtype),
      this.type('U', DTYPE.float32),
      this.float('epsilon', epsilon),
      this.string('data_format', 'NHWC'),
      this.flag('is_training', true),
    ]
  }
}
