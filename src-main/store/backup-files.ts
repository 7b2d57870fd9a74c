/** The copies of project.db in backups/, by their names, and what is said of a project that needs one. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'

const NAME = /^project-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([a-z0-9-]+)\.db$/

/** The file of a copy made now; `reason`: a few words. */
export function backupName(reason: string): string {
  const time = new Date().toISOString().replace(/[-:.]/g, '')
  return `project-${time}-${reason.toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'backup'}.db`
}

/** File names of the copies, the newest first. */
export function listBackups(folder: string): string[] {
  const backups = join(folder, 'backups')
  const names = existsSync(backups) ? readdirSync(backups) : []
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
}

/** When a copy was made, ISO 8601. */
export const timeOf = (name: string): string => name.replace(NAME, '$1-$2-$3T$4:$5:$6.$7Z')

/** Why a copy was made. */
export const reasonOf = (name: string): string => name.replace(NAME, '$8')

/** The failure of a project, at `path`, that cannot be read; it names the newest copy where there is one. */
export function damaged(path: string, reason: string, options?: ErrorOptions): AppError {
  const [backup] = listBackups(path)
  return new AppError('project-damaged', { path, reason, ...(backup ? { backup } : {}) }, options)
}
