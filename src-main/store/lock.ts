/**
 * One writer at a time, by a lock of the operating system: an exclusive SQLite transaction on an empty side file that
 * stays open as long as its holder lives. The system takes it back when the process ends, however it ends.
 *
 * Never open `lock.db` with node:fs: POSIX drops all locks of a process on a file when it closes any handle to it.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../../src-shared/errors.ts'
import { translate } from './database.ts'

/** Who has a folder open for writing. */
export interface Holder {
  /** "Cellbrush workstation", "cellbrush train", ... */
  program: string
  pid: number
  host: string
  /** ISO 8601. */
  since: string
}

const LOCK = 'lock.db'
const HOLDER = 'lock.json'

/** "cellbrush train, process 4711 on labserver since 2026-01-01T10:00:00.000Z". */
export const describeHolder = ({ program, pid, host, since }: Holder): string =>
  `${program}, process ${pid} on ${host} since ${since}`

export const isThisProcess = ({ pid, host }: Holder): boolean => pid === process.pid && host === hostname()

/** The exclusive right to write a folder. */
export class FolderLock {
  readonly holder: Holder
  /** The program that had it last did not give it back: it died. */
  readonly isAfterCrash: boolean
  readonly #folder: string
  readonly #database: Database.Database

  /** Takes the lock or throws 'project-busy' with the holder. Waits 0.25 s, longer than a look by `holderOf` lasts. */
  static acquire(folder: string, program: string): FolderLock {
    const database = tryLock(folder, 250)
    if (!database) {
      const holder = readHolder(folder)
      throw new AppError('project-busy', { path: folder, holder: holder ? describeHolder(holder) : 'unknown' })
    }
    return new FolderLock(folder, program, database)
  }

  /** Takes the lock where nobody has it, without waiting; null where somebody has, or nobody may write the folder. */
  static tryAcquire(folder: string, program: string): FolderLock | null {
    try {
      const database = tryLock(folder, 0)
      return database && new FolderLock(folder, program, database)
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-writable') return null
      throw error
    }
  }

  /** Who holds the folder now, or null when nobody does (or the folder cannot be written, so that nobody can). */
  static holderOf(folder: string): Holder | null {
    if (!existsSync(join(folder, LOCK))) return null
    try {
      const database = tryLock(folder, 0)
      if (!database) return readHolder(folder) ?? { program: 'unknown', pid: 0, host: 'unknown', since: 'unknown' }
      database.close()
      return null
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-writable') return null
      throw error
    }
  }

  private constructor(folder: string, program: string, database: Database.Database) {
    this.#folder = folder
    this.#database = database
    this.isAfterCrash = existsSync(join(folder, HOLDER))
    this.holder = { program, pid: process.pid, host: hostname(), since: new Date().toISOString() }
    try {
      writeFileSync(join(folder, HOLDER), `${JSON.stringify(this.holder)}\n`)
    } catch (error) {
      database.close()
      throw translate(folder, error)
    }
  }

  release(): void {
    if (!this.#database.open) return
    rmSync(join(this.#folder, HOLDER), { force: true })
    this.#database.close()
  }
}

function tryLock(folder: string, timeoutMs: number): Database.Database | null {
  let database: Database.Database | undefined
  try {
    database = new Database(join(folder, LOCK), { timeout: timeoutMs })
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return null
    throw translate(folder, error)
  }
}

function readHolder(folder: string): Holder | null {
  try {
    const { program, pid, host, since } = JSON.parse(readFileSync(join(folder, HOLDER), 'utf8'))
    return { program: String(program), pid: Number(pid), host: String(host), since: String(since) }
  } catch {
    return null // being written, or left out by a full disk: the lock itself still holds
  }
}
