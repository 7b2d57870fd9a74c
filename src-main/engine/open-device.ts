/** Opens one device in this process, or says in a person's words why not. `devices.ts` decides which. */
import { availableParallelism } from 'node:os'
import type { DeviceName } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { nativeStatus } from '../native-location.ts'
import type { Kernels } from './kernels.ts'

export type Precision = Kernels['precision']

export interface DeviceOptions {
  /** Native threads; 0 is one per core. Other devices have their own. */
  threads: number
  precision: Precision
}

export interface OpenedDevice {
  kernels: Kernels
  /** Runs on a graphics card. */
  isGpu: boolean
  /** What a person should know although the device works. */
  note?: string
}

/**
 * Kernels of their own on a device of this process; the device itself is opened once.
 * @throws AppError 'device-unavailable' with the reason, or 'setting-invalid' for a precision it does not have
 */
export async function openDevice(device: DeviceName, options: DeviceOptions): Promise<OpenedDevice> {
  if (device === 'tensorflow') return openNative(options)
  if (options.precision !== 'float32') {
    const expected = `float32 on the device ${device}`
    throw new AppError('setting-invalid', { key: 'precision', value: options.precision, expected })
  }
  if (device === 'webgpu') {
    const { openWebgpu } = await import('./webgpu.ts')
    const { kernels, isSoftware } = await openWebgpu()
    return isSoftware ? { kernels, isGpu: false, note: SOFTWARE_NOTE } : { kernels, isGpu: true }
  }
  const { openTfjsCpu } = await import('./tfjs-cpu.ts')
  return { kernels: await openTfjsCpu(), isGpu: false, note: LAST_RESORT_NOTE }
}

const SOFTWARE_NOTE = 'There is no graphics card here: a software driver imitates one on the processor.'
const LAST_RESORT_NOTE =
  'Works on every machine, but about a thousand times slower; taken only when nothing else works.'

/** Threads of TensorFlow in this process; it reads them once, when it is loaded. */
let nativeThreads: number | undefined

/** A number of threads as it is meant: 0 is one per core. */
export const threadCount = (threads: number): number => threads || availableParallelism()

/** True when TensorFlow already runs here with another number of threads, so that only a new process can have these. */
export const needsNewProcess = (threads: number): boolean =>
  nativeThreads !== undefined && nativeThreads !== threadCount(threads)

async function openNative({ threads, precision }: DeviceOptions): Promise<OpenedDevice> {
  const status = nativeStatus()
  if (!status.isReady) throw new AppError('device-unavailable', { device: 'tensorflow', reason: status.reason ?? '' })
  nativeThreads ??= setThreads(threadCount(threads))
  const [{ loadBinding }, { NativeKernels }] = await Promise.all([
    import('./tensorflow-binding.ts'),
    import('./kernels-native.ts'),
  ])
  const binding = attempt(() => loadBinding(status.addon!))
  const isGpu = binding.isUsingGpuDevice()
  const where = isGpu ? 'the NVIDIA card' : `${nativeThreads} ${nativeThreads === 1 ? 'thread' : 'threads'}`
  const kernels = new NativeKernels(binding, { precision, label: `TensorFlow ${binding.TF_Version} on ${where}` })
  const note = status.reason ?? (status.kind === 'cuda' && !isGpu ? NO_CARD_NOTE : undefined)
  return { kernels, isGpu, ...(note === undefined ? {} : { note }) }
}

const NO_CARD_NOTE =
  "TensorFlow with CUDA is set up but found no card it can use; update NVIDIA's driver (nvidia-smi shows its version)."

function setThreads(threads: number): number {
  process.env.TF_NUM_INTRAOP_THREADS = String(threads)
  process.env.TF_NUM_INTEROP_THREADS = '1' // eager operations come one at a time
  return threads
}

function attempt<T>(load: () => T): T {
  try {
    return load()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    const reason = `TensorFlow could not be loaded (${why}); run "npm start" once to set it up again.`
    throw new AppError('device-unavailable', { device: 'tensorflow', reason }, { cause })
  }
}
