import { largestOf } from './extremes.ts'

/** The name and folder of the next one, `run-1`, `run-2` ...: one above the highest of those that there are. */
export function nextId(kind: 'run' | 'prediction', taken: readonly string[]): string {
  const number = new RegExp(`^${kind}-(\\d+)$`)
  return `${kind}-${largestOf([0, ...taken.map((id) => Number(number.exec(id)?.[1] ?? 0))]) + 1}`
}
