/**
 * Tries one device and prints what it found, the last line of stdout being the newest: `node probe.ts DEVICE [measure]`. A process of
 * its own, since a broken graphics driver, or a TensorFlow made for a newer processor, kills the process that asks.
 */
import type { DeviceName, DeviceReport } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { measureSecondsPerStep } from './measure.ts'
import { openDevice } from './open-device.ts'
import { DEVICE_NAMES } from './probe-child.ts'

async function examine(device: DeviceName, isMeasured: boolean): Promise<DeviceReport> {
  const { kernels, isGpu, note } = await openDevice(device, { threads: 0, precision: 'float32' })
  const report: DeviceReport = { device, isUsable: true, label: kernels.label, isGpu }
  if (note) report.reason = note
  if (!isMeasured) return report
  print(report) // stands when the measurement takes longer than anybody waits
  return { ...report, secondsPerStep: await measureSecondsPerStep(kernels, isGpu || device === 'tensorflow') }
}

const print = (report: DeviceReport, then?: () => void) => process.stdout.write(`\n${JSON.stringify(report)}\n`, then)

function refusal(device: DeviceName, error: unknown): DeviceReport {
  const reason = error instanceof AppError ? String(error.of.reason ?? error.message) : String(error)
  if (!(error instanceof AppError)) console.error(error)
  return { device, isUsable: false, label: DEVICE_NAMES[device], reason, isGpu: false }
}

const [device, measure] = process.argv.slice(2) as [DeviceName, string | undefined]
const report = await examine(device, measure === 'measure').catch((error: unknown) => refusal(device, error))
// Exits by itself only when told: Dawn keeps threads running.
print(report, () => process.exit(0))
