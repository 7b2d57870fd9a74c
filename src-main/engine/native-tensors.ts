/** Tensors and variables of native TensorFlow, and the running of single operations by name. */
import type { DeviceTensor, Variable } from './kernels.ts'
import { giveNameBack, unusedName } from './native-variable-names.ts'
import { type Attribute, DTYPE, type Handle, type TensorFlowBinding } from './tensorflow-binding.ts'

export interface NativeTensor extends DeviceTensor {
  id: number
  dtype: number
  shape: number[]
}

interface NativeVariable extends Variable {
  /** Handle of the resource that holds the value. */
  resource: number
  shape: number[]
  sharedName: string
}

/** What `NativeKernels` stands on: memory, precision, attributes. */
export class NativeTensors {
  readonly device = 'tensorflow' as const
  readonly label: string
  readonly precision: 'float32' | 'bfloat16'
  protected readonly tf: TensorFlowBinding
  /** TF_DataType of activations. */
  protected readonly dtype: number
  protected live = 0
  protected readonly constants = new Map<string, number>()

  constructor(tf: TensorFlowBinding, options: { precision?: 'float32' | 'bfloat16'; label?: string } = {}) {
    this.tf = tf
    this.precision = options.precision ?? 'float32'
    this.dtype = DTYPE[this.precision]
    this.label = options.label ?? `TensorFlow ${tf.TF_Version}`
  }

  upload(values: Float32Array, shape: readonly number[]): DeviceTensor {
    return this.made({
      id: this.tf.createTensor(shape, DTYPE.float32, values),
      shape: [...shape],
      dtype: DTYPE.float32,
    })
  }

  uploadIndices(values: Int32Array, shape: readonly number[]): DeviceTensor {
    return this.made({ id: this.tf.createTensor(shape, DTYPE.int32, values), shape: [...shape], dtype: DTYPE.int32 })
  }

  async read(tensor: DeviceTensor): Promise<Float32Array> {
    return this.readNow(tensor)
  }

  /** The values at once: native TensorFlow is synchronous. */
  readNow(tensor: DeviceTensor): Float32Array {
    const { id, dtype } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return this.tf.tensorDataSync(id) as Float32Array
    const wide = this.cast(id, dtype, DTYPE.float32)
    const values = this.tf.tensorDataSync(wide) as Float32Array
    this.tf.deleteTensor(wide)
    return values
  }

  free(...tensors: DeviceTensor[]): void {
    for (const tensor of tensors) {
      this.tf.deleteTensor((tensor as NativeTensor).id)
      this.live--
    }
  }

  liveTensors(): number {
    return this.live
  }

  createVariable(name: string, values: Float32Array, shape: readonly number[]): Variable {
    const sharedName = unusedName(shape)
    const [handle] = this.tf.executeOp(
      'VarHandleOp',
      [
        { name: 'dtype', type: this.tf.TF_ATTR_TYPE, value: DTYPE.float32 },
        { name: 'shape', type: this.tf.TF_ATTR_SHAPE, value: [...shape] },
        { name: 'container', type: this.tf.TF_ATTR_STRING, value: '' },
        { name: 'shared_name', type: this.tf.TF_ATTR_STRING, value: sharedName },
      ],
      [],
      1,
    )
    const variable: NativeVariable = { name, shape: [...shape], resource: handle!.id, sharedName }
    this.assignVariable(variable, values)
    return variable
  }

  async readVariable(variable: Variable): Promise<Float32Array> {
    const id = this.readResource(variable)
    const values = this.tf.tensorDataSync(id) as Float32Array
    this.tf.deleteTensor(id)
    return values
  }

  assignVariable(variable: Variable, values: Float32Array): void {
    const { resource, shape } = variable as NativeVariable
    // A copy: the native tensor may alias the array it is given, and the variable lives on.
    const id = this.tf.createTensor(shape, DTYPE.float32, values.slice())
    this.run(
      'AssignVariableOp',
      [this.type('dtype', DTYPE.float32), this.flag('validate_shape', false)],
      [resource, id],
      0,
    )
    this.tf.deleteTensor(id)
  }

  freeVariable(variable: Variable): void {
    const { resource, shape, sharedName } = variable as NativeVariable
    this.run('DestroyResourceOp', [this.flag('ignore_lookup_error', true)], [resource], 0)
    this.tf.deleteTensor(resource)
    giveNameBack(sharedName, shape)
  }

  value(variable: Variable, precision?: 'float32'): DeviceTensor {
    const id = this.readResource(variable)
    const shape = (variable as NativeVariable).shape
    const wide = this.made({ id, shape, dtype: DTYPE.float32 })
    return precision === 'float32' ? wide : this.narrowed(wide)
  }

  protected run(name: string, attributes: readonly Attribute[], ids: readonly number[], outputs: number): Handle[] {
    return this.tf.executeOp(name, attributes, ids, outputs)
  }

  protected op(name: string, attributes: readonly Attribute[], inputs: readonly DeviceTensor[]): NativeTensor {
    return this.opOnIds(name, attributes, inputs.map(idOf))
  }

  protected opOnIds(name: string, attributes: readonly Attribute[], ids: readonly number[]): NativeTensor {
    return this.made(this.run(name, attributes, ids, 1)[0]!)
  }

  protected made(tensor: NativeTensor): NativeTensor {
    this.live++
    return tensor
  }

  protected handleOf(id: number, shape: readonly number[], dtype: number): NativeTensor {
    return { id, shape: [...shape], dtype }
  }

  /** Answers what is made of the old tensor, which is freed, also where there is no memory for the new one. */
  protected replace(old: DeviceTensor, make: () => DeviceTensor): NativeTensor {
    try {
      return make() as NativeTensor
    } finally {
      this.free(old)
    }
  }

  protected cast(id: number, from: number, to: number): number {
    return this.run('Cast', [this.type('SrcT', from), this.type('DstT', to), this.flag('Truncate', false)], [id], 1)[0]!
      .id
  }

  /** Consumes a tensor in the activations' precision, answers it in float32. */
  protected widened(tensor: DeviceTensor): NativeTensor {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return tensor as NativeTensor
    return this.replace(tensor, () =>
      this.made(this.handleOf(this.cast(id, dtype, DTYPE.float32), shape, DTYPE.float32)),
    )
  }

  /** A float32 copy or alias of a tensor that stays the caller's. */
  protected widenedCopy(tensor: DeviceTensor): NativeTensor {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === DTYPE.float32) return this.op('Identity', [this.type('T', dtype)], [tensor])
    return this.made(this.handleOf(this.cast(id, dtype, DTYPE.float32), shape, DTYPE.float32))
  }

  /** Consumes a float32 tensor, answers it in the activations' precision. */
  protected narrowed(tensor: NativeTensor): NativeTensor {
    if (this.dtype === DTYPE.float32) return tensor
    return this.replace(tensor, () =>
      this.made(this.handleOf(this.cast(tensor.id, DTYPE.float32, this.dtype), tensor.shape, this.dtype)),
    )
  }

  /** Float32 inputs from outside (an image, a dropout mask) in the activations' precision. */
  protected asActivation(tensor: DeviceTensor): { tensor: DeviceTensor; done: () => void } {
    const { id, dtype, shape } = tensor as NativeTensor
    if (dtype === this.dtype) return { tensor, done: () => {} }
    const cast = this.made(this.handleOf(this.cast(id, dtype, this.dtype), shape, this.dtype))
    return { tensor: cast, done: () => this.free(cast) }
  }

  protected reshape(tensor: DeviceTensor, shape: number[]): NativeTensor {
    const attributes = [this.type('T', (tensor as NativeTensor).dtype), this.type('Tshape', DTYPE.int32)]
    return this.opOnIds('Reshape', attributes, [idOf(tensor), this.constant(shape)])
  }

  protected slice(x: DeviceTensor, start: number[], size: number[]): NativeTensor {
    const attributes = [this.type('T', this.dtype), this.type('Index', DTYPE.int32)]
    return this.opOnIds('Slice', attributes, [idOf(x), this.constant(start), this.constant(size)])
  }

  protected enlarge(x: DeviceTensor, height: number, width: number): NativeTensor {
    const attributes = [
      this.type('T', this.dtype),
      this.flag('align_corners', false),
      this.flag('half_pixel_centers', false),
    ]
    return this.opOnIds('ResizeNearestNeighbor', attributes, [idOf(x), this.constant([height, width])])
  }

  protected scaled(tensor: DeviceTensor, factor: number): NativeTensor {
    const { dtype } = tensor as NativeTensor
    return this.withScalars([factor], ([id]) => {
      const scalar = dtype === DTYPE.float32 ? id! : this.cast(id!, DTYPE.float32, dtype)
      const result = this.opOnIds('Mul', [this.type('T', dtype)], [idOf(tensor), scalar])
      if (scalar !== id) this.tf.deleteTensor(scalar)
      return result
    })
  }

  protected sum(tensor: DeviceTensor): NativeTensor {
    const attributes = [this.type('T', DTYPE.float32), this.type('Tidx', DTYPE.int32), this.flag('keep_dims', false)]
    return this.opOnIds('Sum', attributes, [idOf(tensor), this.constant([0])])
  }

  protected withScalars<R>(values: number[], use: (ids: number[]) => R): R {
    const ids = values.map((value) => this.tf.createTensor([], DTYPE.float32, Float32Array.of(value)))
    const result = use(ids)
    for (const id of ids) this.tf.deleteTensor(id)
    return result
  }

  protected readResource(variable: Variable): number {
    return this.run('ReadVariableOp', [this.type('dtype', DTYPE.float32)], [resourceOf(variable)], 1)[0]!.id
  }

  /** Small integer tensors (shapes, axes) are made once and kept. */
  protected constant(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.kept(`i${values.join()}/${shape.join()}`, () =>
      this.tf.createTensor(shape, DTYPE.int32, Int32Array.from(values)),
    )
  }

  protected constantFloats(values: readonly number[]): number {
    return this.kept(`f${values.join()}`, () =>
      this.tf.createTensor([values.length], DTYPE.float32, Float32Array.from(values)),
    )
  }

  protected kept(key: string, make: () => number): number {
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const id = make()
    this.constants.set(key, id)
    return id
  }

  protected type = (name: string, dtype: number): Attribute => ({ name, type: this.tf.TF_ATTR_TYPE, value: dtype })
  protected flag = (name: string, value: boolean): Attribute => ({ name, type: this.tf.TF_ATTR_BOOL, value })
  protected int = (name: string, value: number): Attribute => ({ name, type: this.tf.TF_ATTR_INT, value })
  protected ints = (name: string, value: number[]): Attribute => ({ name, type: this.tf.TF_ATTR_INT, value })
  protected float = (name: string, value: number): Attribute => ({ name, type: this.tf.TF_ATTR_FLOAT, value })
  protected string = (name: string, value: string): Attribute => ({ name, type: this.tf.TF_ATTR_STRING, value })
}

export const idOf = (tensor: DeviceTensor): number => (tensor as NativeTensor).id
export const resourceOf = (variable: Variable): number => (variable as NativeVariable).resource
