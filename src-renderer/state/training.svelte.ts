import type { ApiEvent, ReadinessView, RunDetails, RunView, TrainingRequest } from '../../src-shared/api.ts'
import { nextId } from '../../src-shared/next-id.ts'
import { PRESETS, type PresetName } from '../../src-shared/presets.ts'
import type { Asking } from './connection.ts'
import { addEvent, type Curve, curveOf, emptyCurve, withLater } from './curve.ts'
import type { Job } from './jobs.svelte.ts'
import type { Project } from './project.svelte.ts'
import { sentenceOf } from './toasts.svelte.ts'
import { counted, humanTime, stepText } from './words.ts'

export interface TrainingForm {
  preset: PresetName
  amount: 'minutes' | 'steps'
  minutes: number
  steps: number
  device: NonNullable<TrainingRequest['device']>
  /** Share of the painted area held out where no image has the validation role. */
  validationShare: number
  name: string
  /** Only the images ticked in the list teach. */
  isChosenOnly: boolean
  /** Run whose weights were asked for (`Training.from` gives them); empty: fresh ones. */
  from: string
  seed: number
  /** Settings that differ from the preset, by dotted name. */
  changes: Record<string, string | number | boolean>
}

const IS_UNDER_WAY = new Set<RunView['state']>(['planned', 'running', 'paused'])
export const isUnderWay = (run: RunView): boolean => IS_UNDER_WAY.has(run.state)

/** How long the form must rest before readiness is asked again. */
const REST_MS = 250

/** The Learn panel: what would be trained, whether it can start, the run under way, and the curves of all runs. */
export class Training {
  form = $state<TrainingForm>({
    preset: 'fast',
    amount: 'minutes',
    minutes: PRESETS.fast.minutes,
    steps: 1000,
    device: 'auto',
    validationShare: 0.15,
    name: '',
    isChosenOnly: false,
    from: '',
    seed: 1,
    changes: {},
  })
  readiness = $state.raw<ReadinessView | null>(null)
  /** Why readiness could not be told (a setting out of bounds, say). */
  readinessError = $state<string | null>(null)
  isStarting = $state(false)
  /** The run whose curve and settings are shown; the one under way unless somebody chose another. */
  chosenRun = $state<string | null>(null)
  /** Counts up with every event, because curves are plain arrays. */
  version = $state(0)
  details = $state.raw<ReadonlyMap<string, RunDetails>>(new Map())
  /** The line to the host is lost: of a run under way only what was heard last is known. */
  isOutOfTouch = $state(false)
  /** The run that this window has asked to stop, until it has. */
  #stopping = $state<string | null>(null)

  readonly #ask: Asking
  readonly #project: Project
  readonly #curves = new Map<string, Curve>()
  /** Details that are being fetched, by run: views that wait for them ask again whenever others have come. */
  readonly #loading = new Map<string, Promise<void>>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking: AbortController | undefined
  /** The newest question about readiness. */
  #checking: Promise<void> | undefined

  readonly runs = $derived.by(() =>
    [...(this.#project.view?.runs ?? [])].sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
  )
  readonly current = $derived(this.runs.find(isUnderWay))
  readonly interrupted = $derived(this.runs.find(({ state }) => state === 'interrupted'))
  /** The newest run, where it was interrupted: what somebody who comes back wants to go on with. */
  readonly cutOff = $derived(this.runs[0]?.state === 'interrupted' ? this.runs[0] : undefined)
  readonly shown = $derived(this.runs.find(({ id }) => id === this.chosenRun) ?? this.current ?? this.runs[0])
  readonly withModel = $derived(this.runs.filter(({ hasModel }) => hasModel))
  /** Run to take the weights of; empty: fresh ones, also where those of the chosen run have gone. */
  readonly from = $derived(this.withModel.some(({ id }) => id === this.form.from) ? this.form.from : '')
  /** What the next run is called unless it is given a name. */
  readonly nextName = $derived(
    nextId(
      'run',
      this.runs.map(({ id }) => id),
    ),
  )

  constructor(ask: Asking, project: Project) {
    this.#ask = ask
    this.#project = project
  }

  hear(event: ApiEvent): void {
    if (event.type === 'project-changed' && this.current?.id !== this.#stopping) this.#stopping = null
    if (event.type !== 'run') return
    addEvent(this.#curve(event.run), event.event)
    this.version++
  }

  /** The curve of a run; read `version` beside it to follow it. */
  curve(run: string): Curve {
    return this.#curves.get(run) ?? emptyCurve()
  }

  /** Fetches settings and past events of a run once. */
  async loadDetails(run: string): Promise<void> {
    if (this.details.has(run)) return
    const loading = this.#loading.get(run) ?? this.load(run).finally(() => this.#loading.delete(run))
    this.#loading.set(run, loading)
    await loading
  }

  /** Fetches again what is known of runs: events were missed while the line was lost. */
  async loadAgain(): Promise<void> {
    const known = this.runs.filter(({ id }) => this.details.has(id) || this.#curves.has(id))
    await Promise.all(known.map(({ id }) => this.load(id)))
  }

  /** What would be sent at Start. */
  request(): TrainingRequest {
    const { preset, amount, minutes, steps, device, validationShare, name, isChosenOnly, seed, changes } =
      $state.snapshot(this.form)
    const { from } = this
    return {
      preset,
      ...(amount === 'minutes' ? { minutes } : { steps }),
      device,
      seed,
      validationShare,
      ...(name.trim() ? { name: name.trim() } : {}),
      ...(isChosenOnly && this.#project.chosen.size > 0 ? { imageIds: [...this.#project.chosen] } : {}),
      ...(from ? { from } : {}),
      ...(Object.keys(changes).length > 0 ? { settings: changes } : {}),
    }
  }

  usePreset(preset: PresetName): void {
    this.form.preset = preset
    this.form.minutes = PRESETS[preset].minutes
    this.form.changes = {}
  }

  change(key: string, value: string | number | boolean | undefined): void {
    const changes = { ...this.form.changes }
    if (value === undefined) delete changes[key]
    else changes[key] = value
    this.form.changes = changes
  }

  /** Asks again what stands in the way, a moment after the last change. */
  checkSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.check(), REST_MS)
  }

  /** Answers when that is known; one that a newer question has overtaken answers with the newer. */
  check(): Promise<void> {
    this.#asking?.abort()
    this.#asking = new AbortController()
    this.#checking = this.#check(this.#asking.signal)
    return this.#checking
  }

  async #check(signal: AbortSignal): Promise<void> {
    try {
      const found = await this.#ask.ask('training.readiness', this.request(), { signal })
      this.readiness = found
      this.readinessError = null
    } catch (error) {
      if (signal.aborted) return this.#checking
      this.readiness = null
      this.readinessError = sentenceOf(error)
    }
  }

  async start(): Promise<RunView> {
    this.isStarting = true
    try {
      const run = await this.#ask.ask('training.start', this.request())
      this.chosenRun = run.id
      return run
    } finally {
      this.isStarting = false
    }
  }

  async resume(run: string): Promise<void> {
    await this.#ask.ask('training.resume', { run })
    this.chosenRun = run
  }

  async control(action: 'pause' | 'continue' | 'stop'): Promise<void> {
    if (action === 'stop') this.#stopping = this.current?.id ?? null
    try {
      await this.#ask.ask('training.control', { action })
    } catch (error) {
      if (action === 'stop') this.#stopping = null
      throw error
    }
  }

  /** True from the wish to stop until the run has measured and kept what it has learned. */
  isStopping(run: RunView): boolean {
    return isUnderWay(run) && (run.isStopping === true || this.#stopping === run.id)
  }

  /** The last step heard of: of a run under way the project tells it only when the run begins or pauses. */
  stepOf(run: RunView): number {
    void this.version
    return isUnderWay(run) ? Math.max(run.step, this.curve(run.id).steps.at(-1) ?? 0) : run.step
  }

  /** What a run does, in a word. */
  stateWord(run: RunView): string {
    if (!isUnderWay(run)) return run.state
    if (this.isOutOfTouch) return 'no connection'
    return this.isStopping(run) ? 'stopping' : run.state
  }

  /** What follows the title of a job that runs: of a training what the panel says of its run, else the time left. */
  jobWords({ training, secondsLeft }: Job): string | undefined {
    if (this.isOutOfTouch) return 'no connection'
    const run = this.current
    if (run && run.id === training && this.isStopping(run)) return 'stopping …'
    if (run && run.id === training && run.state === 'paused') return `paused at ${stepText(this.stepOf(run))}`
    return secondsLeft ? `${humanTime(secondsLeft)} left` : undefined
  }

  /** Says from which step a run goes on, once its log has been read. */
  resumeLabel(run: string): string {
    void this.version
    return this.details.has(run) ? `Resume from ${stepText(this.curve(run).checkpointStep ?? 0)}` : 'Resume'
  }

  rename(id: string, name: string): Promise<null> {
    return this.#ask.ask('run.rename', { id, name })
  }

  async discard(id: string): Promise<void> {
    await this.#ask.ask('run.discard', { id })
    this.#curves.delete(id)
    if (this.chosenRun === id) this.chosenRun = null
    if (this.form.from === id) this.form.from = ''
  }

  /** One sentence: what the training is doing now. `secondsLeft` as its job tells it. */
  sentence(run: RunView, secondsLeft?: number): string {
    void this.version
    const curve = this.curve(run.id)
    const images = this.details.get(run.id)?.plan.items.filter(({ role }) => role === 'train')
    const on = images ? ` on ${counted(new Set(images.map(({ imageId }) => imageId)).size, 'image')}` : ''
    const left = secondsLeft === undefined ? '' : ` · ${humanTime(secondsLeft)}`
    const step = stepText(this.stepOf(run))
    if (isUnderWay(run) && this.isOutOfTouch) return `No connection; last heard of at ${step}`
    if (this.isStopping(run)) return 'Stopping; what it has learned is measured and kept'
    switch (run.state) {
      case 'planned':
        return `Getting ready to train${on}`
      case 'running':
        if (curve.plannedSteps === undefined) return 'Measuring how fast this machine trains'
        return `Training${on}${left && `${left} left`}`
      case 'paused':
        return `Paused at ${step}${left && `${left} to go`}`
      case 'interrupted':
        return `Interrupted at ${step}; nothing saved before is lost`
      case 'stopped':
        return `Stopped at ${step}, its weights are kept`
      case 'finished':
        return `Finished after ${counted(run.step, 'step')}`
      case 'diverged':
        return run.message ?? `Diverged at ${step}; lower the learning rate and train again`
      case 'failed':
        return run.message ?? `Failed at ${step}; look at its settings and train again`
    }
  }

  /** Fetches again what is known of a run: its settings and all its events. */
  async load(run: string): Promise<void> {
    const details = await this.#ask.ask('run.details', { id: run })
    this.details = new Map(this.details).set(run, details)
    const told = curveOf(details.events)
    const heard = this.#curves.get(run)
    this.#curves.set(run, heard && isUnderWay(details) ? withLater(told, heard) : told)
    this.version++
  }

  #curve(run: string): Curve {
    let curve = this.#curves.get(run)
    if (!curve) {
      curve = emptyCurve()
      this.#curves.set(run, curve)
    }
    return curve
  }
}
