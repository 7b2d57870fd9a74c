/** Which device is taken (docs/gpu.md, "Which device is taken"). */
import type { DeviceReport } from '../../src-shared/engine-api.ts'

/** CUDA; then native TensorFlow or a graphics card by WebGPU, whichever is faster; then what imitates; then the last. */
function tier({ isUsable, device, isGpu }: DeviceReport): number {
  if (!isUsable) return 9
  if (device === 'tensorflow') return isGpu ? 0 : 1
  if (device === 'webgpu') return isGpu ? 1 : 2
  return 3
}

/** True where only a measurement can tell which device is the faster one. */
export const needsMeasuring = (reports: readonly DeviceReport[]): boolean => {
  const best = Math.min(...reports.map(tier))
  return best === 1 && reports.filter((report) => tier(report) === best).length > 1
}

/** Native TensorFlow goes first where nothing was measured: it is what this program is tested on. */
function compare(a: DeviceReport, b: DeviceReport): number {
  if (tier(a) !== tier(b)) return tier(a) - tier(b)
  if (a.secondsPerStep !== undefined && b.secondsPerStep !== undefined) return a.secondsPerStep - b.secondsPerStep
  return a.device === 'tensorflow' ? -1 : 1
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
