/** Numbers of a slider: how they are written, and what somebody who types one means. */

/** Finer than this nothing is kept. */
export const MOST_DECIMALS = 6

/** Decimals that tell the steps of a slider apart, and as many as a value needs to show two significant digits. */
export function decimalsFor(value: number, step: number): number {
  const ofStep = Math.ceil(-Math.log10(step))
  const isWhole = Number.isInteger(step) || value === 0
  const ofValue = isWhole ? 0 : 1 - Math.floor(Math.log10(Math.abs(value)))
  return Math.max(0, Math.min(MOST_DECIMALS, Math.max(ofStep, ofValue)))
}

/** A value without groups and without zeros at its end. */
export const plainNumber = (value: number, step: number): string =>
  value
    .toFixed(decimalsFor(value, step))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')

/** What was typed, as a whole number where the steps are; null where it is no number. */
export function typedNumber(text: string, step: number): number | null {
  const found = Number.parseFloat(withoutGroups(text))
  if (!Number.isFinite(found)) return null
  return Number.isInteger(step) ? Math.round(found) : found
}

/** "1,400" is grouped, "1,4" has the comma of other countries. */
const withoutGroups = (text: string): string =>
  /^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(text.trim()) ? text.replaceAll(',', '') : text.replace(',', '.')
