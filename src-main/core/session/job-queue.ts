/**
 * Long work of one session, in lanes. Painting never passes through here: it is answered at once. A lane does one job
 * at a time, the most urgent first; a running job that can hold gives way to a more urgent one and goes on afterwards.
 */
import { randomUUID } from 'node:crypto'
import type { ApiEvent } from '../../../src-shared/api.ts'
import { type Progress, TimeLeft } from '../../../src-shared/progress.ts'
import { type Job, Stopped } from '../job.ts'
import { sayFailure } from './failures.ts'

/** 'device' is whatever computes networks; the others share only the disk. */
export type Lane = 'device' | 'import' | 'export'

/** The higher one goes first. */
export const PRIORITY = { prediction: 3, preview: 2, training: 1, plain: 0 } as const

export interface JobSpec<T> {
  /** For the status bar: "Predicting 3 images". */
  title: string
  /** The run it trains. */
  training?: string
  /** The prediction it makes. */
  predicting?: string
  lane: Lane
  priority: number
  run: (job: Job) => Promise<T>
  /** Lets go of the device until `release` is called; a job without it is never interrupted. */
  hold?: () => Promise<void> | void
  release?: () => void
}

export interface Queued<T> {
  id: string
  /** Rejects with `Stopped` when cancelled before it began. */
  done: Promise<T>
  cancel: () => void
}

type JobEvent = Extract<ApiEvent, { type: 'job' }>

/** Progress is told at most this often: a bar needs no more, and a training has hundreds of steps a second. */
const TELL_MS = 100

interface Entry {
  id: string
  spec: JobSpec<unknown>
  controller: AbortController
  settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void }
}

export class JobQueue {
  readonly #emit: (event: JobEvent) => void
  readonly #waiting: Entry[] = []
  /** Per lane, the one that works last; those before it hold. */
  readonly #running = new Map<Lane, Entry[]>()
  readonly #last = new Map<string, JobEvent>()

  constructor(emit: (event: JobEvent) => void) {
    this.#emit = emit
  }

  /** Starts the job as soon as its lane is free. Aborting `signal` cancels it. */
  add<T>(spec: JobSpec<T>, signal?: AbortSignal): Queued<T> {
    const controller = new AbortController()
    const id = randomUUID()
    const done = new Promise<T>((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#waiting.push({ id, spec: spec as JobSpec<unknown>, controller, settle })
    })
    const cancel = () => this.#cancel(id, controller)
    signal?.addEventListener('abort', cancel, { once: true })
    this.#tell({ ...told(id, spec), state: 'waiting' })
    this.#next(spec.lane)
    if (signal?.aborted) cancel()
    return { id, done, cancel }
  }

  /** What is waiting or running now, for a window that has just come. */
  list(): JobEvent[] {
    return [...this.#last.values()]
  }

  /** Cancels everything; resolves when nothing runs any more. */
  async close(): Promise<void> {
    const entries = [...this.#waiting, ...[...this.#running.values()].flat()]
    const ends = entries.map(({ settle }) => settled(settle))
    for (const { id, controller } of entries) this.#cancel(id, controller)
    await Promise.all(ends)
  }

  #cancel(id: string, controller: AbortController): void {
    controller.abort(new Stopped())
    const index = this.#waiting.findIndex((entry) => entry.id === id)
    if (index < 0) return // it runs and will end by its signal
    const [{ spec, settle }] = this.#waiting.splice(index, 1) as [Entry]
    this.#tell({ ...told(id, spec), state: 'done' })
    settle.reject(new Stopped())
  }

  #next(lane: Lane): void {
    const candidates = this.#waiting.filter(({ spec }) => spec.lane === lane)
    if (candidates.length === 0) return
    const best = candidates.reduce((one, other) => (other.spec.priority > one.spec.priority ? other : one))
    const running = this.#running.get(lane) ?? []
    const present = running.at(-1)
    if (present && (!present.spec.hold || present.spec.priority >= best.spec.priority)) return
    this.#waiting.splice(this.#waiting.indexOf(best), 1)
    this.#running.set(lane, [...running, best])
    void this.#run(best, present)
  }

  async #run(entry: Entry, held: Entry | undefined): Promise<void> {
    const { id, spec, settle } = entry
    let outcome: () => void
    let last: Partial<JobEvent> = { state: 'done' }
    try {
      await held?.spec.hold?.()
      this.#tell({ ...told(id, spec), state: 'running' })
      const value = await spec.run(this.#jobOf(entry))
      outcome = () => settle.resolve(value)
    } catch (error) {
      const isStopped = error instanceof Stopped || entry.controller.signal.aborted
      if (!isStopped) last = { state: 'failed', message: sayFailure(error).message }
      outcome = () => settle.reject(isStopped ? new Stopped() : error)
    }
    const running = this.#running.get(spec.lane)!
    const left = running.filter((other) => other !== entry)
    this.#running.set(spec.lane, left)
    this.#tell({ ...told(id, spec), state: 'done', ...last })
    outcome()
    this.#next(spec.lane)
    const present = this.#running.get(spec.lane)!.at(-1)
    if (present && present === left.at(-1) && running.at(-1) === entry) present.spec.release?.()
  }

  #jobOf({ id, spec, controller }: Entry): Job {
    const timeLeft = new TimeLeft()
    let toldMs = Number.NEGATIVE_INFINITY
    const progress = ({ done, total }: Progress): void => {
      const nowMs = performance.now()
      const secondsLeft = timeLeft.update(done, total, nowMs)
      if (nowMs - toldMs < TELL_MS && done < total) return
      toldMs = nowMs
      const share = total > 0 ? Math.min(1, done / total) : undefined
      const known = { ...(share === undefined ? {} : { share }), ...(secondsLeft === undefined ? {} : { secondsLeft }) }
      this.#tell({ ...told(id, spec), state: 'running', ...known })
    }
    const note = (message: string): void => {
      const before = this.#last.get(id)
      this.#tell({ ...(before ?? { ...told(id, spec), state: 'running' }), message })
    }
    return { signal: controller.signal, progress, rest: () => timeLeft.rest(), note }
  }

  #tell(event: JobEvent): void {
    if (event.state === 'done' || event.state === 'failed') this.#last.delete(event.id)
    else this.#last.set(event.id, event)
    this.#emit(event)
  }
}

/** What every event of a job says. */
const told = (id: string, { title, training, predicting }: JobSpec<unknown>): Omit<JobEvent, 'state'> => ({
  ...{ type: 'job', id, title },
  ...(training === undefined ? {} : { training }),
  ...(predicting === undefined ? {} : { predicting }),
})

/** Resolves when an entry is settled, either way. */
function settled(settle: Entry['settle']): Promise<void> {
  const { resolve, reject } = settle
  return new Promise((done) => {
    settle.resolve = (value) => {
      resolve(value)
      done()
    }
    settle.reject = (error) => {
      reject(error)
      done()
    }
  })
}
