/** Predictions of a project's own images: kept in `predictions/ID/`, used again while model and image are the same. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { type ClassedObjects, DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import { predictionPlanSchema } from '../../src-shared/run-plan.ts'
import { type ImageRecord, PREDICTION_FINISHED, ProjectStore, writeFileDurably } from '../store/index.ts'
import type { Engine } from './engine.ts'
import { makeFolder } from './folders.ts'
import type { Job } from './job.ts'
import { checksumOf, readModelHeader } from './model-file.ts'
import { pixelFileOf } from './pixel-files.ts'
import { type PredictedPlane, predictPlanes } from './predict-planes.ts'
import { readLikeliest, readObjects } from './prediction-files.ts'
import { chooseRun } from './runs.ts'

/** What a run sees in an image, page by page, z fastest. */
export interface PredictedImage {
  /** Ids 1..n in each page, 0 background. */
  objects: (page: number) => ClassedObjects
  /** Likeliest class of each pixel, 0 background. */
  classes: (page: number) => Uint8Array
  /** Background first. */
  classNames: readonly string[]
}

/** Reads what is predicted of an image, predicting it when that has not been done. */
export type PredictedObjects = (image: ImageRecord) => Promise<PredictedImage>

/**
 * Images as the run (the newest with a model where none is named) sees them. Errors: 'run-missing',
 * 'no-finished-run', 'model-unreadable', and those of predicting.
 */
export function predictedObjects(
  store: ProjectStore,
  run: string | undefined,
  engine: Engine,
  job: Job,
): PredictedObjects {
  const { model } = chooseRun(store.folder, run)
  const header = readModelHeader(model)
  const objects = header.objects ?? DEFAULT_OBJECTS
  const checksum = checksumOf(model)
  return async (image) => {
    const id = `${checksum.slice(0, 16)}-${image.sha256.slice(0, 16)}`
    const folder = path.join(store.folder, 'predictions', id)
    const pixels = await pixelFileOf(store, image, job.signal)
    if (!existsSync(path.join(folder, PREDICTION_FINISHED))) {
      const modelPath = path.relative(folder, model)
      const of = {
        folder,
        name: image.name,
        pixels,
        model: modelPath,
        header,
        device: 'auto',
        isAveraged: false,
      } as const
      await predictInto(folder, engine, { ...of, outputType: 'uint16' }, job)
    }
    const planes = planesIn(folder)
    return {
      objects: (page) => readObjects(planes[page]!, objects),
      classes: (page) => readLikeliest(planes[page]!, 0),
      classNames: header.targets.classNames,
    }
  }
}

async function predictInto(
  folder: string,
  engine: Engine,
  of: Parameters<typeof predictPlanes>[1],
  job: Job,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  makeFolder(folder)
  const progress = (share: number) =>
    job.progress({ label: 'Predicting', done: Math.round(share * 100), total: 100, unit: '%', detail: of.name })
  try {
    const { label } = await predictPlanes(engine, of, { job, progress })
    writeFileDurably(path.join(folder, PREDICTION_FINISHED), JSON.stringify({ label, at: new Date().toISOString() }))
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function planesIn(folder: string): PredictedPlane[] {
  const plan = v.parse(predictionPlanSchema, JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8')))
  return plan.items.map(({ z, t, output }) => ({ z, t, file: path.join(folder, output) }))
}

/** Lists new predictions in the project, unless another program holds it, which then does so itself. */
export async function recordPredictions(project: string): Promise<void> {
  try {
    const store = await ProjectStore.open(project, { program: 'cellbrush export' })
    store.predictions.adoptFolders()
    store.close()
  } catch (error) {
    if (!(error instanceof AppError)) throw error // a project in use or read-only keeps its predictions unlisted
  }
}
