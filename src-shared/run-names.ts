/** The name and folder of the next run, `run-1`, `run-2` ...: one above the highest of those that there are. */
export function nextRunId(taken: readonly string[]): string {
  const numbers = taken.map((name) => Number(/^run-(\d+)$/.exec(name)?.[1] ?? 0))
  return `run-${numbers.reduce((most, number) => Math.max(most, number), 0) + 1}`
}
