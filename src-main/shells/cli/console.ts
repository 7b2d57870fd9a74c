/** Where a command speaks: results on stdout (text, or JSON with --json), all else on stderr. */
import { AppError } from '../../../src-shared/errors.ts'
import type { Progress } from '../../../src-shared/progress.ts'
import type { Job } from '../../core/job.ts'
import { ProgressLine } from './progress-line.ts'

/** What a command writes to; process.stdout and process.stderr outside tests. */
export interface Stream {
  isTTY?: boolean
  columns?: number
  write: (text: string) => unknown
}

export class Console {
  /** Set once the options are parsed. */
  isJson = false
  isVerbose = false
  readonly #stdout: Stream
  readonly #stderr: Stream
  readonly #bar: ProgressLine

  constructor(stdout: Stream, stderr: Stream) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.#bar = new ProgressLine(stderr)
  }

  /** The answer of a command: one JSON object, or the text. */
  result(value: object, text: string): void {
    this.#bar.clear()
    this.#stdout.write(this.isJson ? `${JSON.stringify(value)}\n` : text.replace(/\n*$/, '\n'))
  }

  /** One of many answers while a command runs: a JSON line, or nothing. */
  event(value: object): void {
    if (this.isJson) this.#stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** A sentence for the person at the terminal. */
  note(sentence: string): void {
    this.#bar.clear()
    this.#stderr.write(`${sentence}\n`)
  }

  progress(progress: Progress): void {
    this.#bar.show(progress)
  }

  /** The end of a bar: what is written next starts a line of its own. */
  endProgress(): void {
    this.#bar.end()
  }

  /** A job that reports here. */
  job(signal: AbortSignal): Job {
    return {
      signal,
      progress: (progress) => this.progress(progress),
      rest: () => {}, // nothing can pause a command
      note: (sentence) => this.note(sentence),
    }
  }

  /** Says what went wrong, in one sentence, with the stack only when asked; returns the exit code. */
  failed(error: unknown): number {
    this.#bar.end()
    const isKnown = error instanceof AppError
    const message = error instanceof Error ? error.message : String(error)
    const sentence = isKnown
      ? message
      : `Something unexpected went wrong (${firstLine(message)}); run it again with --verbose and report what it says.`
    if (this.isJson) {
      const code = isKnown ? error.code : 'bug'
      this.#stdout.write(`${JSON.stringify({ ok: false, error: { code, message: sentence } })}\n`)
    }
    this.#stderr.write(`${sentence}\n`)
    if (this.isVerbose && error instanceof Error) this.#stderr.write(`${error.stack}\n${causeOf(error)}`)
    return isKnown ? error.exitCode : 1
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!

const causeOf = (error: Error): string => (error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : '')
