/** How project.db of a folder comes into being and is opened. */
import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { backUp } from './backups.ts'
import { ClassStore, FIRST_CLASS, type ObjectClass } from './classes.ts'
import { APPLICATION_ID, ProjectDatabase } from './database.ts'
import { type Migration, migrate, pendingMigrations, readMigrations } from './migrations.ts'

export interface NewProject {
  name: string
  /** At least one class is made: "cell" when none is given. */
  classes?: Omit<ObjectClass, 'id'>[]
}

export const DATABASE = 'project.db'
export const FOLDERS = ['images', 'runs', 'predictions', 'backups', 'trash']
/**
 * Makes the content of a new project folder.
 * @param shown what messages call the folder, which has a temporary name meanwhile.
 */
export function fillFolder(folder: string, shown: string, { name, classes = [] }: NewProject): void {
  for (const of of FOLDERS) mkdirSync(join(folder, of))
  writeFileSync(join(folder, DATABASE), '')
  const database = new ProjectDatabase(join(folder, DATABASE), { name: shown })
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

/**
 * Opens for writing and brings the file to the newest format, after a backup.
 * @param name what messages call the project.
 */
export async function openToWrite(
  folder: string,
  name: string,
  all: Migration[] = readMigrations(),
): Promise<ProjectDatabase> {
  const database = new ProjectDatabase(join(folder, DATABASE), { name })
  try {
    const steps = pendingMigrations(database, all)
    if (steps.length > 0) await backUp(database, folder, `before-format-${all.length}`)
    migrate(database, steps)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Opens for reading. A file in an older format, or in a folder where SQLite may not even make its side files (a CD, a
 * read-only share), is read from a private copy that goes away on closing.
 */
export async function openToRead(
  folder: string,
  name: string,
  all: Migration[] = readMigrations(),
): Promise<ProjectDatabase> {
  const path = join(folder, DATABASE)
  let database: ProjectDatabase
  try {
    database = new ProjectDatabase(path, { readOnly: true, name })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not-writable') throw error
    return openCopy(name, all, async (copy) => {
      copyFileSync(path, copy)
      if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    })
  }
  try {
    if (pendingMigrations(database, all).length === 0) return database
  } catch (error) {
    database.close()
    throw error
  }
  try {
    return await openCopy(name, all, async (copy) => void (await database.raw.backup(copy)))
  } finally {
    database.close()
  }
}

async function openCopy(
  name: string,
  all: Migration[],
  copyTo: (path: string) => Promise<void>,
): Promise<ProjectDatabase> {
  const folder = mkdtempSync(join(tmpdir(), '.tmp-cellbrush-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, DATABASE)
    await copyTo(copy)
    const writable = new ProjectDatabase(copy, { name })
    try {
      migrate(writable, pendingMigrations(writable, all))
    } finally {
      writable.close()
    }
    return new ProjectDatabase(copy, { readOnly: true, name, onClose: remove })
  } catch (error) {
    remove()
    throw error
  }
}
