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

/** How far back the pace looks: long enough that a pause (a validation among steps) does not move the end by minutes. */
const MEMORY_MS = 60_000

/** Estimates the time left from the pace of about the last minute, pauses included. */
export class TimeLeft {
  #last: { done: number; atMs: number } | undefined
  /** What was done, and in which time; both fade. */
  #units = 0
  #ms = 0

  /** Seconds until `total`, or undefined while nothing can be said; `nowMs` from one steady clock. */
  update(done: number, total: number, nowMs: number): number | undefined {
    const last = this.#last
    if (last && done < last.done) {
      this.#units = 0
      this.#ms = 0
    }
    if (!last || done < last.done) this.#last = { done, atMs: nowMs }
    else if (done > last.done) {
      const passedMs = nowMs - last.atMs
      const kept = Math.exp(-passedMs / MEMORY_MS)
      this.#units = this.#units * kept + (done - last.done)
      this.#ms = this.#ms * kept + passedMs
      this.#last = { done, atMs: nowMs }
    }
    return this.#units === 0 ? undefined : (Math.max(0, total - done) * this.#ms) / this.#units / 1000
  }

  /** The work stands still: the time until the next update says nothing of its pace. */
  rest(): void {
    this.#last = undefined
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
