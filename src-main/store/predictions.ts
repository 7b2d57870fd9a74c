/** Predictions as rows: which probabilities of which planes lie in predictions/ID/, and what made them. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { type PredictionPlan, predictionPlanSchema } from '../../src-shared/run-plan.ts'
import type { ProjectDatabase } from './database.ts'
import { checksumAtEnd, listFolder } from './folder-files.ts'
import { inputKeyOf } from './input-key.ts'
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
  createdAt: string
}

export type NewPrediction = Pick<PredictionRecord, 'id' | 'runId' | 'modelSha256'> & { isAdopted?: boolean }

/** How often a plane may be there of one model, the newest predictions counting first: the retention rule. */
export const KEPT_PREDICTIONS = 2

/** Written last by a command: a prediction folder of its own without it was interrupted, or is under way. */
export const PREDICTION_FINISHED = 'finished.json'

interface PredictionRow extends Omit<PredictionRecord, 'runId' | 'isAdopted'> {
  runId: string | null
  isAdopted: number
}

const SELECT = `SELECT prediction.id, run_id AS runId, model_sha256 AS modelSha256, state, is_adopted AS isAdopted,
  created_at AS createdAt FROM prediction`

const isUnderWay = (state: PredictionState): boolean => state === 'planned' || state === 'running'

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

  /** Registers a prediction whose folder is there; it has no planes yet. */
  add({ id, runId, modelSha256, isAdopted = false }: NewPrediction): void {
    this.#database.write(() =>
      this.#database.run(
        `INSERT INTO prediction (id, run_id, model_sha256, state, is_adopted, created_at) VALUES (?, ?, ?, 'planned', ?, ?)`,
        ...([id, runId ?? null, modelSha256, isAdopted ? 1 : 0, new Date().toISOString()] as const),
      ),
    )
  }

  /** Registers planes whose files are whole: so much is there, however the prediction ends. */
  addPlanes(id: string, planes: readonly PredictedPlane[]): void {
    this.#database.write(() => {
      for (const { imageId, z, t, inputKey, file } of planes) {
        const sql = 'INSERT INTO prediction_plane VALUES (?, ?, ?, ?, ?, ?)'
        this.#database.run(sql, id, imageId, z, t, inputKey, file)
      }
    })
  }

  setState(id: string, state: PredictionState): void {
    this.#database.write(() => this.#database.run('UPDATE prediction SET state = ? WHERE id = ?', state, id))
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

  /** Those that are there, of a prediction in whatever state. */
  planesOf(id: string): PredictedPlane[] {
    return this.#database.all<PredictedPlane>(
      `SELECT image_id AS imageId, z, t, input_key AS inputKey, file FROM prediction_plane WHERE prediction_id = ?`,
      id,
    )
  }

  /** The newest prediction that has a plane of the same model and input, with its pixel file. */
  find(plane: Omit<PredictedPlane, 'file'>, modelSha256: string): { id: string; file: string } | undefined {
    return this.#database.one<{ id: string; file: string }>(
      `SELECT prediction.id, file FROM prediction_plane JOIN prediction ON prediction.id = prediction_id
       WHERE image_id = ? AND z = ? AND t = ? AND input_key = ? AND model_sha256 = ?
       ORDER BY created_at DESC, prediction.rowid DESC LIMIT 1`,
      ...([plane.imageId, plane.z, plane.t, plane.inputKey, modelSha256] as const),
    )
  }

  /**
   * Removes predictions that have ended and of which each plane is there twice from newer ones of the same model;
   * answers their ids.
   */
  removeExpired(): string[] {
    const newer = new Map<string, number>()
    const expired = this.list().filter(({ id, state, modelSha256 }) => {
      if (isUnderWay(state)) return false
      const planes = this.planesOf(id).map(({ imageId, z, t }) => `${modelSha256}/${imageId}/${z}/${t}`)
      const isCovered = planes.every((plane) => (newer.get(plane) ?? 0) >= KEPT_PREDICTIONS)
      for (const plane of planes) newer.set(plane, (newer.get(plane) ?? 0) + 1)
      return isCovered
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
    return listFolder(join(this.#folder, 'predictions')).filter((id) => !known.has(id) && this.#adopt(id))
  }

  #adopt(id: string): boolean {
    const folder = this.folderOf(id)
    const plan = existsSync(join(folder, PREDICTION_FINISHED)) ? readPredictionPlan(folder) : null
    const modelSha256 = plan && checksumAtEnd(resolve(folder, plan.model))
    if (!plan || plan.id !== id || !modelSha256) return false
    const planes = plan.items.flatMap(({ pixels, output, z, t, scaledTo }) => {
      const sha256 = /[0-9a-f]{64}/.exec(pixels)?.[0] ?? ''
      const image = this.#database.one<{ id: number }>('SELECT id FROM image WHERE sha256 = ?', sha256)
      const isThere = image && existsSync(join(folder, output))
      const inputKey = inputKeyOf({ sha256, scaledTo, isAveraged: plan.average })
      return isThere ? [{ imageId: image.id, z, t, inputKey, file: output }] : []
    })
    const runId = this.#runOf(resolve(folder, plan.model))
    this.#database.write(() => {
      this.add({ id, modelSha256, isAdopted: true, ...(runId === undefined ? {} : { runId }) })
      this.addPlanes(id, planes)
      this.setState(id, 'finished')
    })
    return true
  }

  /** The listed run in whose folder a model lies. */
  #runOf(model: string): string | undefined {
    const [runs, id] = relative(this.#folder, model).split(sep)
    if (runs !== 'runs') return undefined
    return this.#database.one<{ id: string }>('SELECT id FROM run WHERE id = ?', id ?? '')?.id
  }

  /** Predictions that waited or were under way when their program ended without a word; for the writer at opening. */
  markLost(): void {
    for (const { id, state } of this.list()) {
      if (isUnderWay(state) && FolderLock.holderOf(this.folderOf(id)) === null) this.setState(id, 'interrupted')
    }
  }
}

const toRecord = ({ runId, ...row }: PredictionRow): PredictionRecord => ({
  ...row,
  ...(runId === null ? {} : { runId }),
  isAdopted: row.isAdopted === 1,
})

function readPredictionPlan(folder: string): PredictionPlan | null {
  try {
    return v.parse(predictionPlanSchema, JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')))
  } catch {
    return null
  }
}
