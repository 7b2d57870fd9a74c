/** The devices of this machine: what works, how fast, and which one `auto` means. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceName, DeviceReport } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { writeFileDurably } from '../files/durable.ts'
import { cacheFolder, nativeStatus } from '../native-location.ts'
import { needsMeasuring, rank } from './device-rank.ts'
import type { Kernels } from './kernels.ts'
import { type DeviceOptions, openDevice } from './open-device.ts'
import { DEVICE_NAMES, probeDevice } from './probe-child.ts'

export const DEVICES: readonly DeviceName[] = ['tensorflow', 'webgpu', 'cpu']

export interface ListOptions {
  /** Train a small network for a few steps on each; some seconds a device, one after the other. */
  measure: boolean
  only?: DeviceName
  signal?: AbortSignal
  /** Before each device is looked at. */
  onDevice?: (device: DeviceName) => void
}

/**
 * Every device with what a child process found out about it, the one to take first. Without measuring it takes about a
 * second and goes by the speeds of earlier measurements; never throws for a device that does not work.
 */
export async function listDevices({ measure, only, signal, onDevice }: ListOptions): Promise<DeviceReport[]> {
  const look = (device: DeviceName): Promise<DeviceReport> => {
    onDevice?.(device)
    return lookAt(device, measure, signal)
  }
  const wanted = only ? [only] : DEVICES
  if (!measure) return rank(recallSpeeds(await Promise.all(wanted.map(look))))
  const reports: DeviceReport[] = []
  for (const device of wanted) reports.push(await look(device)) // one at a time: they share the processor
  rememberSpeeds(reports)
  return rank(reports)
}

function lookAt(device: DeviceName, measure: boolean, signal?: AbortSignal): Promise<DeviceReport> {
  const status = nativeStatus()
  if (device !== 'tensorflow' || status.isReady) return probeDevice(device, { measure, signal })
  const reason = status.reason ?? 'TensorFlow has not been set up: run "npm start" once.'
  return Promise.resolve({ device, isUsable: false, label: DEVICE_NAMES[device], reason, isGpu: false })
}

/**
 * Kernels on the named device, or on the best one for 'auto'.
 * @throws AppError 'device-unavailable' with the reason, 'setting-invalid' for a precision the device does not have
 */
export async function openKernels(device: DeviceName | 'auto', options: DeviceOptions): Promise<Kernels> {
  const name = device === 'auto' ? await bestDevice(options) : device
  return (await openDevice(name, options)).kernels
}

/** What was found when this process first asked: a machine's cards do not change meanwhile. */
let found: Promise<DeviceReport[]> | undefined

async function bestDevice({ precision }: DeviceOptions): Promise<DeviceName> {
  found ??= lookAndCompare()
  const usable = (await found).filter(({ isUsable }) => isUsable)
  const able = precision === 'float32' ? usable : usable.filter(({ device }) => device === 'tensorflow')
  const best = able[0] ?? usable[0] // without an able one, opening it says what is wrong with the precision
  if (!best) throw new AppError('device-unavailable', { device: 'auto', reason: 'none works; see "cellbrush doctor".' })
  return best.device
}

/** Measures only where a graphics card competes with TensorFlow on the processor, once per machine. */
async function lookAndCompare(): Promise<DeviceReport[]> {
  const reports = await listDevices({ measure: false })
  const isKnown = reports.every(
    ({ isUsable, device, secondsPerStep }) => !isUsable || device === 'cpu' || secondsPerStep,
  )
  if (isKnown || !needsMeasuring(reports)) return reports
  const measured: DeviceReport[] = []
  for (const device of ['tensorflow', 'webgpu'] as const)
    measured.push(...(await listDevices({ measure: true, only: device })))
  return rank([...measured, ...reports.filter(({ device }) => device === 'cpu')])
}

const speedsPath = (): string => join(cacheFolder(), 'device-speeds.json')

/** Seconds per step by label, which names versions and card. */
function readSpeeds(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(speedsPath(), 'utf8')) as Record<string, number>
  } catch {
    return {} // never measured, or damaged: it is measured again
  }
}

const recallSpeeds = (reports: readonly DeviceReport[]): DeviceReport[] => {
  const speeds = readSpeeds()
  return reports.map((report) => ({ ...report, secondsPerStep: speeds[report.label] ?? report.secondsPerStep }))
}

function rememberSpeeds(reports: readonly DeviceReport[]): void {
  const speeds = readSpeeds()
  for (const { label, secondsPerStep } of reports) if (secondsPerStep) speeds[label] = secondsPerStep
  try {
    mkdirSync(cacheFolder(), { recursive: true })
    writeFileDurably(speedsPath(), JSON.stringify(speeds, null, 1))
  } catch (error) {
    console.error('the measured speeds were not kept:', error) // a read-only home: measured again next time
  }
}
