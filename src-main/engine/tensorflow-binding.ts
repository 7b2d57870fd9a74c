/**
 * The native TensorFlow addon of @tensorflow/tfjs-node-gpu, loaded directly: eager operations by name. Its JavaScript
 * half is not loaded, since the network needs neither tfjs tensors nor its tape here (docs/decisions/kernels.md).
 */
import { createRequire } from 'node:module'

/** What an eager operation returns for each output. */
export interface Handle {
  id: number
  shape: number[]
  /** TF_DataType: 1 float, 3 int32, 14 bfloat16, 20 resource. */
  dtype: number
}

export interface Attribute {
  name: string
  type: number
  value: number | number[] | boolean | string
}

export interface TensorFlowBinding {
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): Float32Array | Int32Array
  executeOp(name: string, attributes: readonly Attribute[], inputIds: readonly number[], outputs: number): Handle[]
  isUsingGpuDevice(): boolean
  TF_Version: string
  TF_ATTR_STRING: number
  TF_ATTR_INT: number
  TF_ATTR_FLOAT: number
  TF_ATTR_BOOL: number
  TF_ATTR_TYPE: number
  TF_ATTR_SHAPE: number
}

/** TF_DataType values used here (tensorflow/c/tf_datatype.h). */
export const DTYPE = { float32: 1, int32: 3, bfloat16: 14, resource: 20 } as const

/** Loads the addon; never in a worker thread nor in Electron's main process. Throws when it cannot be loaded. */
export function loadBinding(addonPath: string): TensorFlowBinding {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
  return createRequire(import.meta.url)(addonPath) as TensorFlowBinding
}
