/** Trainings as rows; everything else about a run is in runs/ID/ and readable without the database. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { ProjectDatabase } from './database.ts'
import { listFolder } from './folder-files.ts'
import { FolderLock } from './lock.ts'
import { type RunPoint, type RunProgress, type RunState, readProgress, readRunPlan } from './run-log.ts'

export interface RunRecord extends RunProgress {
  id: string
  name: string
  preset: string
  /** True when a command makes or learns the run beside a program that has the project open. */
  isAdopted: boolean
  createdAt: string
  finishedAt?: string
  /** Checkpoint that predicts, relative to the run folder. */
  model?: string
}

export type NewRun = Pick<RunRecord, 'id' | 'name' | 'preset' | 'createdAt'> & { isAdopted?: boolean }
export type RunChange = Partial<Omit<RunRecord, 'id' | 'createdAt' | 'isAdopted'>>

interface RunRow {
  id: string
  name: string
  preset: string
  state: RunState
  is_adopted: number
  created_at: string
  finished_at: string | null
  device: string | null
  steps: number | null
  step: number
  energy: number | null
  score: number | null
  model: string | null
  message: string | null
  summary: string
}

const COLUMNS: Record<keyof RunChange, string> = {
  name: 'name',
  preset: 'preset',
  state: 'state',
  finishedAt: 'finished_at',
  device: 'device',
  steps: 'steps',
  step: 'step',
  energy: 'energy',
  score: 'score',
  model: 'model',
  message: 'message',
  summary: 'summary',
}

const isUnderWay = (state: RunState): boolean => state === 'running' || state === 'paused'
const isUnended = (state: RunState): boolean => state === 'planned' || isUnderWay(state)

export class RunStore {
  readonly #database: ProjectDatabase
  readonly #folder: string

  constructor(database: ProjectDatabase, folder: string) {
    this.#database = database
    this.#folder = folder
  }

  /** The folder of a run, there or not. */
  folderOf(id: string): string {
    return join(this.#folder, 'runs', id)
  }

  /** Registers a run whose folder has been written. */
  add({ id, name, preset, createdAt, isAdopted = false }: NewRun): RunRecord {
    this.#database.write(() =>
      this.#database.run(
        `INSERT INTO run (id, name, preset, state, is_adopted, created_at) VALUES (?, ?, ?, 'planned', ?, ?)`,
        ...([id, name, preset, isAdopted ? 1 : 0, createdAt] as const),
      ),
    )
    return this.get(id)
  }

  /** Changes what is given and leaves the rest. */
  update(id: string, change: RunChange): void {
    const keys = (Object.keys(change) as (keyof RunChange)[]).filter((key) => change[key] !== undefined)
    if (keys.length === 0) return
    const values = keys.map((key) => (key === 'summary' ? JSON.stringify(change.summary) : change[key]!) as string)
    this.#database.write(() => {
      const sql = `UPDATE run SET ${keys.map((key) => `${COLUMNS[key]} = ?`).join(', ')} WHERE id = ?`
      if (this.#database.run(sql, ...values, id).changes === 0) this.#missing(id)
    })
  }

  /** A run by id or name, the newest of that name; throws 'run-missing'. */
  get(idOrName: string): RunRecord {
    const row = this.#database.one<RunRow>(
      'SELECT * FROM run WHERE id = ? OR name = ? ORDER BY id = ? DESC, created_at DESC LIMIT 1',
      ...([idOrName, idOrName, idOrName] as const),
    )
    return row ? toRecord(row) : this.#missing(idOrName)
  }

  /** The newest first. */
  list(): RunRecord[] {
    return this.#database.all<RunRow>('SELECT * FROM run ORDER BY created_at DESC, rowid DESC').map(toRecord)
  }

  /** Ids of runs that something names, though they may be gone: the list, predictions, objects, and what is undone. */
  named(): string[] {
    const rows = this.#database.all<{ id: string }>(
      `SELECT id FROM run UNION SELECT run_id FROM prediction WHERE run_id IS NOT NULL
       UNION SELECT substr(origin, 5) FROM object WHERE origin LIKE 'run %'
       UNION SELECT substr(json_extract(side, '$.origin'), 5) FROM
         (SELECT old_object AS side FROM journal_object UNION ALL SELECT new_object FROM journal_object)
       WHERE side LIKE '%"origin":"run %'`,
    )
    return rows.map(({ id }) => id)
  }

  /** Takes a run off the list; its folder, and what it has pinned, are the caller's to remove afterwards. */
  remove(id: string): void {
    this.#database.write(() => this.#database.run('DELETE FROM run WHERE id = ?', id))
  }

  /** Brings a row to what the run's log says now; one that this program is about to learn is planned until it begins. */
  refresh(id: string): RunRecord {
    return this.#refresh(id, isUnderWay)
  }

  /**
   * Registers run folders that commands have made beside us, and follows those that commands are learning; answers the
   * ids of those that are new or have changed.
   */
  adoptFolders(): string[] {
    const known = new Map(this.list().map((run) => [run.id, run]))
    return listFolder(join(this.#folder, 'runs')).filter((id) => {
      const run = known.get(id)
      return run ? this.#follow(run) : this.#adopt(id)
    })
  }

  /** Runs that were to begin or under way when their program ended without a word; for the writer at opening. */
  markLost(): void {
    for (const { id, state } of this.list()) {
      if (!isUnended(state)) continue
      if (this.#isLost(id)) this.#refresh(id, isUnended)
      // A command learns it: that one brings it to an end, and from now on it is followed.
      else this.#database.write(() => this.#database.run('UPDATE run SET is_adopted = 1 WHERE id = ?', id))
    }
  }

  #adopt(id: string): boolean {
    const plan = readRunPlan(this.folderOf(id))
    if (plan?.id !== id) return false
    this.add({ id, name: plan.name, preset: plan.preset, createdAt: plan.createdAt, isAdopted: true })
    this.#refresh(id, isUnended)
    return true
  }

  /** True where the log of an adopted run says more than its row did. */
  #follow(run: RunRecord): boolean {
    if (!run.isAdopted || run.finishedAt !== undefined) return false
    return JSON.stringify(this.#refresh(run.id, isUnended)) !== JSON.stringify(run)
  }

  /** A run that its log leaves in one of these states, and that nobody holds, was interrupted. */
  #refresh(id: string, needsHolder: (state: RunState) => boolean): RunRecord {
    const progress = readProgress(this.folderOf(id))
    if (needsHolder(progress.state) && this.#isLost(id)) progress.state = 'interrupted'
    this.update(id, { ...progress, ...this.#ending(id, progress.state) })
    return this.get(id)
  }

  /** Nobody holds the folder: whoever learns a run does, this program or another. */
  #isLost(id: string): boolean {
    return FolderLock.holderOf(this.folderOf(id)) === null
  }

  #ending(id: string, state: RunState): RunChange {
    const hasModel = existsSync(join(this.folderOf(id), 'model.cbck'))
    const isOver = ['finished', 'stopped', 'diverged', 'failed'].includes(state)
    return {
      ...(hasModel ? { model: 'model.cbck' } : {}),
      ...(isOver ? { finishedAt: new Date().toISOString() } : {}),
    }
  }

  #missing(run: string): never {
    throw new AppError('run-missing', { run, path: this.#folder })
  }
}

function toRecord(row: RunRow): RunRecord {
  const optional = {
    finishedAt: row.finished_at,
    device: row.device,
    steps: row.steps,
    energy: row.energy,
    score: row.score,
    model: row.model,
    message: row.message,
  }
  const present = Object.entries(optional).filter(([, value]) => value !== null)
  return {
    id: row.id,
    name: row.name,
    preset: row.preset,
    state: row.state,
    isAdopted: row.is_adopted === 1,
    createdAt: row.created_at,
    step: row.step,
    summary: JSON.parse(row.summary) as RunPoint[],
    ...Object.fromEntries(present),
  }
}
