/** A project folder, open: NAME.cellbrush/ with project.db, images/, runs/, predictions/, backups/, trash/. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { syncFolder, temporaryIn } from '../files/durable.ts'
import { listBackups } from './backup-files.ts'
import { backUp, backUpDaily } from './backups.ts'
import { type CheckOptions, type CheckReport, checkProject } from './check.ts'
import { ClassStore } from './classes.ts'
import { type ProjectDatabase, translate } from './database.ts'
import { removeTemporaries } from './folder-files.ts'
import { ImageStore } from './images.ts'
import { Journal } from './journal.ts'
import { LabelStore } from './labels.ts'
import { FolderLock, type Holder } from './lock.ts'
import { ObjectStore } from './objects.ts'
import { PlaneStore } from './planes.ts'
import { PredictionStore } from './predictions.ts'
import { DATABASE, FOLDERS, fillFolder, type NewProject, openToRead, openToWrite } from './project-files.ts'
import { RunStore } from './runs.ts'
import { ScoreStore } from './scores.ts'
import { TileStore } from './tiles.ts'

export interface OpenOptions {
  /** Reads what is there and changes nothing; works while another program has the project open. */
  readOnly?: boolean
  /** Who opens it, for the message another program gets: "cellbrush train". */
  program?: string
}

export class ProjectStore {
  /** Absolute path of the project folder. */
  readonly folder: string
  readonly classes: ClassStore
  readonly images: ImageStore
  readonly labels: LabelStore
  readonly objects: ObjectStore
  readonly runs: RunStore
  readonly predictions: PredictionStore
  readonly scores: ScoreStore
  readonly #database: ProjectDatabase
  #lock: FolderLock | null
  readonly #tiles: TileStore

  /** Makes the folder, whole or not at all, and opens it. Throws 'project-exists', 'not-writable' or 'disk-full'. */
  static async create(folder: string, project: NewProject, options: OpenOptions = {}): Promise<ProjectStore> {
    const path = resolve(folder)
    if (existsSync(path) && readdirSync(path).length > 0) throw new AppError('project-exists', { path: folder })
    try {
      mkdirSync(dirname(path), { recursive: true })
      const temporary = temporaryIn(dirname(path))
      mkdirSync(temporary)
      try {
        fillFolder(temporary, folder, project)
        if (existsSync(path)) rmdirSync(path)
        renameSync(temporary, path)
        syncFolder(dirname(path))
      } catch (error) {
        rmSync(temporary, { recursive: true, force: true })
        throw error
      }
    } catch (error) {
      throw translate(folder, error)
    }
    return ProjectStore.open(folder, options)
  }

  /**
   * Opens a project. The one writer takes the lock, brings the file to the newest format and sweeps its own leftovers.
   * Throws 'project-missing', 'project-busy' with the holder, 'project-newer', 'project-damaged', 'not-writable'.
   */
  static async open(
    folder: string,
    { readOnly = false, program = 'Cellbrush' }: OpenOptions = {},
  ): Promise<ProjectStore> {
    const path = resolve(folder)
    if (!existsSync(join(path, DATABASE))) throw new AppError('project-missing', { path: folder })
    const lock = readOnly ? null : FolderLock.acquire(path, program)
    try {
      const database = readOnly ? await openToRead(path, folder) : await openToWrite(path, folder)
      const store = new ProjectStore(path, database, lock)
      if (!readOnly) store.#sweep()
      return store
    } catch (error) {
      lock?.release()
      throw error
    }
  }

  /**
   * Opens a project as it is at this moment: read-only, and blind to what others write from now on. For commands that
   * run beside a program which has the project open; close it as soon as the run or prediction folder is frozen,
   * because until then the write-ahead log cannot be shortened.
   */
  static async snapshot(folder: string): Promise<ProjectStore> {
    const store = await ProjectStore.open(folder, { readOnly: true })
    store.#database.raw.exec('BEGIN')
    store.#database.one('SELECT id FROM project') // the first read is the moment
    return store
  }

  private constructor(folder: string, database: ProjectDatabase, lock: FolderLock | null) {
    this.folder = folder
    this.#database = database
    this.#lock = lock
    const tiles = new TileStore(database)
    this.#tiles = tiles
    const planes = new PlaneStore(database)
    this.classes = new ClassStore(database)
    this.images = new ImageStore(database, folder)
    this.objects = new ObjectStore(database, planes)
    const journal = new Journal(database, tiles, this.objects)
    this.runs = new RunStore(database, folder)
    this.predictions = new PredictionStore(database, folder)
    this.scores = new ScoreStore(database)
    const firstClassId = () => this.classes.list()[0]!.id
    this.labels = new LabelStore({ database, tiles, planes, objects: this.objects, journal, firstClassId })
  }

  get isReadOnly(): boolean {
    return this.#database.isReadOnly
  }

  /** Grows when another program has changed the project; a private copy (an older format) notices nothing. */
  get version(): number {
    return this.#database.version
  }

  /**
   * Makes a reader the writer where nobody else is, in place: everything that reads this store goes on. False while
   * another program has the project, or where the folder cannot be written. Errors: as opening.
   */
  async becomeWriter(program: string): Promise<boolean> {
    if (!this.isReadOnly) return true
    const lock = FolderLock.tryAcquire(this.folder, program)
    if (!lock) return false
    try {
      this.#database.takeOver(await openToWrite(this.folder, this.#database.name))
    } catch (error) {
      lock.release()
      throw error
    }
    this.#lock = lock
    this.#sweep()
    return true
  }

  /** The project's name, notes and identity. */
  get project(): { uuid: string; name: string; notes: string; createdAt: string } {
    return this.#database.one('SELECT uuid, name, notes, created_at AS createdAt FROM project')!
  }

  rename(name: string): void {
    this.#database.write(() => this.#database.run('UPDATE project SET name = ?', name))
  }

  setNotes(notes: string): void {
    this.#database.write(() => this.#database.run('UPDATE project SET notes = ?', notes))
  }

  /** Who has the project open for writing, or null. */
  holder(): Holder | null {
    return this.#lock ? this.#lock.holder : FolderLock.holderOf(this.folder)
  }

  /** Missing and damaged files by name; with `deep` also everything in the database. Changes nothing. */
  check(options: CheckOptions = {}): Promise<CheckReport> {
    return checkProject(this.#database, this.folder, options)
  }

  /**
   * Copies project.db to backups/ where the newest copy is a day old and something was painted since; keeps three. For
   * the writer, in the background: painting goes on, and `signal` gives it up.
   */
  backUpDaily(signal?: AbortSignal): Promise<void> {
    if (this.isReadOnly) throw new AppError('not-writable', { path: this.folder })
    return backUpDaily(this.#database, this.folder, signal)
  }

  /** Copies project.db to backups/ and keeps the newest ten; answers the path. */
  backup(reason = 'on-demand'): Promise<string> {
    if (this.isReadOnly) throw new AppError('not-writable', { path: this.folder })
    return backUp(this.#database, this.folder, reason)
  }

  /** Names in backups/, the newest first. */
  backups(): string[] {
    return listBackups(this.folder)
  }

  /** At opening, by the writer: our own leftovers go, and runs that died with their program are marked so. */
  #sweep(): void {
    for (const name of ['.', ...FOLDERS]) removeTemporaries(join(this.folder, name))
    if (this.#lock?.isAfterCrash) this.#tiles.removeLoose()
    this.runs.markLost()
    this.predictions.markLost()
  }

  /** Everything acknowledged is on disk already; this gives the lock back. */
  close(): void {
    this.#database.close()
    this.#lock?.release()
  }
}
