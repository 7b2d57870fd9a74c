/** Brings project.db to the newest format: resources/migrations/NNNN-what.sql, each one step of `user_version`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { damaged } from './backup-files.ts'
import { APPLICATION_ID, type ProjectDatabase } from './database.ts'

/** One step: from format `version - 1` to `version`. */
export interface Migration {
  version: number
  name: string
  sql: string
}

/** The steps in a folder, in order; the numbers must be 1, 2, 3 ... without a gap. */
export function readMigrations(folder: string = migrationsFolder()): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}-.+\.sql$/.test(name))
  return names.sort().map((name, index) => {
    const version = Number(name.slice(0, 4))
    if (version !== index + 1) throw new Error(`migration ${name} should have number ${index + 1}`)
    return { version, name, sql: readFileSync(join(folder, name), 'utf8') }
  })
}

/** resources/ lies beside src-main in a checkout and further up in a built release. */
function migrationsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'resources', 'migrations')
    if (existsSync(candidate)) return candidate
    if (dirname(folder) === folder) throw new Error('resources/migrations is missing from this installation')
  }
}

/** The format of an open file, 0 for an empty one. */
export const formatOf = (database: ProjectDatabase): number =>
  Number(database.raw.pragma('user_version', { simple: true }))

/**
 * Throws 'project-newer' for a format that this program does not know and 'project-damaged' for a file that is not a
 * project; answers the steps that are still to do.
 */
export function pendingMigrations(database: ProjectDatabase, all: readonly Migration[]): Migration[] {
  const found = formatOf(database)
  const isOurs = Number(database.raw.pragma('application_id', { simple: true })) === APPLICATION_ID
  if (!isOurs) throw damaged(database.name, 'project.db is not a project')
  if (found > all.length) throw new AppError('project-newer', { path: database.name, found, known: all.length })
  return all.slice(found)
}

/** Does all steps in one transaction: after a crash or a failure the file has its old format and content. */
export function migrate(database: ProjectDatabase, steps: readonly Migration[]): void {
  if (steps.length === 0) return
  database.write(() => {
    database.raw.pragma('defer_foreign_keys = ON') // a step may rebuild a table that others refer to
    for (const { sql, version } of steps) {
      database.raw.exec(sql)
      database.raw.pragma(`user_version = ${version}`)
    }
  })
}
