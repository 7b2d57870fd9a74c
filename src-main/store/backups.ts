/** Copies of project.db in backups/, made by SQLite's backup API while the project is in use. */
import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { commitTemporary, temporaryIn } from '../files/durable.ts'
import { backupName, listBackups, reasonOf, timeOf } from './backup-files.ts'
import { type ProjectDatabase, translate } from './database.ts'

const DAILY = 'daily'
const DAY_MS = 24 * 3600 * 1000

/** Copies that push each other out, and how many of them stay: those of every day none that are made for a reason. */
const KEPT: readonly { isOne: (reason: string) => boolean; count: number }[] = [
  { isOne: (reason) => reason === DAILY, count: 3 },
  { isOne: (reason) => reason.startsWith('before-format'), count: 10 },
  { isOne: (reason) => reason !== DAILY && !reason.startsWith('before-format'), count: 10 },
]

/** Pages a turn: about 400 kB, so that painting goes on. */
const PAGES = 100

/**
 * Writes backups/project-TIME-REASON.db, whole and synced, and removes the oldest of its kind; answers its path. Given
 * up, it leaves nothing.
 * @param reason a few words; ends in the file name.
 */
export async function backUp(
  database: ProjectDatabase,
  folder: string,
  reason: string,
  signal?: AbortSignal,
): Promise<string> {
  const backups = join(folder, 'backups')
  const path = join(backups, backupName(reason))
  const temporary = temporaryIn(backups)
  const progress = () => {
    signal?.throwIfAborted()
    return PAGES
  }
  try {
    mkdirSync(backups, { recursive: true })
    await database.raw.backup(temporary, { progress })
    await syncInBackground(temporary)
    signal?.throwIfAborted()
    commitTemporary(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw translate(path, error)
  }
  for (const name of tooMany(listBackups(folder))) rmSync(join(backups, name), { force: true })
  return path
}

/** The same where the last copy is a day old and something was painted since, and where the disk has room for it. */
export async function backUpDaily(database: ProjectDatabase, folder: string, signal?: AbortSignal): Promise<void> {
  const [newest] = listBackups(folder)
  const painted = database.one<{ at: string }>('SELECT created_at AS at FROM journal ORDER BY id DESC LIMIT 1')?.at
  const copied = newest === undefined ? '' : timeOf(newest)
  const isDue = newest === undefined || Date.now() - Date.parse(copied) >= DAY_MS
  if (painted === undefined || painted < copied || !isDue || !hasRoom(database, folder)) return
  await backUp(database, folder, DAILY, signal)
}

/** What is painted next needs the room more than a copy does. */
function hasRoom(database: ProjectDatabase, folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize > 2 * statSync(database.raw.name).size
}

const tooMany = (names: readonly string[]): string[] =>
  KEPT.flatMap(({ isOne, count }) => names.filter((name) => isOne(reasonOf(name))).slice(count))

async function syncInBackground(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
