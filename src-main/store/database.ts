/** The connection to project.db: how it is opened, how changes become durable, how SQLite's failures become ours. */
import Database from 'better-sqlite3'
import { AppError } from '../../src-shared/errors.ts'
import { damaged } from './backup-files.ts'

export type Row = Record<string, unknown>
type Value = number | bigint | string | Buffer | Uint8Array | null

/** "CBsh": marks a SQLite file as a Cellbrush project. */
export const APPLICATION_ID = 0x43427368

export interface ProjectDatabaseOptions {
  readOnly?: boolean
  /** What error messages call the project: its folder. */
  name: string
  /** Runs after closing: removes a private copy. */
  onClose?: () => void
}

/** A thin layer over better-sqlite3: cached statements, one way to write, errors translated. Synchronous throughout. */
export class ProjectDatabase {
  raw: Database.Database
  readonly name: string
  isReadOnly: boolean
  readonly #statements = new Map<string, Database.Statement>()
  readonly #afterRollback: (() => void)[] = []

  #onClose?: () => void

  constructor(path: string, { readOnly = false, name, onClose }: ProjectDatabaseOptions) {
    this.#onClose = onClose
    this.name = name
    this.isReadOnly = readOnly
    this.raw = translated(name, () => openConnection(path, readOnly))
  }

  /** All rows of a query. */
  all<T = Row>(sql: string, ...values: Value[]): T[] {
    return translated(this.name, () => this.#prepare(sql).all(...values) as T[])
  }

  /** The first row of a query, or undefined. */
  one<T = Row>(sql: string, ...values: Value[]): T | undefined {
    return translated(this.name, () => this.#prepare(sql).get(...values) as T | undefined)
  }

  /** Runs a statement; answers how many rows it changed and the id of the row it inserted. */
  run(sql: string, ...values: Value[]): { changes: number; id: number } {
    return translated(this.name, () => {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values)
      return { changes, id: Number(lastInsertRowid) }
    })
  }

  /**
   * Everything in `work` is on disk when this returns (synchronous=FULL), or nothing is. Calls nest.
   * Throws 'disk-full', 'not-writable' or 'project-damaged' where that is the reason.
   */
  write<T>(work: () => T): T {
    if (this.isReadOnly) throw new AppError('not-writable', { path: this.name })
    if (this.raw.inTransaction) return work()
    try {
      return translated(this.name, () => this.raw.transaction(work).immediate())
    } catch (error) {
      for (const forget of this.#afterRollback) forget()
      throw error
    }
  }

  /** Registers what must be forgotten when a transaction was taken back. */
  onRollback(forget: () => void): void {
    this.#afterRollback.push(forget)
  }

  /** Grows when another connection has changed the file; costs no reading. */
  get version(): number {
    return translated(this.name, () => Number(this.raw.pragma('data_version', { simple: true })))
  }

  /** Goes on with the connection of another, which is used up; whoever holds this one notices nothing but its rights. */
  takeOver(other: ProjectDatabase): void {
    this.close()
    this.raw = other.raw
    this.isReadOnly = other.isReadOnly
    this.#onClose = other.#onClose
  }

  close(): void {
    this.#statements.clear()
    this.raw.close()
    this.#onClose?.()
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.raw.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function openConnection(path: string, readOnly: boolean): Database.Database {
  const database = new Database(path, { readonly: readOnly, fileMustExist: true, timeout: 10_000 })
  try {
    if (!readOnly) {
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = FULL')
    }
    database.pragma('foreign_keys = ON')
    database.pragma('user_version') // reads the file, so that one that is no database fails here
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const isCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

/** Runs `work`; what the disk or SQLite complain about leaves as an AppError that names `path`. */
export function translated<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(path, error)
  }
}

/** What the file system says of a folder that may not be written, and of a disk or a share that fails. */
const NOT_WRITABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EIO', 'ENXIO', 'ESTALE'])

/** The AppError for a failure of SQLite or of the file system, or the error itself where it is a bug. */
export function translate(path: string, error: unknown): unknown {
  if (error instanceof AppError || !isCode(error)) return error
  const options = { cause: error }
  const { code } = error
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new AppError('disk-full', { path }, options)
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|IOERR|PROTOCOL)/.test(code) || NOT_WRITABLE.has(code)) {
    return new AppError('not-writable', { path }, options)
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return damaged(path, error.message, options)
  }
  if (/^SQLITE_BUSY/.test(code)) return new AppError('project-busy', { path, holder: 'unknown' }, options)
  return error
}
