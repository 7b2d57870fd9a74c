/** What this machine can compute with. */
import { availableParallelism, totalmem } from 'node:os'
import type { DeviceName, DeviceReport } from '../../src-shared/engine-api.ts'
import type { Engine } from './engine.ts'
import type { Job } from './job.ts'
import { VERSION } from './version.ts'

export interface DoctorReport {
  cellbrush: string
  node: string
  /** "linux x64". */
  platform: string
  cores: number
  memoryBytes: number
  devices: DeviceReport[]
  /** What `--device auto` takes; absent when nothing works. */
  chosen?: DeviceName
}

/** Asks the engine for its devices, measuring each (some seconds) unless told not to. */
export async function examine(
  engine: Engine,
  { device, isMeasured }: { device?: DeviceName; isMeasured: boolean },
  job: Job,
): Promise<DoctorReport> {
  const params = { measure: isMeasured, ...(device === undefined ? {} : { only: device }) }
  const devices = await engine.call('devices', params, {
    signal: job.signal,
    onEvent: ({ device }) => job.progress({ label: 'Looking at', done: 0, total: 0, unit: 'devices', detail: device }),
  })
  const chosen = fastest(devices)
  return {
    cellbrush: VERSION,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    devices,
    ...(chosen === undefined ? {} : { chosen }),
  }
}

/** The engine lists devices in the order in which it prefers them. */
const fastest = (devices: readonly DeviceReport[]): DeviceName | undefined =>
  devices.find(({ isUsable }) => isUsable)?.device
