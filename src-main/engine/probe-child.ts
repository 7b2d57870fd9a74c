import { spawn } from 'node:child_process'
import type { DeviceName, DeviceReport } from '../../src-shared/engine-api.ts'
import { siblingPath } from './sibling.ts'

/** Longest time for a look at a device, and for a look with a measurement, in milliseconds. */
const LOOK_MS = 30_000
const MEASURE_MS = 120_000

/** For a device that could not say its own name. */
export const DEVICE_NAMES: Record<DeviceName, string> = {
  tensorflow: 'TensorFlow',
  webgpu: 'WebGPU',
  cpu: 'Plain JavaScript',
}
const REMEDIES: Record<DeviceName, string> = {
  tensorflow: 'this processor may be too old for it, or its files are damaged: run "npm start" once to set it up again',
  webgpu: "install the newest driver of your graphics card's maker",
  cpu: 'close other programs and try again',
}

export interface ProbeOptions {
  measure: boolean
  signal?: AbortSignal
  /** Another program to run and other limits, for tests. */
  script?: string
  timeoutMs?: number
}

/** What a short-lived child finds out about a device. A child that crashes or hangs makes the device unusable. */
export function probeDevice(device: DeviceName, options: ProbeOptions): Promise<DeviceReport> {
  const { measure, signal, script = siblingPath(import.meta, 'probe') } = options
  const timeout = options.timeoutMs ?? (measure ? MEASURE_MS : LOOK_MS)
  return new Promise((resolve, reject) => {
    const args = [script, device, ...(measure ? ['measure'] : [])]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    let [output, complaints, isLate] = ['', '', false]
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, timeout)
    const onAbort = () => child.kill('SIGKILL')
    signal?.addEventListener('abort', onAbort)
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-2000)))
    child.on('error', (error) => finish(String(error)))
    child.on('close', (code, killedBy) => finish(isLate ? 'it did not answer' : `it ended with ${killedBy ?? code}`))

    function finish(how: string): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      const report = parseReport(output, device)
      if (signal?.aborted) reject(signal.reason)
      else resolve(report && !hasCrashed(report) ? asFound(report) : failed(how))
    }

    /** Ended in the middle of its measurement, for which nobody gave it up. */
    function hasCrashed({ isUsable, secondsPerStep }: DeviceReport): boolean {
      return measure && !isLate && isUsable && secondsPerStep === undefined
    }

    function asFound(report: DeviceReport): DeviceReport {
      if (!isLate) return report
      return { ...report, reason: `Too slow to be measured within ${timeout / 1000} s. ${report.reason ?? ''}`.trim() }
    }

    function failed(how: string): DeviceReport {
      console.error(`the look at ${device} failed: ${how}\n${complaints}`)
      const reason = `${DEVICE_NAMES[device]} failed while being tried (${how}); ${REMEDIES[device]}.`
      return { device, isUsable: false, label: DEVICE_NAMES[device], reason, isGpu: false }
    }
  })
}

/** The last line that is a report; drivers print what they like before it. */
function parseReport(output: string, device: DeviceName): DeviceReport | undefined {
  for (const line of output.split('\n').reverse()) {
    if (!line.startsWith('{')) continue
    try {
      const report = JSON.parse(line) as DeviceReport
      if (report.device === device) return report
    } catch {}
  }
  return undefined
}
