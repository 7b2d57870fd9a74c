/** Which device is taken (docs/gpu.md, "Which device is taken"). */
import type { DeviceName, DeviceReport } from '../../src-shared/engine-api.ts'

/** CUDA; then native TensorFlow or a graphics card by WebGPU, whichever is faster; then plain code or an imitated card. */
function tier({ isUsable, device, isGpu }: DeviceReport): number {
  if (!isUsable) return 9
  if (device === 'tensorflow') return isGpu ? 0 : 1
  return device === 'webgpu' && isGpu ? 1 : 2
}

/** True where only a measurement can tell which device is the faster one. */
export const needsMeasuring = (reports: readonly DeviceReport[]): boolean => {
  const best = Math.min(...reports.map(tier))
  return best === 1 && reports.filter((report) => tier(report) === best).length > 1
}

/** Where nothing was measured what this program is tested on goes first. */
const PLAIN_ORDER: readonly DeviceName[] = ['tensorflow', 'cpu', 'webgpu']

function compare(a: DeviceReport, b: DeviceReport): number {
  if (tier(a) !== tier(b)) return tier(a) - tier(b)
  if (a.secondsPerStep !== undefined && b.secondsPerStep !== undefined) return a.secondsPerStep - b.secondsPerStep
  return PLAIN_ORDER.indexOf(a.device) - PLAIN_ORDER.indexOf(b.device)
}

/** The reports, the one to take first; the others of its kind say why they come later. */
export function rank(reports: readonly DeviceReport[]): DeviceReport[] {
  const sorted = [...reports].sort(compare)
  const best = sorted[0]
  return sorted.map((report) => {
    if (report === best || !best || report.reason || !report.isUsable) return report
    const isMeasured = report.secondsPerStep !== undefined && best.secondsPerStep !== undefined
    return { ...report, reason: `${isMeasured ? 'Measured slower' : 'Expected to be slower'} than ${best.label}.` }
  })
}
