import type { ApiEvent, RunView } from '../../src-shared/api.ts'
import type { MenuCommand } from '../../src-shared/desktop.ts'
import { projectKey } from '../../src-shared/project-key.ts'
import { type Action, actionOf, keyMap, keysOf, MENU_ACTIONS } from './actions.ts'
import { ClassWeights } from './class-weights.svelte.ts'
import type { Asking, Connection, ConnectionState, DataRoot } from './connection.ts'
import { Devices } from './devices.svelte.ts'
import { ImageCare } from './image-care.svelte.ts'
import { Jobs } from './jobs.svelte.ts'
import { holdsText } from './keys.ts'
import type { Moment } from './moments.ts'
import { tellFailure, tellInterrupted, tellNews } from './news.ts'
import { NextRun } from './next-run.ts'
import { WorkerObjectMaker } from './object-maker.ts'
import { OverlaysOfMoments } from './overlays-of-moments.ts'
import { Page, USUAL_RING_PX } from './page.svelte.ts'
import { Patches } from './patches.svelte.ts'
import { PlaneProposals } from './plane-proposals.svelte.ts'
import { Predictions } from './predictions.svelte.ts'
import { Preferences } from './preferences.svelte.ts'
import { Project } from './project.svelte.ts'
import { readPainted } from './regions.ts'
import { WorkerComputer } from './results/computer.ts'
import { Results } from './results/results.svelte.ts'
import { Previews } from './run-previews.svelte.ts'
import { Thumbnails } from './thumbnails.ts'
import { Toasts } from './toasts.svelte.ts'
import { Training } from './training.svelte.ts'
import { Transfer } from './transfer.svelte.ts'
import { holderText } from './words.ts'

/** What the window knows and can do: the parts, what ties them together, and every action by its id. */
export class Workstation {
  readonly ask: Asking
  readonly data: DataRoot
  readonly project: Project
  readonly page: Page
  readonly images: ImageCare
  readonly training: Training
  readonly nextRun: NextRun
  readonly previews: Previews
  readonly predictions: Predictions
  readonly proposals: PlaneProposals
  readonly classWeights: ClassWeights
  readonly results: Results
  readonly devices: Devices
  readonly jobs = new Jobs()
  readonly patches = new Patches()
  readonly preferences: Preferences
  readonly toasts = new Toasts()
  readonly transfer: Transfer
  readonly thumbnails: Thumbnails

  moment = $state<Moment>('paint')
  dialog = $state<'palette' | 'keys' | 'import' | 'export' | null>(null)
  /** A run that somebody wants to discard; asked about first. */
  discarding = $state.raw<RunView | null>(null)
  isContrastOpen = $state(false)
  /** What lies over the picture stays when another moment comes; else each moment has its own. */
  areOverlaysKept = $state(false)
  arePanelsHidden = $state(false)
  connection = $state<ConnectionState>('connecting')
  isSystemDark = $state(true)

  readonly #connection: Connection
  #filterField: HTMLInputElement | undefined
  readonly #overlaysOf = new OverlaysOfMoments()
  #wasLost = false

  readonly theme = $derived.by((): 'dark' | 'light' => {
    const { theme } = this.preferences.values
    return theme === 'system' ? (this.isSystemDark ? 'dark' : 'light') : theme
  })
  readonly #keys = $derived.by(() => keyMap(this.preferences.values.keys))
  /** Something lies over the window that wants an answer, and has the keys. */
  readonly isAsking = $derived.by(
    () => this.dialog !== null || this.images.described !== null || this.discarding !== null,
  )
  readonly isTourShown = $derived.by(
    () =>
      this.project.view?.isSample === true && !this.preferences.values.isTourDone && this.page.isOpen && !this.dialog,
  )

  constructor(connection: Connection, preferences = new Preferences()) {
    this.#connection = connection
    this.preferences = preferences
    this.ask = connection
    this.data = connection.data
    this.project = new Project(connection)
    this.training = new Training(connection, this.project)
    this.previews = new Previews(connection, connection.data)
    this.predictions = new Predictions(connection, this.project)
    this.devices = new Devices(connection)
    this.transfer = new Transfer(connection, connection.data)
    this.thumbnails = new Thumbnails(connection.data)
    this.page = new Page(connection, this.project, this.toasts)
    this.images = new ImageCare(this)
    this.classWeights = new ClassWeights({
      ask: connection,
      request: () => this.training.request(),
      imageId: () => this.page.imageId,
      counted: (classWeights) => this.page.setTeaching({ classWeights }),
    })
    this.proposals = new PlaneProposals({
      ask: connection,
      data: connection.data,
      maker: new WorkerObjectMaker(),
      jump: (box) => this.page.jump(box),
      // Accepting says where an object ends. Without background beyond its edge it would teach no edge, and no border
      // weight, also where the ring is switched off; a complete plane has that background already.
      ringPx: () => (this.page.isComplete ? 0 : this.page.teaching.ringPx || USUAL_RING_PX),
      visible: () => this.page.visible,
      painted: (plane, region, signal) => readPainted(connection, plane, region, signal),
      shown: (proposed, chosen) => this.page.showProposals(proposed, chosen),
      changing: (task) => this.page.changing(task),
      failed: (error) => this.toasts.error(error),
    })
    const { page, project, predictions, training } = this
    this.nextRun = new NextRun(connection, { project, training, page })
    this.results = new Results(connection, new WorkerComputer(), { page, project, predictions })
    this.page.onOpened = () => this.showPrediction()
    this.page.onProposal = (id) => this.proposals.toggle(id)
    this.page.onReplayed = (action, isUndone) => this.proposals.replayed(action, isUndone)
  }

  /** Listens, loads the project and opens its first image. Answers how to stop. */
  start(): () => void {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const followSystem = () => {
      this.isSystemDark = dark.matches
    }
    followSystem()
    dark.addEventListener('change', followSystem)
    const stops = [
      () => dark.removeEventListener('change', followSystem),
      this.#connection.onEvent((event) => this.#hear(event)),
      this.#connection.onState((state) => this.#connected(state)),
      this.data.desktop?.onCommand((command) => this.#choseFromMenu(command)) ?? (() => {}),
    ]
    void this.#open()
    return () => {
      for (const stop of stops) stop()
      this.proposals.dispose()
      this.classWeights.dispose()
      this.results.dispose()
      this.patches.dispose()
    }
  }

  // --- actions --------------------------------------------------------------------------------------------------

  actionOfKey(key: string): Action | undefined {
    return this.#keys.get(key)
  }

  keysOf(action: string): readonly string[] {
    return keysOf(action, this.preferences.values.keys)
  }

  /** The first key of an action, for tooltips. */
  keyOf(action: string): string | undefined {
    return this.keysOf(action)[0]
  }

  canAct(action: string): boolean {
    return actionOf(action).isPossible?.(this) ?? true
  }

  act(action: string): void {
    if (this.canAct(action)) void this.try(async () => actionOf(action).run(this))
  }

  /** Undo is that of the text where one is written; under a dialog nothing is painted or taken back. */
  #choseFromMenu(command: MenuCommand): void {
    const isOfText = command === 'undo' || command === 'redo'
    if (isOfText && holdsText(document.activeElement)) this.data.desktop?.editText(command)
    else if (!isOfText || !this.isAsking) this.act(MENU_ACTIONS[command])
  }

  /** Does something and shows why it failed; undefined then. */
  async try<T>(task: () => Promise<T> | T): Promise<T | undefined> {
    try {
      return await task()
    } catch (error) {
      this.toasts.error(error)
      return undefined
    }
  }

  // --- going about ----------------------------------------------------------------------------------------------

  goTo(moment: Moment): void {
    this.arePanelsHidden = false
    if (moment === this.moment) return
    if (!this.areOverlaysKept) this.#overlaysOf.change(this.moment, moment, this.page.overlays)
    this.page.overlays.proposals = moment === 'predict'
    this.moment = moment
  }

  async openImage(id: number): Promise<void> {
    if (!this.project.image(id)) await this.project.load() // just imported: the news of it is on its way
    const image = this.project.image(id)
    if (image) await this.page.open(image)
  }

  /** The next listed image, or the one before. */
  async stepImage(by: number): Promise<void> {
    const { listed } = this.project
    const at = listed.findIndex(({ id }) => id === this.page.image?.id)
    const next = listed[at < 0 ? 0 : Math.max(0, Math.min(listed.length - 1, at + by))]
    if (next && next.id !== this.page.image?.id) await this.page.open(next)
  }

  /** Asks for the host again, where another project was served or the line is lost. */
  tryAgain(): void {
    this.#connection.retry()
  }

  switchTheme(): void {
    this.preferences.set('theme', this.theme === 'dark' ? 'light' : 'dark')
  }

  /** For `{@attach}`: the field that "find an image" goes to. */
  readonly filterField = (field: HTMLInputElement) => {
    this.#filterField = field
  }

  focusFilter(): void {
    this.arePanelsHidden = false
    queueMicrotask(() => this.#filterField?.focus())
  }

  // --- teaching -------------------------------------------------------------------------------------------------

  /** Train: starts where everything is ready, else shows what is missing. */
  async train(): Promise<void> {
    this.goTo('learn')
    if (this.training.current) return
    await this.training.check()
    if (this.training.isStarting || this.training.current) return // asked for twice
    if (!this.training.readiness?.canStart) {
      const first = this.training.readiness?.problems.find(({ severity }) => severity === 'blocks')
      const sentence = this.training.readinessError ?? first?.sentence
      if (sentence) this.toasts.failed(`Training cannot start: ${sentence}`)
      return
    }
    await this.training.start()
  }

  async predict(): Promise<void> {
    this.goTo('predict')
    const ids = this.predictions.imageIds(this.page.image?.id)
    if (ids.length === 0) {
      this.toasts.note('Open or tick an image first.')
      return
    }
    await this.predictions.start(ids)
  }

  /**
   * Shows a prediction of the open plane: the one that is chosen; else the one shown before, the newest of the run that
   * was chosen last, or the newest.
   */
  async showPrediction(chosen?: string): Promise<void> {
    const { page, predictions } = this
    const { plane, image } = page
    const found = plane ? predictions.of(plane.imageId, plane.z, plane.t) : []
    const wanted = found.find(({ id }) => id === (chosen ?? this.proposals.prediction?.id))
    if (chosen !== undefined) predictions.shownRun = wanted?.runId
    const prediction = wanted ?? found.find(({ runId }) => runId === predictions.shownRun) ?? found[0] ?? null
    page.prediction.show(prediction)
    const of = plane && image ? { plane, width: image.width, height: image.height } : null
    await this.proposals.open(of, prediction)
  }

  // --- the host speaks ------------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    await this.project.load()
    if (this.project.view) this.#connection.project = projectKey(this.project.view)
    this.nextRun.show()
    const first = this.project.images[0]
    if (first && !this.page.isOpen) await this.page.open(first)
    for (const finding of this.project.view?.findings ?? []) this.toasts.failed(finding)
    const { readOnly, holder } = this.project.view ?? {}
    if (readOnly)
      this.toasts.note(
        `This project ${holder ? `is open in ${holderText(holder)}` : 'cannot be written'}; you can look at everything and change nothing.`,
      )
    else if (this.training.cutOff) await tellInterrupted(this, this.training.cutOff)
  }

  #connected(state: ConnectionState): void {
    this.connection = state
    this.training.isOutOfTouch = state === 'lost' || state === 'refused'
    if (state === 'open' && this.#wasLost) void this.try(() => this.#catchUp())
    if (state === 'lost') this.#wasLost = true
    // What is not saved yet is kept under the name of its project; where it could not be, `AnotherProject` tells.
    if (state === 'elsewhere' && this.page.isKept) location.reload()
  }

  /** What was said while the line was lost nobody has heard: all that is told by events is asked for again. */
  async #catchUp(): Promise<void> {
    this.jobs.forgetUnderWay()
    this.page.refreshSoon()
    void this.previews.again()
    const project = await this.ask.ask('project.view', {})
    this.#hear({ type: 'project-changed', project })
    await this.training.loadAgain()
  }

  #hear(event: ApiEvent): void {
    const before = this.project.view
    this.project.hear(event)
    this.training.hear(event)
    this.previews.hear(event)
    this.predictions.hear(event)
    this.jobs.hear(event)
    this.page.hear(event)
    if (event.type === 'project-changed' && before) tellNews(this, before, event.project)
    if (event.type === 'job') tellFailure(this, event)
  }
}
