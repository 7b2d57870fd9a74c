import type { ApiEvent } from '../../src-shared/api.ts'

export type Job = Omit<Extract<ApiEvent, { type: 'job' }>, 'type'>
export type EngineState = Omit<Extract<ApiEvent, { type: 'engine' }>, 'type'>

/** How long a finished job stays in the list. */
const LINGER_MS = 4_000

/** The host's queue of work and the state of its engine, for the status bar. */
export class Jobs {
  all = $state.raw<readonly Job[]>([])
  engine = $state.raw<EngineState>({ state: 'idle' })

  readonly running = $derived(this.all.filter(({ state }) => state === 'running' || state === 'waiting'))
  readonly failed = $derived(this.all.filter(({ state }) => state === 'failed'))
  /** What the status bar names: the first one under way. */
  readonly first = $derived(this.all.find(({ state }) => state === 'running') ?? this.running[0])

  /** The one that trains a run. */
  ofTraining(run: string): Job | undefined {
    return this.running.find(({ training }) => training === run)
  }

  hear(event: ApiEvent): void {
    if (event.type === 'engine') this.engine = event
    if (event.type !== 'job') return
    const isKnown = this.all.some(({ id }) => id === event.id)
    this.all = isKnown ? this.all.map((job) => (job.id === event.id ? event : job)) : [...this.all, event]
    if (event.state === 'done') setTimeout(() => this.dismiss(event.id), LINGER_MS)
  }

  /** The line was lost: the host tells those that are under way, and how others have ended nobody has heard. */
  forgetUnderWay(): void {
    this.all = this.all.filter(({ state }) => state === 'done' || state === 'failed')
  }

  dismiss(id: string): void {
    this.all = this.all.filter((job) => job.id !== id)
  }
}
