/** Predictions as rows: which probabilities of which planes lie in predictions/ID/, and what made them. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { type PredictionPlan, predictionPlanSchema } from '../../src-shared/run-plan.ts'
import type { ProjectDatabase } from './database.ts'
import { listFolder } from './folder-files.ts'
import { FolderLock } from './lock.ts'

export type PredictionState = 'planned' | 'running' | 'finished' | 'failed' | 'interrupted'

export interface PredictedPlane {
  imageId: number
  z: number
  t: number
  /** What went in: the image's sha256, or whatever else decides the result. */
  inputKey: string
  /** Pixel file, relative to the prediction folder. */
  file: string
}

export interface PredictionRecord {
  id: string
  runId?: string
  /** The checksum at the end of the checkpoint. */
  modelSha256: string
  state: PredictionState
  isAdopted: boolean
  /** The retention rule leaves it alone. */
  isKept: boolean
  createdAt: string
}

export interface NewPrediction {
  id: string
  runId?: string
  modelSha256: string
  planes: PredictedPlane[]
  isAdopted?: boolean
}

/** Finished predictions of one model that stay, when nobody has asked to keep them: the retention rule. */
export const KEPT_PREDICTIONS = 2

interface PredictionRow extends Omit<PredictionRecord, 'runId' | 'isAdopted' | 'isKept'> {
  runId: string | null
  isAdopted: number
  isKept: number
}

const SELECT = `SELECT prediction.id, run_id AS runId, model_sha256 AS modelSha256, state, is_adopted AS isAdopted,
  is_kept AS isKept, created_at AS createdAt FROM prediction`

export class PredictionStore {
  readonly #database: ProjectDatabase
  readonly #folder: string

  constructor(database: ProjectDatabase, folder: string) {
    this.#database = database
    this.#folder = folder
  }

  folderOf(id: string): string {
    return join(this.#folder, 'predictions', id)
  }

  /** Registers a prediction whose folder has been written. */
  add({ id, runId, modelSha256, planes, isAdopted = false }: NewPrediction): void {
    this.#database.write(() => {
      this.#database.run(
        `INSERT INTO prediction (id, run_id, model_sha256, state, is_adopted, created_at) VALUES (?, ?, ?, 'planned', ?, ?)`,
        ...([id, runId ?? null, modelSha256, isAdopted ? 1 : 0, new Date().toISOString()] as const),
      )
      for (const { imageId, z, t, inputKey, file } of planes) {
        const sql = 'INSERT INTO prediction_plane VALUES (?, ?, ?, ?, ?, ?)'
        this.#database.run(sql, id, imageId, z, t, inputKey, file)
      }
    })
  }

  setState(id: string, state: PredictionState): void {
    this.#database.write(() => this.#database.run('UPDATE prediction SET state = ? WHERE id = ?', state, id))
  }

  /** Exempts a prediction from the retention rule, or puts it under it again. */
  keep(id: string, isKept: boolean): void {
    this.#database.write(() => this.#database.run('UPDATE prediction SET is_kept = ? WHERE id = ?', isKept ? 1 : 0, id))
  }

  /** Throws 'prediction-missing'. */
  get(id: string): PredictionRecord {
    const row = this.#database.one<PredictionRow>(`${SELECT} WHERE id = ?`, id)
    if (!row) throw new AppError('prediction-missing', { prediction: id })
    return toRecord(row)
  }

  /** The newest first. */
  list(): PredictionRecord[] {
    return this.#database.all<PredictionRow>(`${SELECT} ORDER BY created_at DESC, rowid DESC`).map(toRecord)
  }

  planesOf(id: string): PredictedPlane[] {
    return this.#database.all<PredictedPlane>(
      `SELECT image_id AS imageId, z, t, input_key AS inputKey, file FROM prediction_plane WHERE prediction_id = ?`,
      id,
    )
  }

  /** The newest finished prediction of a plane that has the same model and input, with its pixel file. */
  find(plane: Omit<PredictedPlane, 'file'>, modelSha256: string): { id: string; file: string } | undefined {
    return this.#database.one<{ id: string; file: string }>(
      `SELECT prediction.id, file FROM prediction_plane JOIN prediction ON prediction.id = prediction_id
       WHERE image_id = ? AND z = ? AND t = ? AND input_key = ? AND model_sha256 = ? AND state = 'finished'
       ORDER BY created_at DESC LIMIT 1`,
      ...([plane.imageId, plane.z, plane.t, plane.inputKey, modelSha256] as const),
    )
  }

  /** Removes finished predictions beyond the newest two of each model that nobody keeps; answers their ids. */
  removeExpired(): string[] {
    const seen = new Map<string, number>()
    const expired = this.list().filter(({ state, isKept, modelSha256 }) => {
      if (state !== 'finished' || isKept) return false
      const count = (seen.get(modelSha256) ?? 0) + 1
      seen.set(modelSha256, count)
      return count > KEPT_PREDICTIONS
    })
    for (const { id } of expired) this.remove(id)
    return expired.map(({ id }) => id)
  }

  /** Row first, then the folder: a crash between the two leaves a folder and never a row without one. */
  remove(id: string): void {
    this.#database.write(() => this.#database.run('DELETE FROM prediction WHERE id = ?', id))
    rmSync(this.folderOf(id), { recursive: true, force: true })
  }

  /** Registers prediction folders that commands have made beside us and finished; answers their ids. */
  adoptFolders(): string[] {
    const known = new Set(this.list().map(({ id }) => id))
    const isOurs = (id: string) => !known.has(id) && FolderLock.holderOf(this.folderOf(id)) === null
    return listFolder(join(this.#folder, 'predictions')).filter((id) => isOurs(id) && this.#adopt(id))
  }

  #adopt(id: string): boolean {
    const plan = readPredictionPlan(this.folderOf(id))
    const modelSha256 = plan && checksumOf(isAbsolute(plan.model) ? plan.model : join(this.folderOf(id), plan.model))
    if (!plan || plan.id !== id || !modelSha256) return false
    const planes = plan.items.flatMap(({ pixels, output, z, t }) => {
      const sha256 = /[0-9a-f]{64}/.exec(pixels)?.[0] ?? ''
      const image = this.#database.one<{ id: number }>('SELECT id FROM image WHERE sha256 = ?', sha256)
      return image ? [{ imageId: image.id, z, t, inputKey: sha256, file: output }] : []
    })
    const there = new Set(listFolder(this.folderOf(id)))
    this.#database.write(() => {
      this.add({ id, modelSha256, planes, isAdopted: true })
      this.setState(id, planes.every(({ file }) => there.has(file)) ? 'finished' : 'interrupted')
    })
    return true
  }

  /** Predictions under way when their program ended without a word; for the writer at opening. */
  markLost(): void {
    for (const { id, state } of this.list()) {
      if (state === 'running' && FolderLock.holderOf(this.folderOf(id)) === null) this.setState(id, 'interrupted')
    }
  }
}

const toRecord = ({ runId, ...row }: PredictionRow): PredictionRecord => ({
  ...row,
  ...(runId === null ? {} : { runId }),
  isAdopted: row.isAdopted === 1,
  isKept: row.isKept === 1,
})

function readPredictionPlan(folder: string): PredictionPlan | null {
  try {
    return v.parse(predictionPlanSchema, JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')))
  } catch {
    return null
  }
}

/** The last 32 bytes of a checkpoint are the SHA-256 of what stands before them. */
function checksumOf(path: string): string | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(32)
      readSync(file, bytes, 0, 32, fstatSync(file).size - 32)
      return bytes.toString('hex')
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
