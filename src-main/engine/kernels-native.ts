/**
 * The kernels on native TensorFlow, one eager operation each, chosen by measurement (docs/decisions/kernels.md).
 * With precision bfloat16 activations and their gradients are bfloat16 (8 bits of significand); weights, sums over the
 * batch, the energy and the optimiser stay float32.
 */
import type { BatchStatistics, DeviceTensor, Kernels, Padding, Variable } from './kernels.ts'
import { idOf, type NativeTensor, NativeTensors, resourceOf } from './native-tensors.ts'
import { type Attribute, DTYPE } from './tensorflow-binding.ts'

const DTYPE_BOOL = 10

export class NativeKernels extends NativeTensors implements Kernels {
  // --- convolution --------------------------------------------------------------------------------------------------

  convolve(
    x: DeviceTensor,
    kernel: DeviceTensor,
    bias: DeviceTensor | null,
    relu: boolean,
    padding: Padding,
  ): DeviceTensor {
    const input = this.asActivation(x)
    let output = this.op('Conv2D', this.#convolution(this.dtype, 1, padding), [input.tensor, kernel])
    input.done()
    if (bias !== null) output = this.replace(output, this.op('BiasAdd', this.#biasAttributes(), [output, bias]))
    return relu ? this.replace(output, this.relu(output)) : output
  }

  convolveInputGradient(
    inputShape: readonly number[],
    kernel: DeviceTensor,
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    const attributes = this.#convolution(this.dtype, 1, padding)
    return this.opOnIds('Conv2DBackpropInput', attributes, [this.constant(inputShape), idOf(kernel), idOf(gradient)])
  }

  convolveKernelGradient(
    x: DeviceTensor,
    kernelShape: readonly number[],
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    const input = this.asActivation(x)
    const attributes = this.#convolution(this.dtype, 1, padding)
    const ids = [idOf(input.tensor), this.constant(kernelShape), idOf(gradient)]
    const result = this.opOnIds('Conv2DBackpropFilter', attributes, ids)
    input.done()
    return this.widened(result)
  }

  /** Always in float32: TensorFlow sums bfloat16 in bfloat16, where 8 + 1/64 is still 8. */
  biasGradient(gradient: DeviceTensor): DeviceTensor {
    const wide = this.widenedCopy(gradient)
    return this.replace(wide, this.op('BiasAddGrad', this.#biasAttributes(DTYPE.float32), [wide]))
  }

  relu(x: DeviceTensor): DeviceTensor {
    return this.op('Relu', [this.type('T', this.dtype)], [x])
  }

  reluGradient(gradient: DeviceTensor, output: DeviceTensor): DeviceTensor {
    return this.op('ReluGrad', [this.type('T', this.dtype)], [gradient, output])
  }

  // --- pooling and up-convolution -----------------------------------------------------------------------------------

  maxPool(x: DeviceTensor): DeviceTensor {
    return this.op('MaxPool', [...this.#poolAttributes(), this.ints('explicit_paddings', [])], [x])
  }

  /**
   * TensorFlow's own MaxPoolGrad takes ten times as long as this comparison with the enlarged output. Equal maxima
   * share: the gradient is first divided by their number, at the small size.
   */
  maxPoolGradient(x: DeviceTensor, output: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const [, height, width] = x.shape as [number, number, number, number]
    const enlarged = this.enlarge(output, height, width)
    const isMaximum = this.op(
      'Equal',
      [this.type('T', this.dtype), this.flag('incompatible_shape_error', true)],
      [x, enlarged],
    )
    this.free(enlarged)
    const mask = this.made(this.handleOf(this.cast(idOf(isMaximum), DTYPE_BOOL, this.dtype), x.shape, this.dtype))
    this.free(isMaximum)
    const share = this.op('AvgPool', this.#poolAttributes(), [mask]) // number of equal maxima / 4
    const shared = this.op('DivNoNan', [this.type('T', this.dtype)], [gradient, share])
    this.free(share)
    const spread = this.enlarge(shared, height, width)
    this.free(shared)
    const result = this.multiply(spread, mask)
    this.free(spread, mask)
    const quarter = this.scaled(result, 0.25)
    this.free(result)
    return quarter
  }

  upConvolve(x: DeviceTensor, kernel: DeviceTensor, bias: DeviceTensor): DeviceTensor {
    const [batch, height, width] = x.shape as [number, number, number, number]
    const outputShape = [batch, height * 2, width * 2, kernel.shape[2]!]
    const ids = [this.constant(outputShape), idOf(kernel), idOf(x)]
    const output = this.opOnIds('Conv2DBackpropInput', this.#convolution(this.dtype, 2, 'valid'), ids)
    return this.replace(output, this.op('BiasAdd', this.#biasAttributes(), [output, bias]))
  }

  upConvolveInputGradient(kernel: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.op('Conv2D', this.#convolution(this.dtype, 2, 'valid'), [gradient, kernel])
  }

  upConvolveKernelGradient(x: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const kernelShape = [2, 2, gradient.shape[3]!, x.shape[3]!]
    const ids = [idOf(gradient), this.constant(kernelShape), idOf(x)]
    return this.widened(this.opOnIds('Conv2DBackpropFilter', this.#convolution(this.dtype, 2, 'valid'), ids))
  }

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

  multiply(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    const left = this.asActivation(a)
    const right = this.asActivation(b)
    const result = this.op('Mul', [this.type('T', this.dtype)], [left.tensor, right.tensor])
    left.done()
    right.done()
    return result
  }

  // --- batch normalisation ------------------------------------------------------------------------------------------

  batchNorm(x: DeviceTensor, gamma: DeviceTensor, beta: DeviceTensor, epsilon: number) {
    const channels = x.shape[3]!
    const empty = this.constantFloats([])
    const attributes = [...this.#batchNormAttributes(epsilon), this.float('exponential_avg_factor', 1)]
    const ids = [idOf(x), idOf(gamma), idOf(beta), empty, empty]
    // Outputs: y, batch mean, batch variance (unbiased), reserved mean, reserved variance (biased), reserved.
    const handles = this.run('FusedBatchNormV3', attributes, ids, 6)
    for (const spare of [1, 2, 5]) this.tf.deleteTensor(handles[spare]!.id)
    const statistics: BatchStatistics = {
      mean: this.made(this.handleOf(handles[3]!.id, [channels], DTYPE.float32)),
      variance: this.made(this.handleOf(handles[4]!.id, [channels], DTYPE.float32)),
    }
    return { output: this.made(handles[0]!), statistics }
  }

  batchNormGradient(
    x: DeviceTensor,
    gamma: DeviceTensor,
    statistics: BatchStatistics,
    gradient: DeviceTensor,
    epsilon: number,
  ) {
    const ids = [
      idOf(gradient),
      idOf(x),
      idOf(gamma),
      idOf(statistics.mean),
      idOf(statistics.variance),
      this.constantFloats([]),
    ]
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
    return this.replace(wide, this.op('Softmax', [this.type('T', DTYPE.float32)], [wide]))
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

  #convolution(dtype: number, stride: number, padding: Padding): Attribute[] {
    return [
      this.type('T', dtype),
      this.ints('strides', [1, stride, stride, 1]),
      this.string('padding', padding === 'same' ? 'SAME' : 'VALID'),
      this.string('data_format', 'NHWC'),
      this.ints('dilations', [1, 1, 1, 1]),
      this.flag('use_cudnn_on_gpu', true),
      this.ints('explicit_paddings', []),
    ]
  }

  #biasAttributes(dtype = this.dtype): Attribute[] {
    return [this.type('T', dtype), this.string('data_format', 'NHWC')]
  }

  #poolAttributes(): Attribute[] {
    return [
      this.type('T', this.dtype),
      this.ints('ksize', [1, 2, 2, 1]),
      this.ints('strides', [1, 2, 2, 1]),
      this.string('padding', 'VALID'),
      this.string('data_format', 'NHWC'),
    ]
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
