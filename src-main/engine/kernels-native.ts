/**
 * The kernels on native TensorFlow, one eager operation each, chosen by measurement (docs/decisions/kernels.md).
 * With precision bfloat16 activations and their gradients are bfloat16 (8 bits of significand); weights, sums over the
 * batch, the energy and the optimiser stay float32.
 */
import type { BatchStatistics, DeviceTensor, Kernels, Padding, Variable } from './kernels.ts'
import { type Attribute, DTYPE, type Handle, type TensorFlowBinding } from './tensorflow-binding.ts'

interface NativeTensor extends DeviceTensor {
  id: number
  dtype: number
  shape: number[]
}

interface NativeVariable extends Variable {
  /** Handle of the resource that holds the value. */
  resource: number
  shape: number[]
}

const DTYPE_BOOL = 10
/** Variables made so far by all kernels of this process: TensorFlow knows a variable by its name alone. */
let variablesMade = 0

export class NativeKernels implements Kernels {
  readonly device = 'tensorflow' as const
  readonly label: string
  readonly precision: 'float32' | 'bfloat16'
  readonly #tf: TensorFlowBinding
  /** TF_DataType of activations. */
  readonly #dtype: number
  #live = 0
  readonly #constants = new Map<string, number>()

  constructor(tf: TensorFlowBinding, options: { precision?: 'float32' | 'bfloat16'; label?: string } = {}) {
    this.#tf = tf
    this.precision = options.precision ?? 'float32'
    this.#dtype = DTYPE[this.precision]
    this.label = options.label ?? `TensorFlow ${tf.TF_Version}`
  }

  // --- memory -------------------------------------------------------------------------------------------------------

  upload(values: Float32Array, shape: readonly number[]): DeviceTensor {
    return this.#made({
      id: this.#tf.createTensor(shape, DTYPE.float32, values),
      shape: [...shape],
      dtype: DTYPE.float32,
    })
  }

  uploadIndices(values: Int32Array, shape: readonly number[]): DeviceTensor {
    return this.#made({ id: this.#tf.createTensor(shape, DTYPE.int32, values), shape: [...shape], dtype: DTYPE.int32 })
  }

  async read(tensor: DeviceTensor): Promise<Float32Array> {
    return this.readNow(tensor)
  }

  /** The values at once: native TensorFlow is synchronous. */
  readNow(tensor: DeviceTensor): Float32Array {
    const { id, dtype } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return this.#tf.tensorDataSync(id) as Float32Array
    const wide = this.#cast(id, dtype, DTYPE.float32)
    const values = this.#tf.tensorDataSync(wide) as Float32Array
    this.#tf.deleteTensor(wide)
    return values
  }

  free(...tensors: DeviceTensor[]): void {
    for (const tensor of tensors) {
      this.#tf.deleteTensor((tensor as NativeTensor).id)
      this.#live--
    }
  }

  liveTensors(): number {
    return this.#live
  }

  createVariable(name: string, values: Float32Array, shape: readonly number[]): Variable {
    const sharedName = `cellbrush/${process.pid}/${variablesMade++}`
    const [handle] = this.#tf.executeOp(
      'VarHandleOp',
      [
        { name: 'dtype', type: this.#tf.TF_ATTR_TYPE, value: DTYPE.float32 },
        { name: 'shape', type: this.#tf.TF_ATTR_SHAPE, value: [...shape] },
        { name: 'container', type: this.#tf.TF_ATTR_STRING, value: '' },
        { name: 'shared_name', type: this.#tf.TF_ATTR_STRING, value: sharedName },
      ],
      [],
      1,
    )
    const variable: NativeVariable = { name, shape: [...shape], resource: handle!.id }
    this.assignVariable(variable, values)
    return variable
  }

  async readVariable(variable: Variable): Promise<Float32Array> {
    const id = this.#readResource(variable)
    const values = this.#tf.tensorDataSync(id) as Float32Array
    this.#tf.deleteTensor(id)
    return values
  }

  assignVariable(variable: Variable, values: Float32Array): void {
    const { resource, shape } = variable as NativeVariable
    // A copy: the native tensor may alias the array it is given, and the variable lives on.
    const id = this.#tf.createTensor(shape, DTYPE.float32, values.slice())
    this.#run(
      'AssignVariableOp',
      [this.#type('dtype', DTYPE.float32), this.#flag('validate_shape', false)],
      [resource, id],
      0,
    )
    this.#tf.deleteTensor(id)
  }

  freeVariable(variable: Variable): void {
    const { resource } = variable as NativeVariable
    this.#run('DestroyResourceOp', [this.#flag('ignore_lookup_error', true)], [resource], 0)
    this.#tf.deleteTensor(resource)
  }

  value(variable: Variable, precision?: 'float32'): DeviceTensor {
    const id = this.#readResource(variable)
    const shape = (variable as NativeVariable).shape
    const wide = this.#made({ id, shape, dtype: DTYPE.float32 })
    return precision === 'float32' ? wide : this.#narrowed(wide)
  }

  // --- convolution --------------------------------------------------------------------------------------------------

  convolve(
    x: DeviceTensor,
    kernel: DeviceTensor,
    bias: DeviceTensor | null,
    relu: boolean,
    padding: Padding,
  ): DeviceTensor {
    const input = this.#asActivation(x)
    let output = this.#op('Conv2D', this.#convolution(this.#dtype, 1, padding), [input.tensor, kernel])
    input.done()
    if (bias !== null) output = this.#replace(output, this.#op('BiasAdd', this.#biasAttributes(), [output, bias]))
    return relu ? this.#replace(output, this.relu(output)) : output
  }

  convolveInputGradient(
    inputShape: readonly number[],
    kernel: DeviceTensor,
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    const attributes = this.#convolution(this.#dtype, 1, padding)
    return this.#opOnIds('Conv2DBackpropInput', attributes, [this.#constant(inputShape), idOf(kernel), idOf(gradient)])
  }

  convolveKernelGradient(
    x: DeviceTensor,
    kernelShape: readonly number[],
    gradient: DeviceTensor,
    padding: Padding,
  ): DeviceTensor {
    const input = this.#asActivation(x)
    const attributes = this.#convolution(this.#dtype, 1, padding)
    const ids = [idOf(input.tensor), this.#constant(kernelShape), idOf(gradient)]
    const result = this.#opOnIds('Conv2DBackpropFilter', attributes, ids)
    input.done()
    return this.#widened(result)
  }

  /** Always in float32: TensorFlow sums bfloat16 in bfloat16, where 8 + 1/64 is still 8. */
  biasGradient(gradient: DeviceTensor): DeviceTensor {
    const wide = this.#widenedCopy(gradient)
    return this.#replace(wide, this.#op('BiasAddGrad', this.#biasAttributes(DTYPE.float32), [wide]))
  }

  relu(x: DeviceTensor): DeviceTensor {
    return this.#op('Relu', [this.#type('T', this.#dtype)], [x])
  }

  reluGradient(gradient: DeviceTensor, output: DeviceTensor): DeviceTensor {
    return this.#op('ReluGrad', [this.#type('T', this.#dtype)], [gradient, output])
  }

  // --- pooling and up-convolution -----------------------------------------------------------------------------------

  maxPool(x: DeviceTensor): DeviceTensor {
    return this.#op('MaxPool', [...this.#poolAttributes(), this.#ints('explicit_paddings', [])], [x])
  }

  /**
   * TensorFlow's own MaxPoolGrad takes ten times as long as this comparison with the enlarged output. Equal maxima
   * share: the gradient is first divided by their number, at the small size.
   */
  maxPoolGradient(x: DeviceTensor, output: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const [, height, width] = x.shape as [number, number, number, number]
    const enlarged = this.#enlarge(output, height, width)
    const isMaximum = this.#op(
      'Equal',
      [this.#type('T', this.#dtype), this.#flag('incompatible_shape_error', true)],
      [x, enlarged],
    )
    this.free(enlarged)
    const mask = this.#made(this.#handleOf(this.#cast(idOf(isMaximum), DTYPE_BOOL, this.#dtype), x.shape, this.#dtype))
    this.free(isMaximum)
    const share = this.#op('AvgPool', this.#poolAttributes(), [mask]) // number of equal maxima / 4
    const shared = this.#op('DivNoNan', [this.#type('T', this.#dtype)], [gradient, share])
    this.free(share)
    const spread = this.#enlarge(shared, height, width)
    this.free(shared)
    const result = this.multiply(spread, mask)
    this.free(spread, mask)
    const quarter = this.#scaled(result, 0.25)
    this.free(result)
    return quarter
  }

  upConvolve(x: DeviceTensor, kernel: DeviceTensor, bias: DeviceTensor): DeviceTensor {
    const [batch, height, width] = x.shape as [number, number, number, number]
    const outputShape = [batch, height * 2, width * 2, kernel.shape[2]!]
    const ids = [this.#constant(outputShape), idOf(kernel), idOf(x)]
    const output = this.#opOnIds('Conv2DBackpropInput', this.#convolution(this.#dtype, 2, 'valid'), ids)
    return this.#replace(output, this.#op('BiasAdd', this.#biasAttributes(), [output, bias]))
  }

  upConvolveInputGradient(kernel: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    return this.#op('Conv2D', this.#convolution(this.#dtype, 2, 'valid'), [gradient, kernel])
  }

  upConvolveKernelGradient(x: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const kernelShape = [2, 2, gradient.shape[3]!, x.shape[3]!]
    const ids = [idOf(gradient), this.#constant(kernelShape), idOf(x)]
    return this.#widened(this.#opOnIds('Conv2DBackpropFilter', this.#convolution(this.#dtype, 2, 'valid'), ids))
  }

  // --- shapes -------------------------------------------------------------------------------------------------------

  centreCrop(x: DeviceTensor, height: number, width: number): DeviceTensor {
    const [batch, fromHeight, fromWidth, channels] = x.shape as [number, number, number, number]
    const start = [0, (fromHeight - height) >> 1, (fromWidth - width) >> 1, 0]
    return this.#slice(x, start, [batch, height, width, channels])
  }

  centrePad(gradient: DeviceTensor, height: number, width: number): DeviceTensor {
    const [, fromHeight, fromWidth] = gradient.shape as [number, number, number, number]
    const top = (height - fromHeight) >> 1
    const left = (width - fromWidth) >> 1
    const paddings = [0, 0, top, height - fromHeight - top, left, width - fromWidth - left, 0, 0]
    const attributes = [this.#type('T', this.#dtype), this.#type('Tpaddings', DTYPE.int32)]
    return this.#opOnIds('Pad', attributes, [idOf(gradient), this.#constant(paddings, [4, 2])])
  }

  concat(first: DeviceTensor, second: DeviceTensor): DeviceTensor {
    const attributes = [this.#type('T', this.#dtype), this.#int('N', 2), this.#type('Tidx', DTYPE.int32)]
    return this.#opOnIds('ConcatV2', attributes, [idOf(first), idOf(second), this.#constant([3], [])])
  }

  sliceChannels(x: DeviceTensor, start: number, count: number): DeviceTensor {
    const [batch, height, width] = x.shape as [number, number, number, number]
    return this.#slice(x, [0, 0, 0, start], [batch, height, width, count])
  }

  add(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    return this.#op('AddV2', [this.#type('T', (a as NativeTensor).dtype)], [a, b])
  }

  multiply(a: DeviceTensor, b: DeviceTensor): DeviceTensor {
    const left = this.#asActivation(a)
    const right = this.#asActivation(b)
    const result = this.#op('Mul', [this.#type('T', this.#dtype)], [left.tensor, right.tensor])
    left.done()
    right.done()
    return result
  }

  // --- batch normalisation ------------------------------------------------------------------------------------------

  batchNorm(x: DeviceTensor, gamma: DeviceTensor, beta: DeviceTensor, epsilon: number) {
    const channels = x.shape[3]!
    const empty = this.#constantFloats([])
    const attributes = [...this.#batchNormAttributes(epsilon), this.#float('exponential_avg_factor', 1)]
    const ids = [idOf(x), idOf(gamma), idOf(beta), empty, empty]
    // Outputs: y, batch mean, batch variance (unbiased), reserved mean, reserved variance (biased), reserved.
    const handles = this.#run('FusedBatchNormV3', attributes, ids, 6)
    for (const spare of [1, 2, 5]) this.#tf.deleteTensor(handles[spare]!.id)
    const statistics: BatchStatistics = {
      mean: this.#made(this.#handleOf(handles[3]!.id, [channels], DTYPE.float32)),
      variance: this.#made(this.#handleOf(handles[4]!.id, [channels], DTYPE.float32)),
    }
    return { output: this.#made(handles[0]!), statistics }
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
      this.#constantFloats([]),
    ]
    const handles = this.#run('FusedBatchNormGradV3', this.#batchNormAttributes(epsilon), ids, 5)
    for (const spare of [3, 4]) this.#tf.deleteTensor(handles[spare]!.id)
    return { input: this.#made(handles[0]!), gamma: this.#made(handles[1]!), beta: this.#made(handles[2]!) }
  }

  // --- energy -------------------------------------------------------------------------------------------------------

  energy(logits: DeviceTensor, classIndex: DeviceTensor, weight: DeviceTensor) {
    const [batch, height, width, classes] = logits.shape as [number, number, number, number]
    const pixels = batch * height * width
    const wide = this.#widenedCopy(logits)
    const rows = this.#reshape(wide, [pixels, classes])
    this.free(wide)
    const labels = this.#reshape(classIndex, [pixels])
    const attributes = [this.#type('T', DTYPE.float32), this.#type('Tlabels', DTYPE.int32)]
    const handles = this.#run('SparseSoftmaxCrossEntropyWithLogits', attributes, [idOf(rows), idOf(labels)], 2)
    this.free(rows, labels)
    const surprise = this.#made(handles[0]!) // [pixels]
    const slope = this.#made(handles[1]!) // softmax - one-hot, [pixels, K]
    const flatWeight = this.#reshape(weight, [pixels])
    const share = this.#scaled(flatWeight, 1 / pixels)
    this.free(flatWeight)
    const weighted = this.#op('Mul', [this.#type('T', DTYPE.float32)], [surprise, share])
    this.free(surprise)
    const energy = this.#sum(weighted)
    this.free(weighted)
    const column = this.#reshape(share, [pixels, 1])
    this.free(share)
    const flat = this.#op('Mul', [this.#type('T', DTYPE.float32)], [slope, column])
    this.free(slope, column)
    const gradient = this.#reshape(flat, [batch, height, width, classes])
    this.free(flat)
    return { energy, gradient: this.#narrowed(gradient) }
  }

  softmax(logits: DeviceTensor): DeviceTensor {
    const wide = this.#widenedCopy(logits)
    return this.#replace(wide, this.#op('Softmax', [this.#type('T', DTYPE.float32)], [wide]))
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
      this.#type('T', DTYPE.float32),
      this.#flag('use_locking', false),
      this.#flag('use_nesterov', false),
    ]
    this.#withScalars([learningRate, momentum], ([rate, keep]) =>
      this.#run(
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
      this.#type('T', DTYPE.float32),
      this.#flag('use_locking', false),
      this.#flag('use_nesterov', false),
    ]
    const scalars = [0.9 ** step, 0.999 ** step, learningRate, 0.9, 0.999, 1e-7]
    this.#withScalars(scalars, (ids) =>
      this.#run(
        'ResourceApplyAdam',
        attributes,
        [resourceOf(variable), resourceOf(first), resourceOf(second), ...ids, idOf(gradient)],
        0,
      ),
    )
  }

  blend(variable: Variable, other: DeviceTensor, keep: number): void {
    this.scale(variable, keep)
    const share = this.#scaled(other, 1 - keep)
    this.#run('AssignAddVariableOp', [this.#type('dtype', DTYPE.float32)], [resourceOf(variable), idOf(share)], 0)
    this.free(share)
  }

  scale(variable: Variable, factor: number): void {
    const present = this.#made(this.#handleOf(this.#readResource(variable), variable.shape, DTYPE.float32))
    const scaled = this.#scaled(present, factor)
    this.free(present)
    this.#run(
      'AssignVariableOp',
      [this.#type('dtype', DTYPE.float32), this.#flag('validate_shape', false)],
      [resourceOf(variable), idOf(scaled)],
      0,
    )
    this.free(scaled)
  }

  // --- the small parts ----------------------------------------------------------------------------------------------

  #run(name: string, attributes: readonly Attribute[], ids: readonly number[], outputs: number): Handle[] {
    return this.#tf.executeOp(name, attributes, ids, outputs)
  }

  #op(name: string, attributes: readonly Attribute[], inputs: readonly DeviceTensor[]): NativeTensor {
    return this.#opOnIds(name, attributes, inputs.map(idOf))
  }

  #opOnIds(name: string, attributes: readonly Attribute[], ids: readonly number[]): NativeTensor {
    return this.#made(this.#run(name, attributes, ids, 1)[0]!)
  }

  #made(tensor: NativeTensor): NativeTensor {
    this.#live++
    return tensor
  }

  #handleOf(id: number, shape: readonly number[], dtype: number): NativeTensor {
    return { id, shape: [...shape], dtype }
  }

  /** Frees the old tensor and answers the new one. */
  #replace(old: DeviceTensor, next: DeviceTensor): NativeTensor {
    this.free(old)
    return next as NativeTensor
  }

  #cast(id: number, from: number, to: number): number {
    return this.#run(
      'Cast',
      [this.#type('SrcT', from), this.#type('DstT', to), this.#flag('Truncate', false)],
      [id],
      1,
    )[0]!.id
  }

  /** Consumes a tensor in the activations' precision, answers it in float32. */
  #widened(tensor: DeviceTensor): NativeTensor {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return tensor as NativeTensor
    return this.#replace(tensor, this.#made(this.#handleOf(this.#cast(id, dtype, DTYPE.float32), shape, DTYPE.float32)))
  }

  /** A float32 copy or alias of a tensor that stays the caller's. */
  #widenedCopy(tensor: DeviceTensor): NativeTensor {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return this.#op('Identity', [this.#type('T', dtype)], [tensor])
    return this.#made(this.#handleOf(this.#cast(id, dtype, DTYPE.float32), shape, DTYPE.float32))
  }

  /** Consumes a float32 tensor, answers it in the activations' precision. */
  #narrowed(tensor: NativeTensor): NativeTensor {
    if (this.#dtype === DTYPE.float32) return tensor
    return this.#replace(
      tensor,
      this.#made(this.#handleOf(this.#cast(tensor.id, DTYPE.float32, this.#dtype), tensor.shape, this.#dtype)),
    )
  }

  /** Float32 inputs from outside (an image, a dropout mask) in the activations' precision. */
  #asActivation(tensor: DeviceTensor): { tensor: DeviceTensor; done: () => void } {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === this.#dtype) return { tensor, done: () => {} }
    const cast = this.#made(this.#handleOf(this.#cast(id, dtype, this.#dtype), shape, this.#dtype))
    return { tensor: cast, done: () => this.free(cast) }
  }

  #reshape(tensor: DeviceTensor, shape: number[]): NativeTensor {
    const attributes = [this.#type('T', (tensor as NativeTensor).dtype), this.#type('Tshape', DTYPE.int32)]
    return this.#opOnIds('Reshape', attributes, [idOf(tensor), this.#constant(shape)])
  }

  #slice(x: DeviceTensor, start: number[], size: number[]): NativeTensor {
    const attributes = [this.#type('T', this.#dtype), this.#type('Index', DTYPE.int32)]
    return this.#opOnIds('Slice', attributes, [idOf(x), this.#constant(start), this.#constant(size)])
  }

  #enlarge(x: DeviceTensor, height: number, width: number): NativeTensor {
    const attributes = [
      this.#type('T', this.#dtype),
      this.#flag('align_corners', false),
      this.#flag('half_pixel_centers', false),
    ]
    return this.#opOnIds('ResizeNearestNeighbor', attributes, [idOf(x), this.#constant([height, width])])
  }

  #scaled(tensor: DeviceTensor, factor: number): NativeTensor {
    const { dtype } = tensor as NativeTensor
    return this.#withScalars([factor], ([id]) => {
      const scalar = dtype === DTYPE.float32 ? id! : this.#cast(id!, DTYPE.float32, dtype)
      const result = this.#opOnIds('Mul', [this.#type('T', dtype)], [idOf(tensor), scalar])
      if (scalar !== id) this.#tf.deleteTensor(scalar)
      return result
    })
  }

  #sum(tensor: DeviceTensor): NativeTensor {
    const attributes = [this.#type('T', DTYPE.float32), this.#type('Tidx', DTYPE.int32), this.#flag('keep_dims', false)]
    return this.#opOnIds('Sum', attributes, [idOf(tensor), this.#constant([0])])
  }

  #withScalars<R>(values: number[], use: (ids: number[]) => R): R {
    const ids = values.map((value) => this.#tf.createTensor([], DTYPE.float32, Float32Array.of(value)))
    const result = use(ids)
    for (const id of ids) this.#tf.deleteTensor(id)
    return result
  }

  #readResource(variable: Variable): number {
    return this.#run('ReadVariableOp', [this.#type('dtype', DTYPE.float32)], [resourceOf(variable)], 1)[0]!.id
  }

  /** Small integer tensors (shapes, axes) are made once and kept. */
  #constant(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.#kept(`i${values.join()}/${shape.join()}`, () =>
      this.#tf.createTensor(shape, DTYPE.int32, Int32Array.from(values)),
    )
  }

  #constantFloats(values: readonly number[]): number {
    return this.#kept(`f${values.join()}`, () =>
      this.#tf.createTensor([values.length], DTYPE.float32, Float32Array.from(values)),
    )
  }

  #kept(key: string, make: () => number): number {
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const id = make()
    this.#constants.set(key, id)
    return id
  }

  #type = (name: string, dtype: number): Attribute => ({ name, type: this.#tf.TF_ATTR_TYPE, value: dtype })
  #flag = (name: string, value: boolean): Attribute => ({ name, type: this.#tf.TF_ATTR_BOOL, value })
  #int = (name: string, value: number): Attribute => ({ name, type: this.#tf.TF_ATTR_INT, value })
  #ints = (name: string, value: number[]): Attribute => ({ name, type: this.#tf.TF_ATTR_INT, value })
  #float = (name: string, value: number): Attribute => ({ name, type: this.#tf.TF_ATTR_FLOAT, value })
  #string = (name: string, value: string): Attribute => ({ name, type: this.#tf.TF_ATTR_STRING, value })

  #convolution(dtype: number, stride: number, padding: Padding): Attribute[] {
    return [
      this.#type('T', dtype),
      this.#ints('strides', [1, stride, stride, 1]),
      this.#string('padding', padding === 'same' ? 'SAME' : 'VALID'),
      this.#string('data_format', 'NHWC'),
      this.#ints('dilations', [1, 1, 1, 1]),
      this.#flag('use_cudnn_on_gpu', true),
      this.#ints('explicit_paddings', []),
    ]
  }

  #biasAttributes(dtype = this.#dtype): Attribute[] {
    return [this.#type('T', dtype), this.#string('data_format', 'NHWC')]
  }

  #poolAttributes(): Attribute[] {
    return [
      this.#type('T', this.#dtype),
      this.#ints('ksize', [1, 2, 2, 1]),
      this.#ints('strides', [1, 2, 2, 1]),
      this.#string('padding', 'VALID'),
      this.#string('data_format', 'NHWC'),
    ]
  }

  #batchNormAttributes(epsilon: number): Attribute[] {
    return [
      this.#type('T', this.#dtype),
      this.#type('U', DTYPE.float32),
      this.#float('epsilon', epsilon),
      this.#string('data_format', 'NHWC'),
      this.#flag('is_training', true),
    ]
  }
}

const idOf = (tensor: DeviceTensor): number => (tensor as NativeTensor).id
const resourceOf = (variable: Variable): number => (variable as NativeVariable).resource
