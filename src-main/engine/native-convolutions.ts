/** Convolution and pooling on native TensorFlow, one eager operation each, chosen by measurement (docs/decisions/kernels.md). */
import type { DeviceTensor, Padding } from './kernels.ts'
import { idOf, NativeTensors } from './native-tensors.ts'
import { type Attribute, DTYPE } from './tensorflow-binding.ts'

const DTYPE_BOOL = 10

export class NativeConvolutions extends NativeTensors {
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
    if (bias !== null) output = this.replace(output, () => this.op('BiasAdd', this.#biasAttributes(), [output, bias]))
    return relu ? this.replace(output, () => this.relu(output)) : output
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
    return this.replace(wide, () => this.op('BiasAddGrad', this.#biasAttributes(DTYPE.float32), [wide]))
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
    return this.replace(output, () => this.op('BiasAdd', this.#biasAttributes(), [output, bias]))
  }

  upConvolveInputGradient(kernel: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.op('Conv2D', this.#convolution(this.dtype, 2, 'valid'), [gradient, kernel])
  }

  upConvolveKernelGradient(x: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const kernelShape = [2, 2, gradient.shape[3]!, x.shape[3]!]
    const ids = [idOf(gradient), this.constant(kernelShape), idOf(x)]
    return this.widened(this.opOnIds('Conv2DBackpropFilter', this.#convolution(this.dtype, 2, 'valid'), ids))
  }

  multiply(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    const left = this.asActivation(a)
    const right = this.asActivation(b)
    const result = this.op('Mul', [this.type('T', this.dtype)], [left.tensor, right.tensor])
    left.done()
    right.done()
    return result
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
}
