/** Trainings as rows; everything else about a run is in runs/ID/ and readable without the database. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { ProjectDatabase } from './database.ts'
import { listFolder } from './folder-files.ts'
import { FolderLock, isThisProcess } from './lock.ts'
import {
  logBytes,
  type RunPoint,
  type RunProgress,
  type RunState,
  readLogEnd,
  readProgress,
  readRunPlan,
} from './run-log.ts'

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
/** Null takes away. */
export type RunChange = Partial<Omit<RunRecord, 'id' | 'createdAt' | 'isAdopted' | 'finishedAt' | 'message'>> & {
  finishedAt?: string | null
  message?: string | null
}

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
const isOver = (state: RunState): boolean => ['finished', 'stopped', 'diverged', 'failed'].includes(state)

export class RunStore {
  readonly #database: ProjectDatabase
  readonly #folder: string
  /** How long the log of each run was when its row was as the log says. */
  readonly #followedBytes = new Map<string, number>()

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
   * Registers run folders that commands have made beside us, and follows those that commands are learning or have gone
   * on with; answers the ids of those that are new or have changed.
   */
  adoptFolders(): string[] {
    const known = new Map(this.list().map((run) => [run.id, run]))
    return listFolder(join(this.#folder, 'runs')).filter((id) => {
      const run = known.get(id)
      return run ? this.#follow(run) : this.#adopt(id)
    })
  }

  /**
   * Runs that were to begin or under way when their program ended without a word, and those that a command has gone on
   * with since; for the writer at opening.
   */
  markLost(): void {
    for (const run of this.list()) {
      const { id } = run
      if (!isUnended(run.state)) this.#catchUp(run)
      else if (this.#isLost(id)) this.#refresh(id, isUnended)
      else this.#setAdopted(id)
    }
  }

  /** A command learns it: that one brings it to an end, and from now on it is followed. */
  #setAdopted(id: string): void {
    this.#database.write(() => this.#database.run('UPDATE run SET is_adopted = 1 WHERE id = ?', id))
  }

  #adopt(id: string): boolean {
    const plan = readRunPlan(this.folderOf(id))
    if (plan?.id !== id) return false
    this.add({ id, name: plan.name, preset: plan.preset, createdAt: plan.createdAt, isAdopted: true })
    this.#refresh(id, isUnended)
    return true
  }

  /** True where the log of a run that a command learns or has learnt says more than its row did. */
  #follow(run: RunRecord): boolean {
    if (!run.isAdopted || run.finishedAt !== undefined) return this.#catchUp(run)
    return JSON.stringify(this.#refresh(run.id, isUnended)) !== JSON.stringify(run)
  }

  /** The same of a run of this program, or one that had ended: somebody else may have gone on with it. */
  #catchUp(run: RunRecord): boolean {
    const folder = this.folderOf(run.id)
    const bytes = logBytes(folder)
    if (bytes === this.#followedBytes.get(run.id)) return false
    const isBehind = isBehindLog(run, folder)
    const holder = isBehind ? FolderLock.holderOf(folder) : null
    if (holder && isThisProcess(holder)) return false
    if (holder) this.#setAdopted(run.id)
    if (isBehind) this.#refresh(run.id, isUnended)
    this.#followedBytes.set(run.id, bytes)
    return isBehind
  }

  /** A run that its log leaves in one of these states, and that nobody holds, was interrupted. */
  #refresh(id: string, needsHolder: (state: RunState) => boolean): RunRecord {
    const run = this.get(id)
    const progress = readProgress(this.folderOf(id))
    if (needsHolder(progress.state) && this.#isLost(id)) progress.state = 'interrupted'
    const change = { ...progress, ...this.#ending(run, progress) }
    if (isAlready(run, change)) return run
    this.update(id, change)
    return this.get(id)
  }

  /** Nobody holds the folder: whoever learns a run does, this program or another. */
  #isLost(id: string): boolean {
    return FolderLock.holderOf(this.folderOf(id)) === null
  }

  #ending(run: RunRecord, { state, step, message }: RunProgress): RunChange {
    const hasModel = existsSync(join(this.folderOf(run.id), 'model.cbck'))
    const isOther = state !== run.state || step !== run.step
    return {
      ...(hasModel ? { model: 'model.cbck' } : {}),
      // What was said of how it ended before goes with that.
      ...(isOther ? { finishedAt: isOver(state) ? new Date().toISOString() : null, message: message ?? null } : {}),
    }
  }

  #missing(run: string): never {
    throw new AppError('run-missing', { run, path: this.#folder })
  }
}

/** Whether the log says more than the row. Why a run failed may be in the row alone. */
function isBehindLog(run: RunRecord, folder: string): boolean {
  const end = readLogEnd(folder)
  return end !== null && (end.step !== run.step || (isOver(end.state) && end.state !== run.state))
}

const isAlready = (run: RunRecord, change: RunChange): boolean =>
  (Object.keys(change) as (keyof RunChange)[]).every(
    (key) => change[key] === undefined || JSON.stringify(change[key]) === JSON.stringify(run[key] ?? null),
  )

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
