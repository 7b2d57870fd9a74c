/** Bytes in the unit a person would choose: "854 MB", "3.3 GB". Decimal units, as pip and disks are labelled. */
export function bytesText(bytes) {
  if (bytes < 1e6) return `${Math.max(0, Math.round(bytes / 1e3))} kB`
  if (bytes < 99.5e6) return `${(bytes / 1e6).toFixed(1)} MB`
  if (bytes < 999.5e6) return `${Math.round(bytes / 1e6)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}

/** Seconds as "8 s" or "3 min 20 s". */
export function secondsText(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/**
 * One progress line, such as "Downloading TensorFlow: 120 of 274 MB (44 %), 35.1 MB/s, 4 s left".
 * @param {{ what: string, done: number, total?: number, seconds: number, unit?: string }} of `unit` counts things
 *   ("packages") instead of bytes, and then no speed is shown.
 */
export function progressLine({ what, done, total, seconds, unit }) {
  const share = total ? ` (${Math.min(100, Math.floor((100 * done) / total))} %)` : ''
  if (unit) return `${what}: ${done}${total ? ` of ${total}` : ''} ${unit}${share}, ${secondsText(seconds)}`
  const amount = total ? `${bytesText(done)} of ${bytesText(total)}${share}` : bytesText(done)
  if (seconds < 0.5 || done === 0) return `${what}: ${amount}`
  const speed = done / seconds
  const left = total && done < total ? `, ${secondsText((total - done) / speed)} left` : ''
  return `${what}: ${amount}, ${bytesText(speed)}/s${left}`
}

/**
 * Tells how a long step goes. On a terminal one line is rewritten in place; elsewhere a line appears at the start,
 * then at most every ten seconds, and at the end, so that a log stays short.
 */
export class Progress {
  constructor({ stream = process.stderr, now = () => performance.now() / 1000, everySeconds } = {}) {
    this.stream = stream
    this.now = now
    this.everySeconds = everySeconds ?? (stream.isTTY ? 0.1 : 10)
    this.isDrawn = false
  }

  /** A plain line. */
  say(text) {
    this.#clear()
    this.stream.write(`${text}\n`)
  }

  /**
   * Runs a step and shows it. `step` gets `show(done)`, to be called as often as it likes.
   * @template T @param {{ what: string, total?: number, unit?: string }} of
   * @param {(show: (done: number) => void) => Promise<T>} step @returns {Promise<T>}
   */
  async during({ what, total, unit }, step) {
    const start = this.now()
    let last = start
    let done = 0
    if (!this.stream.isTTY) this.say(total && !unit ? `${what} (${bytesText(total)}) …` : `${what} …`)
    const show = (amount) => {
      done = Math.max(done, amount)
      const now = this.now()
      if (now - last < this.everySeconds) return
      last = now
      this.#draw(progressLine({ what, done, total, seconds: now - start, unit }))
    }
    const ticking = this.stream.isTTY ? setInterval(() => show(done), 500) : undefined
    try {
      const value = await step(show)
      this.say(`${what}: ${this.#summary(done, unit)}${secondsText(this.now() - start)}`)
      return value
    } finally {
      clearInterval(ticking)
      this.#clear()
    }
  }

  #summary(amount, unit) {
    if (!amount) return 'done in '
    return unit ? `${amount} ${unit}, ` : `${bytesText(amount)}, `
  }

  #draw(line) {
    if (!this.stream.isTTY) return this.stream.write(`${line}\n`)
    const width = (this.stream.columns || 80) - 1
    this.stream.write(`\r\u001b[K${line.length > width ? `${line.slice(0, width - 1)}…` : line}`)
    this.isDrawn = true
  }

  #clear() {
    if (this.isDrawn) this.stream.write('\r\u001b[K')
    this.isDrawn = false
  }
}
