/** How long work tells how far it is, and what is made of it: a share and the time left. */
export interface Progress {
  /** What is being done: "Importing", "Training", "Predicting". */
  label: string
  done: number
  total: number
  /** "files", "steps", "tiles". */
  unit: string
  /** Said behind the bar: a file name, an energy. */
  detail?: string
}

/** Estimates the time left from the recent pace (exponential mean, about the last ten reports). */
export class TimeLeft {
  #last: { done: number; atMs: number } | undefined
  #msPerUnit: number | undefined

  /** Seconds until `total`, or undefined while nothing can be said; `nowMs` from one steady clock. */
  update(done: number, total: number, nowMs: number): number | undefined {
    const last = this.#last
    if (!last || done < last.done) {
      this.#last = { done, atMs: nowMs }
      this.#msPerUnit = undefined
    } else if (done > last.done) {
      const pace = (nowMs - last.atMs) / (done - last.done)
      const weight = this.#msPerUnit === undefined ? 1 : 1 - 0.9 ** (done - last.done)
      this.#msPerUnit = (this.#msPerUnit ?? 0) * (1 - weight) + pace * weight
      this.#last = { done, atMs: nowMs }
    }
    return this.#msPerUnit === undefined ? undefined : (Math.max(0, total - done) * this.#msPerUnit) / 1000
  }
}

/** "8 s", "2 min 05 s", "1 h 04 min". */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`
}

/** "512 B", "3.4 MB", "502 MB", "1.2 GB" (decimal). */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit]}`
}
