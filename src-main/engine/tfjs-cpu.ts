import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { TfjsKernels } from './kernels-tfjs.ts'

/** Quiets tfjs: no advice to install the package that this program replaces. */
export function prepareTfjs(): void {
  tf.env().set('PROD', true)
}

/** The last resort: plain JavaScript on one core, about a thousand times slower than native code, correct everywhere. */
export async function openTfjsCpu(): Promise<TfjsKernels> {
  prepareTfjs()
  await tf.setBackend('cpu')
  return new TfjsKernels({ device: 'cpu', label: 'plain JavaScript on one core' })
}
