/** A project folder, open: NAME.cellbrush/ with project.db, images/, runs/, predictions/, backups/, trash/. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { ClassStore, type ObjectClass } from './classes.ts'
import { APPLICATION_ID, ProjectDatabase, translate } from './database.ts'
import { removeTemporaries, syncFolder, temporaryIn } from './durable-files.ts'
import { ImageStore } from './images.ts'
import { Journal } from './journal.ts'
import { LabelStore } from './labels.ts'
import { FolderLock, type Holder } from './lock.ts'
import { migrate, pendingMigrations, readMigrations } from './migrations.ts'
import { ObjectStore } from './objects.ts'
import { PlaneStore } from './planes.ts'
import { TileStore } from './tiles.ts'

export interface NewProject {
  name: string
  /** At least one class is made: "cell" when none is given. */
  classes?: Omit<ObjectClass, 'id'>[]
}

export interface OpenOptions {
  /** Reads what is there and changes nothing; works while another program has the project open. */
  readOnly?: boolean
  /** Who opens it, for the message another program gets: "cellbrush train". */
  program?: string
}

const FOLDERS = ['images', 'runs', 'predictions', 'backups', 'trash']
const DATABASE = 'project.db'
const FIRST_CLASS = { name: 'cell', colour: '#e6550d' }

export class ProjectStore {
  /** Absolute path of the project folder. */
  readonly folder: string
  readonly isReadOnly: boolean
  readonly classes: ClassStore
  readonly images: ImageStore
  readonly labels: LabelStore
  readonly objects: ObjectStore
  readonly #database: ProjectDatabase
  readonly #lock: FolderLock | null

  /** Makes the folder, whole or not at all, and opens it. Throws 'project-exists', 'not-writable' or 'disk-full'. */
  static async create(folder: string, project: NewProject, options: OpenOptions = {}): Promise<ProjectStore> {
    const path = resolve(folder)
    if (existsSync(path) && readdirSync(path).length > 0) throw new AppError('project-exists', { path: folder })
    try {
      mkdirSync(dirname(path), { recursive: true })
      const temporary = temporaryIn(dirname(path))
      mkdirSync(temporary)
      try {
        fill(temporary, project)
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
    let database: ProjectDatabase | undefined
    try {
      database = new ProjectDatabase(join(path, DATABASE), { readOnly, name: folder })
      const steps = pendingMigrations(database, readMigrations())
      if (!readOnly) migrate(database, steps)
      if (!readOnly) for (const name of ['.', ...FOLDERS]) removeTemporaries(join(path, name))
      return new ProjectStore(path, database, lock)
    } catch (error) {
      database?.close()
      lock?.release()
      throw error
    }
  }

  private constructor(folder: string, database: ProjectDatabase, lock: FolderLock | null) {
    this.folder = folder
    this.isReadOnly = database.isReadOnly
    this.#database = database
    this.#lock = lock
    const tiles = new TileStore(database)
    const planes = new PlaneStore(database)
    this.classes = new ClassStore(database)
    this.images = new ImageStore(database, folder)
    this.objects = new ObjectStore(database, planes)
    const journal = new Journal(database, tiles, this.objects)
    const firstClassId = () => this.classes.list()[0]!.id
    this.labels = new LabelStore({ database, tiles, planes, objects: this.objects, journal, firstClassId })
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

  /** Everything acknowledged is on disk already; this gives the lock back. */
  close(): void {
    this.#database.close()
    this.#lock?.release()
  }
}

/** Makes the content of a new project folder. */
function fill(folder: string, { name, classes = [] }: NewProject): void {
  for (const of of FOLDERS) mkdirSync(join(folder, of))
  writeFileSync(join(folder, DATABASE), '')
  const database = new ProjectDatabase(join(folder, DATABASE), { name: folder })
  try {
    database.raw.pragma(`application_id = ${APPLICATION_ID}`)
    migrate(database, readMigrations())
    const sql = 'INSERT INTO project (id, uuid, name, created_at) VALUES (1, ?, ?, ?)'
    database.run(sql, randomUUID(), name, new Date().toISOString())
    const store = new ClassStore(database)
    for (const of of classes.length > 0 ? classes : [FIRST_CLASS]) store.add(of.name, of.colour)
  } finally {
    database.close()
  }
}
