/** Copies of project.db in backups/, made by SQLite's backup API while the project is in use. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { commitTemporary, syncFile, temporaryIn } from '../files/durable.ts'
import { type ProjectDatabase, translate } from './database.ts'
import { listFolder } from './folder-files.ts'

/** How many backups stay. */
export const KEPT_BACKUPS = 10

const NAME = /^project-\d{8}T\d{9}Z-[a-z0-9-]+\.db$/

/**
 * Writes backups/project-TIME-REASON.db, whole and synced, and removes all but the newest ten; answers its path.
 * @param reason a few words; ends in the file name.
 */
export async function backUp(database: ProjectDatabase, folder: string, reason: string): Promise<string> {
  const backups = join(folder, 'backups')
  const time = new Date().toISOString().replace(/[-:.]/g, '')
  const path = join(backups, `project-${time}-${reason.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'backup'}.db`)
  const temporary = temporaryIn(backups)
  try {
    await database.raw.backup(temporary)
    syncFile(temporary)
    commitTemporary(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw translate(path, error)
  }
  for (const name of listBackups(folder).slice(KEPT_BACKUPS)) rmSync(join(backups, name), { force: true })
  return path
}

/** File names of the backups, the newest first. */
export const listBackups = (folder: string): string[] =>
  listFolder(join(folder, 'backups'))
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
