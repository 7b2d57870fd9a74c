/** Native TensorFlow for tests, or the reason why a test that needs it is skipped. */
import { NativeKernels } from '../../src-main/engine/kernels-native.ts'
import { loadBinding, type TensorFlowBinding } from '../../src-main/engine/tensorflow-binding.ts'
import { nativeStatus } from '../../src-main/native-location.ts'

const status = nativeStatus()

export const hasNative = status.isReady

/** Title of a group of tests that need native TensorFlow; where it is absent, it says why they are skipped. */
export const onNative = (title: string): string =>
  hasNative ? title : `${title} (skipped: ${status.reason ?? 'native TensorFlow is absent'})`

let binding: TensorFlowBinding | undefined

/** TensorFlow itself, which is loaded when it is first asked for. */
export function nativeBinding(): TensorFlowBinding {
  binding ??= loadBinding(status.addon!)
  return binding
}

/** Kernels of their own. */
export const nativeKernels = (precision: 'float32' | 'bfloat16' = 'float32'): NativeKernels =>
  new NativeKernels(nativeBinding(), { precision })
