/**
 * One open project and everything that goes on with it: the store, the engine, the queue of long work, the files on
 * their way, and what windows are told. Shells make one, hand its handlers to their connections and close it at the end.
 */
import { resolve } from 'node:path'
import type { ApiEvent, ImageView, PlaneChangeView, ProjectView } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { projectKey } from '../../../src-shared/project-key.ts'
import { type PlaneChange, ProjectStore } from '../../store/index.ts'
import type { Engine } from '../engine.ts'
import { PaintMemory } from '../paint-memory.ts'
import { bare } from './failures.ts'
import { FileDesk } from './file-desk.ts'
import { HolderWatch } from './holder-watch.ts'
import { JobQueue } from './job-queue.ts'
import { ObjectThread } from './object-thread.ts'
import { PredictionDesk } from './prediction-desk.ts'
import { sampleProjectFolder } from './sample-project.ts'
import { TileReader } from './tiles.ts'
import { TrackedEngine } from './tracked-engine.ts'
import { TrainingDesk } from './training-desk.ts'
import { folderIdOf, planeChangeView, ViewCache } from './views.ts'
import { Windows } from './windows.ts'

export interface SessionOptions {
  engine: Engine
  /** Who holds the project, for others that want it: "Cellbrush workstation". */
  program: string
  /** Folders whose files may be imported by place. */
  roots?: readonly string[]
  /** How often a session that may only read looks at the program that has the project, in milliseconds: 2000. */
  watchMs?: number
}

const WATCH_MS = 2000
/** How often run and prediction folders of commands beside us are looked for. */
const ADOPT_MS = 15_000
/** How often a session that stays open looks whether what was painted should be copied. */
const BACKUP_MS = 3_600_000
/** Changes within this time become one event. */
const GATHER_MS = 100

export class Session {
  readonly store: ProjectStore
  readonly engine: TrackedEngine
  readonly queue: JobQueue
  readonly files: FileDesk
  readonly windows: Windows
  readonly tiles: TileReader
  readonly training: TrainingDesk
  readonly predictions: PredictionDesk
  readonly objectThread = new ObjectThread()
  readonly paintMemory = new PaintMemory()
  readonly isSample: boolean
  readonly #folderId: string
  readonly #listeners = new Set<(event: ApiEvent) => void>()
  readonly #views: ViewCache
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #closing = new AbortController()
  #findings: string[] = []
  #watch: HolderWatch | undefined
  #gathering: NodeJS.Timeout | undefined
  #backingUp: Promise<void> | undefined
  #isClosed = false

  /**
   * Opens a project for writing, or for reading where another program has it. Errors: 'project-missing',
   * 'project-newer', 'project-damaged', 'not-writable', 'file-missing' for a root.
   */
  static async open(folder: string, options: SessionOptions): Promise<Session> {
    const files = new FileDesk(options.roots)
    const store = await openStore(folder, options.program)
    const session = new Session(store, files, options)
    try {
      if (!store.isReadOnly) adopt(store)
      session.#findings = (await store.check()).findings.map(({ message }) => bare(message))
      if (store.isReadOnly) session.#watch = new HolderWatch(session, options.program, options.watchMs ?? WATCH_MS)
      session.#backUp()
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  private constructor(store: ProjectStore, files: FileDesk, { engine }: SessionOptions) {
    this.store = store
    this.files = files
    if (!store.isReadOnly) files.keepIn(store.folder)
    this.windows = new Windows((client) => files.letGoOf(client))
    this.#folderId = folderIdOf(store.folder)
    this.isSample = resolve(store.folder) === resolve(sampleProjectFolder())
    this.engine = new TrackedEngine(engine, (event) => this.emit(event))
    this.queue = new JobQueue((event) => this.emit(event))
    this.#views = new ViewCache(this)
    this.tiles = new TileReader(store)
    this.training = new TrainingDesk(this)
    this.predictions = new PredictionDesk(this)
    this.#timers = [
      setInterval(() => logFailure(() => this.#lookForOthers()), ADOPT_MS).unref(),
      setInterval(() => this.#backUp(), BACKUP_MS).unref(),
    ]
  }

  /** Hears every event; answers how to stop. */
  subscribe(listener: (event: ApiEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What a window that has just come needs to know beside `project.view`. */
  present(): ApiEvent[] {
    return [this.engine.state, ...this.queue.list()]
  }

  emit(event: ApiEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  projectView(): ProjectView {
    const { name, notes, createdAt } = this.store.project
    const holder = this.store.isReadOnly ? this.store.holder() : null
    return {
      ...{ name, notes, createdAt, folderId: this.#folderId, readOnly: this.store.isReadOnly },
      ...(holder ? { holder } : {}),
      classes: this.store.classes.list(),
      images: this.#views.images(),
      runs: this.store.runs.list().map((run) => this.training.view(run)),
      predictions: this.store.predictions.list().map((prediction) => this.#views.prediction(prediction)),
      findings: this.#findings,
      isSample: this.isSample,
    }
  }

  /** As a window knows it, to find out whether it still shows this project. */
  get projectKey(): string {
    return projectKey({ createdAt: this.store.project.createdAt, folderId: this.#folderId })
  }

  imageView(id: number): ImageView {
    return this.#views.image(id)
  }

  get views(): ViewCache {
    return this.#views
  }

  /** Says, soon and once for many changes, that the project has changed beyond planes. */
  projectChanged(): void {
    this.#views.forget()
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      logFailure(() => {
        if (!this.#isClosed) this.emit({ type: 'project-changed', project: this.projectView() })
      })
    }, GATHER_MS)
  }

  /** The program that had the project has left, and this one has it now. */
  mayWrite(): void {
    this.files.keepIn(this.store.folder)
    adopt(this.store)
    this.projectChanged()
    this.#backUp()
  }

  /** Tells every window which planes changed, and how far their images are now. Answers the changes as views. */
  planesChanged(changes: readonly PlaneChange[], by: string): PlaneChangeView[] {
    const views = changes.map(planeChangeView)
    for (const change of views) {
      const { imageId, layer } = change.plane
      this.emit({ type: 'plane-changed', change, history: this.store.labels.history(imageId, layer), by })
    }
    for (const imageId of new Set(views.map(({ plane }) => plane.imageId))) this.imageChanged(imageId)
    return views
  }

  /** Tells every window about one image where anything of its view has changed. */
  imageChanged(id: number): void {
    const image = this.#views.refresh(id)
    if (image) this.emit({ type: 'image-changed', image })
  }

  /** Ends what is under way (a training keeps its checkpoint), then gives the project back. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#closing.abort()
    this.#watch?.stop()
    clearTimeout(this.#gathering)
    this.training.interrupt()
    await Promise.all([this.queue.close(), this.objectThread.close(), this.#backingUp])
    this.#listeners.clear()
    this.tiles.close()
    this.windows.close()
    this.files.close()
    this.store.close()
  }

  /** What was painted is copied once a day, while everything else goes on. */
  #backUp(): void {
    if (this.store.isReadOnly) return
    const { signal } = this.#closing
    this.#backingUp ??= this.store
      .backUpDaily(signal)
      .catch((error) => signal.aborted || console.error(error))
      .then(() => {
        this.#backingUp = undefined
      })
  }

  /** Runs and predictions of commands that work beside us show without a restart. */
  #lookForOthers(): void {
    if (!this.store.isReadOnly && adopt(this.store)) this.projectChanged()
  }
}

/** Nobody waits for what a timer does: a failure of it must not end the program, and a training with it. */
function logFailure(act: () => void): void {
  try {
    act()
  } catch (error) {
    console.error(error)
  }
}

/** True where something new was found. */
function adopt(store: ProjectStore): boolean {
  const runs = store.runs.adoptFolders()
  const predictions = store.predictions.adoptFolders()
  return runs.length + predictions.length > 0
}

async function openStore(folder: string, program: string): Promise<ProjectStore> {
  try {
    return await ProjectStore.open(folder, { program })
  } catch (error) {
    const isTaken = error instanceof AppError && (error.code === 'project-busy' || error.code === 'not-writable')
    if (!isTaken) throw error
    return ProjectStore.open(folder, { readOnly: true })
  }
}
