/** How the bench prints: one line a measurement, for a person; or JSON lines. */
import { median, type Seconds } from './measure.ts'

/** What DESIGN asks of a measurement: of a ratio to the peer, or of our own seconds where there is none. */
export interface Budget {
  /** 'time': ours / peer, smaller is better. 'speed': peer / ours, larger is better. 'seconds': ours alone. */
  of: 'time' | 'speed' | 'seconds'
  mustBe?: number
  goal?: number
}

export interface Measurement {
  what: string
  ours: Seconds
  peer?: Seconds | undefined
  peerName: string
  budget: Budget
  /** Said after the figures, such as how far the results differ. */
  note?: string
}

export const NO_PEER = 'no peer environment: run with --peers'

/** `1.08 of PyTorch's time (must be <= 1.15, goal <= 0.9)`, undefined without a peer. */
export function ratioOf({ ours, peer, budget }: Measurement): number | undefined {
  if (budget.of === 'seconds') return median(ours)
  if (!peer) return undefined
  return budget.of === 'time' ? median(ours) / median(peer) : median(peer) / median(ours)
}

export function asText(measurement: Measurement): string {
  const { what, ours, peer, peerName, budget, note } = measurement
  const lines = [`  ${what}`, `    Cellbrush ${spread(ours)}`]
  if (peer) lines.push(`    ${peerName} ${spread(peer)}`)
  else if (budget.of !== 'seconds') lines.push(`    ${peerName}: ${NO_PEER}`)
  const ratio = ratioOf(measurement)
  if (ratio !== undefined) lines.push(`    ${verdict(ratio, budget, peerName)}`)
  if (note) lines.push(`    ${note}`)
  return lines.join('\n')
}

export const asJson = (section: string, measurement: Measurement): string =>
  JSON.stringify({ section, ...measurement, ratio: ratioOf(measurement) })

function verdict(ratio: number, budget: Budget, peerName: string): string {
  const isMore = budget.of === 'speed'
  const asked = [
    budget.mustBe === undefined ? '' : `must be ${limit(budget.mustBe, budget)}`,
    budget.goal === undefined ? '' : `goal ${limit(budget.goal, budget)}`,
  ].filter(Boolean)
  const figure =
    budget.of === 'seconds'
      ? duration(ratio)
      : `${ratio.toFixed(isMore ? 1 : 3)} x ${isMore ? `the speed of ${peerName}` : `the time of ${peerName}`}`
  return `${figure}${asked.length > 0 ? ` (${asked.join(', ')})` : ''}`
}

const limit = (value: number, { of }: Budget) =>
  of === 'seconds' ? `<= ${duration(value)}` : `${of === 'speed' ? '>=' : '<='} ${value}`

function spread(times: Seconds): string {
  const range = `${duration(Math.min(...times))} to ${duration(Math.max(...times))}`
  return `${duration(median(times))} (median of ${times.length}, ${range})`
}

const duration = (seconds: number) => (seconds < 0.1 ? `${(seconds * 1000).toFixed(2)} ms` : `${seconds.toFixed(3)} s`)
