/**
 * WebGPU in plain Node: Dawn (npm package `webgpu`) finds the graphics driver, TensorFlow.js computes on it. Dawn runs
 * driver code in this process, so `doctor` asks in a short-lived child first (`probe.ts`).
 */
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../src-shared/errors.ts'
import { TfjsKernels } from './kernels-tfjs.ts'
import { prepareTfjs } from './tfjs-cpu.ts'

/** What Dawn tells about a graphics adapter; all of it may be empty. */
export type AdapterNames = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>

export interface WebgpuDevice {
  kernels: TfjsKernels
  /** A processor that imitates a graphics card. */
  isSoftware: boolean
}

// Dawn stops working as soon as this object is collected; it also keeps the process alive until it exits by itself.
let dawn: GPU | undefined

interface OpenAdapter {
  label: string
  isSoftware: boolean
  failure: () => AppError | undefined
  trim: () => void
}

/** What is kept of released buffers, by size and usage, without a limit: private to tfjs, whose version is pinned. */
interface BufferKeeper {
  freeBuffers: Map<string, GPUBuffer[]>
  numFreeBuffers: number
  numBytesAllocated: number
}
let opened: Promise<OpenAdapter> | undefined

/**
 * Kernels on the fastest graphics adapter, which is opened once per process.
 * @throws AppError 'device-unavailable' with a reason for a person
 */
export async function openWebgpu(): Promise<WebgpuDevice> {
  opened ??= openAdapter()
  const { isSoftware, label, failure, trim } = await opened
  return { isSoftware, kernels: new TfjsKernels({ device: 'webgpu', label, failure, trim }) }
}

async function openAdapter(): Promise<OpenAdapter> {
  const adapter = await findAdapter()
  const device = await adapter.requestDevice({ requiredLimits: limitsOf(adapter) }).catch((cause: unknown) => {
    throw unavailable('The graphics driver refused to start; update it or restart the computer.', cause)
  })
  const failure = watch(device)
  const trim = await registerBackend(device, adapter.info)
  const isSoftware = isSoftwareAdapter(adapter.info)
  return { isSoftware, label: describeAdapter(adapter.info, isSoftware), failure, trim }
}

/** "WebGPU on NVIDIA GeForce RTX 3060", as far as the driver tells. */
export function describeAdapter(of: AdapterNames, isSoftware: boolean): string {
  const name = of.description || [of.vendor, of.architecture, of.device].filter(Boolean).join(' ') || 'a graphics card'
  return `WebGPU on ${name}${isSoftware ? ' (imitated by the processor)' : ''}`
}

/** Known software implementations: SwiftShader, Mesa's llvmpipe, Microsoft's WARP. */
export const isSoftwareAdapter = (of: AdapterNames & { isFallbackAdapter?: boolean }): boolean =>
  of.isFallbackAdapter === true ||
  /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i.test(
    `${of.vendor} ${of.architecture} ${of.device} ${of.description}`,
  )

/** The remedy for a machine on which Dawn finds no adapter. */
export function missingDriverReason(platform = process.platform): string {
  if (platform === 'darwin') return 'No graphics card with Metal was found; update macOS.'
  const interfaces = platform === 'win32' ? 'Direct3D 12 or Vulkan' : 'Vulkan'
  return `No graphics driver with ${interfaces} was found; if this computer has a graphics card, install its maker's driver.`
}

const unavailable = (reason: string, cause?: unknown) =>
  new AppError('device-unavailable', { device: 'webgpu', reason }, { cause })

async function findAdapter(): Promise<GPUAdapter> {
  dawn ??= await startDawn()
  const adapter = await dawn.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw unavailable(missingDriverReason())
  return adapter
}

async function startDawn(): Promise<GPU> {
  try {
    const { create, globals } = await import('webgpu')
    Object.assign(globalThis, globals) // tfjs reads GPUBufferUsage and its like from there
    return create([])
  } catch (cause) {
    const machine = `${process.platform} ${process.arch}`
    throw unavailable(`WebGPU cannot be loaded on ${machine}; reinstall with "npm start".`, cause)
  }
}

/** As much as the card allows: tensors of the paper's net are larger than WebGPU's default limits. */
function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  const { maxComputeWorkgroupStorageSize, maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = limits
  const { maxBufferSize, maxComputeWorkgroupSizeX, maxComputeInvocationsPerWorkgroup } = limits
  return {
    maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupSizeX,
    maxComputeInvocationsPerWorkgroup,
  }
}

/**
 * Remembers the first thing that went wrong on the card. WebGPU answers later and elsewhere: an operation without
 * memory leaves zeros behind, so every reading of results asks here first.
 */
function watch(device: GPUDevice): () => AppError | undefined {
  let failure: AppError | undefined
  void device.lost.then(({ message, reason }) => {
    if (reason !== 'destroyed')
      failure ??= new AppError('engine-lost', { reason: `the graphics card was lost: ${message}` })
  })
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event as GPUUncapturedErrorEvent
    const remedy = 'choose a smaller batch or patch, or --device tensorflow'
    failure ??=
      error instanceof GPUOutOfMemoryError
        ? new AppError('out-of-memory', { what: 'the network on the graphics card', remedy })
        : new AppError('engine-lost', { reason: `the graphics driver reported: ${error.message}` })
  })
  return () => failure
}

/** Answers how to give the backend's unused memory back. */
async function registerBackend(device: GPUDevice, info: GPUAdapterInfo): Promise<() => void> {
  prepareTfjs()
  // Imported before `navigator.gpu` exists, it registers its kernels but not its own backend, which takes default limits
  // and hides why it fails. The backend itself insists on `navigator.gpu`.
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu')
  Object.defineProperty(globalThis.navigator, 'gpu', { value: dawn, configurable: true })
  const backend = new WebGPUBackend(device as never, info as never) // its types are older than Dawn's
  tf.registerBackend('webgpu', () => backend)
  await tf.setBackend('webgpu')
  return () => dropUnused(backend.bufferManager as unknown as BufferKeeper)
}

/** Work that the card has yet to do with such a buffer keeps its memory until then. The lists themselves must stay. */
function dropUnused(keeper: BufferKeeper): void {
  for (const buffers of keeper.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      keeper.numFreeBuffers--
      keeper.numBytesAllocated -= buffer.size
      buffer.destroy()
    }
  }
}
