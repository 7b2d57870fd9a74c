/** Axes with round numbers at their ends, and what falls between two values of them. */

export interface Axis {
  low: number
  high: number
  /** What a slider or a brush moves by: a round fraction of the axis. */
  step: number
  /** Round values along the axis, its ends among them. */
  ticks: number[]
}

/** Steps that a brush can stop at. */
const FINENESS = 200
const TICKS = 4

/** The axis of some values; those that are no numbers are left out. Undefined where none is left. */
export function axisOf(values: readonly number[], isWhole = false): Axis | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < least) least = value
    if (value > most) most = value
  }
  if (least > most) return undefined
  const span = Math.max(most - least, Math.abs(most) * 1e-3, isWhole ? 1 : 1e-3)
  const tick = Math.max(round125(span / TICKS), isWhole ? 1 : 0)
  let low = clean(Math.floor(least / tick) * tick)
  if (low > least) low = clean(low - tick) // the quotient or the rounding went over it
  let high = clean(Math.max(Math.ceil(most / tick) * tick, low + tick))
  if (high < most) high = clean(high + tick)
  const ticks = Array.from({ length: Math.round((high - low) / tick) + 1 }, (_, index) => clean(low + index * tick))
  const fine = round125(tick / (FINENESS / TICKS))
  return { low, high, step: isWhole ? Math.max(1, Math.round(fine)) : fine, ticks }
}

/** The next larger of 1, 2, 5 times a power of ten. */
function round125(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const share = value / power
  return clean((share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10) * power)
}

/** Without the dust of binary fractions. */
const clean = (value: number): number => Number(value.toPrecision(10))

/** A value of the axis that a slider can stand at. */
export const snapped = (value: number, { low, high, step }: Axis): number =>
  clean(Math.max(low, Math.min(high, low + Math.round((value - low) / step) * step)))

/** How many values lie in each of `count` equal parts of the axis; the last part holds its upper end. */
export function binned(values: readonly number[], { low, high }: Axis, count: number): number[] {
  const bins = new Array<number>(count).fill(0)
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    bins[Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count))]!++
  }
  return bins
}

/** Both ends belong to it. */
export type Range = readonly [number, number]
export const isWithin = (value: number, [from, to]: Range): boolean => value >= from && value <= to
