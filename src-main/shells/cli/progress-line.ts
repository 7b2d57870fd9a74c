/** A progress bar with time left on a terminal; on a pipe a plain line now and then. */
import { durationText, type Progress, TimeLeft } from '../../../src-shared/progress.ts'
import type { Stream } from './console.ts'

const BAR_WIDTH = 24
/** A terminal is redrawn at most this often, a pipe gets a line at most this often. */
const TERMINAL_MS = 100
const PIPE_MS = 30_000

export class ProgressLine {
  readonly #stream: Stream
  readonly #now: () => number
  #label = ''
  #timeLeft = new TimeLeft()
  #shownAtMs = Number.NEGATIVE_INFINITY
  #isDrawn = false

  constructor(stream: Stream, now: () => number = () => performance.now()) {
    this.#stream = stream
    this.#now = now
  }

  show(progress: Progress): void {
    const now = this.#now()
    if (progress.label !== this.#label) this.#begin(progress.label, now)
    const seconds = this.#timeLeft.update(progress.done, progress.total, now)
    const isLast = progress.done >= progress.total
    const pauseMs = this.#stream.isTTY ? TERMINAL_MS : PIPE_MS
    if (now - this.#shownAtMs < pauseMs && !(isLast && this.#stream.isTTY)) return
    this.#shownAtMs = now
    if (this.#stream.isTTY) this.#draw(progress, isLast ? undefined : seconds)
    else this.#stream.write(`${plainLine(progress, seconds)}\n`)
  }

  /** Takes the bar away, so that a line can be written; it comes back with the next report. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write('\r\x1b[K')
    this.#isDrawn = false
  }

  /** Leaves the bar as it is and goes on below it. */
  end(): void {
    if (this.#isDrawn) this.#stream.write('\n')
    this.#isDrawn = false
    this.#label = ''
  }

  #begin(label: string, now: number): void {
    this.end()
    this.#label = label
    this.#timeLeft = new TimeLeft()
    // A pipe hears of work only when it lasts.
    this.#shownAtMs = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : now
  }

  #draw(progress: Progress, secondsLeft: number | undefined): void {
    const full = progress.total > 0 ? Math.round((BAR_WIDTH * progress.done) / progress.total) : 0
    const bar = '█'.repeat(Math.min(full, BAR_WIDTH)) + '░'.repeat(Math.max(0, BAR_WIDTH - full))
    const text = `${progress.label} ${bar} ${countText(progress)}${leftText(secondsLeft)}${detailText(progress)}`
    this.#stream.write(`\r\x1b[K${text.slice(0, Math.max(20, (this.#stream.columns ?? 100) - 1))}`)
    this.#isDrawn = true
  }
}

const countText = ({ done, total, unit }: Progress): string => `${done}/${total} ${unit}`
const leftText = (seconds: number | undefined): string =>
  seconds === undefined ? '' : `, ${durationText(seconds)} left`
const detailText = ({ detail }: Progress): string => (detail ? `  ${detail}` : '')

const plainLine = (progress: Progress, seconds: number | undefined): string =>
  `${progress.label}: ${countText(progress)}${leftText(seconds)}${detailText(progress)}`
