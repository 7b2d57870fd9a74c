/** The training of a session: one at a time, in the background, while everything else goes on. */
import type { RunView } from '../../../src-shared/api.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { RunRecord } from '../../store/index.ts'
import { type Job, Stopped } from '../job.ts'
import { learnRun, type RunToLearn, resumableRun } from '../training.ts'
import { sayFailure } from './failures.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'
import { runView } from './views.ts'

/** What is known of a run under way and not in the database yet. */
type Live = Pick<RunView, 'state' | 'step'> &
  Partial<Pick<RunView, 'steps' | 'score' | 'device' | 'secondsPerStep' | 'isStopping'>>

interface Active {
  run: string
  live: Live
  /** The person has paused it. */
  isPaused: boolean
  /** It gives way to a prediction. */
  isHeld: boolean
  cancel: () => void
  kill: AbortController
}

export class TrainingDesk {
  readonly #session: Session
  /** Why runs of this session ended otherwise than well. */
  readonly #messages = new Map<string, string>()
  #active: Active | undefined
  /** A run is being frozen. */
  #isStarting = false

  constructor(session: Session) {
    this.#session = session
  }

  /** A run as it is at this moment. */
  view(record: RunRecord): RunView {
    const message = this.#messages.get(record.id)
    const live = this.#active?.run === record.id ? this.#active.live : {}
    return { ...runView(this.#session.store, record), ...(message ? { message } : {}), ...live }
  }

  /** True while this run is waiting for the engine, learning or paused. */
  isActive(run: string): boolean {
    return this.#active?.run === run
  }

  /** Refuses a second training. Errors: 'not-ready'. */
  #requireIdle(): void {
    if (this.#isStarting)
      throw new AppError('not-ready', { reason: 'another training is just beginning; stop it first.' })
    if (!this.#active) return
    throw new AppError('not-ready', { reason: `${this.#active.run} is being trained; stop it first.` })
  }

  /** Goes on with a run that was interrupted or stopped. Errors: 'run-missing', 'run-complete', 'run-busy', 'not-ready'. */
  resume(wanted: string): void {
    this.#requireIdle()
    this.#learn(resumableRun(this.#session.store.folder, wanted), true)
  }

  /** Freezes a run and lets the engine learn it; no other begins meanwhile. Errors: 'not-ready', those of `freeze`. */
  async start(freeze: () => Promise<RunToLearn['run']>): Promise<RunToLearn['run']> {
    this.#requireIdle()
    this.#isStarting = true
    try {
      const run = await freeze()
      this.#learn(run, false)
      return run
    } finally {
      this.#isStarting = false
    }
  }

  /** Lets the engine learn a frozen run; answers at once. What becomes of it is told by events. */
  #learn(run: RunToLearn['run'], isResumed: boolean): void {
    const { store, queue } = this.#session
    const { step, steps } = store.runs.get(run.id)
    const live: Live = { state: 'planned', step, ...(steps === undefined ? {} : { steps }) }
    const kill = new AbortController()
    const active: Active = { run: run.id, live, isPaused: false, isHeld: false, cancel: () => {}, kill }
    this.#active = active
    this.#messages.delete(run.id)
    const job = queue.add({
      title: `Training ${run.name}`,
      training: run.id,
      lane: 'device',
      priority: PRIORITY.training,
      hold: () => this.#hold(active),
      release: () => this.#release(active),
      run: (job) =>
        learnRun(
          this.#session.engine,
          { project: store.folder, run, isResumed },
          { ...job, kill: kill.signal },
          (event) => {
            if (event.type !== 'run') this.#follow(active, event, job)
          },
        ),
    })
    active.cancel = job.cancel
    job.done.then(
      () => this.#ended(active),
      (error) => this.#ended(active, error),
    )
  }

  /** Errors: 'not-ready' when nothing is being trained. */
  async control(action: 'pause' | 'continue' | 'stop'): Promise<void> {
    const active = this.#active
    if (!active) throw new AppError('not-ready', { reason: 'nothing is being trained now.' })
    if (action === 'stop') {
      // Waiting in the queue it is cancelled; under way it is asked to keep its weights and end.
      active.live.isStopping = true
      active.cancel()
      this.#session.projectChanged()
      return
    }
    active.isPaused = action === 'pause'
    if (!active.isHeld) await this.#session.engine.call('control', { action })
  }

  /** Ends at once with a checkpoint to go on from: the program is closing. */
  interrupt(): void {
    this.#active?.kill.abort()
  }

  async #hold(active: Active): Promise<void> {
    active.isHeld = true
    await this.#session.engine.call('control', { action: 'pause' }).catch(() => {}) // it has just ended
  }

  #release(active: Active): void {
    active.isHeld = false
    if (active.isPaused || this.#active !== active) return
    this.#session.engine.call('control', { action: 'continue' }).catch(() => {}) // it has just ended
  }

  #follow(active: Active, event: RunEvent, job: Job): void {
    const { live } = active
    if (event.type === 'planned') {
      const { steps, label: device, secondsPerStep } = event
      Object.assign(live, { state: 'running', steps, device, secondsPerStep })
      this.#session.projectChanged()
    } else if (event.type === 'step') {
      live.step = event.step
      if (live.state === 'planned') live.state = 'running'
      const total = live.steps ?? event.step
      job.progress({ label: 'Training', done: event.step, total, unit: 'steps' })
    } else if (event.type === 'validation') {
      live.score = Math.max(live.score ?? Number.NEGATIVE_INFINITY, event.score)
    } else if (event.type === 'state') {
      if (event.state === 'paused') job.rest()
      if (active.isHeld && event.state === 'paused') return // giving way is not a pause of the person's
      Object.assign(live, { state: event.state, step: event.step })
      if (event.state === 'running' || event.state === 'paused') this.#session.projectChanged()
    }
    this.#session.emit({ type: 'run', run: active.run, event })
  }

  /** Tells the windows whatever happens: a run whose end the project cannot keep is found at its next opening. */
  #ended(active: Active, error?: unknown): void {
    if (this.#active === active) this.#active = undefined
    try {
      // Another program learns it: what is written of it is that one's.
      if (isBusy(error)) this.#tellEnd(active.run, 'failed', active.live.step, sayFailure(error).message)
      else this.#keepEnd(active, error)
    } catch (failure) {
      console.error(failure)
      this.#tellEnd(active.run, 'failed', active.live.step, sayFailure(failure).message)
    }
    this.#session.projectChanged()
  }

  #keepEnd(active: Active, error: unknown): void {
    const { runs } = this.#session.store
    const record = runs.refresh(active.run)
    const isStopped = error === undefined || error instanceof Stopped
    if (!isStopped) {
      const message = active.kill.signal.aborted
        ? `Cellbrush was closed in the middle of training, at step ${record.step}; press Resume to go on.`
        : sayFailure(error).message
      const state = isLost(error) ? 'interrupted' : 'failed'
      if (record.state !== state) runs.update(active.run, { state, message })
      this.#tellEnd(active.run, state === 'failed' ? state : 'stopped', record.step, message)
    } else if (record.state === 'planned' || record.state === 'running' || record.state === 'paused') {
      runs.update(active.run, { state: record.step > 0 ? 'interrupted' : 'stopped' })
    }
  }

  #tellEnd(run: string, state: 'failed' | 'stopped', step: number, message: string): void {
    this.#messages.set(run, message)
    this.#session.emit({ type: 'run', run, event: { type: 'state', state, step, message } })
  }
}

const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'run-busy'

const isLost = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'run-interrupted' || error.code === 'engine-lost')
