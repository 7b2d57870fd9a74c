/** Predictions of a project's own images: kept in `predictions/ID/`, used again while model and image are the same. */
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { type ClassedObjects, DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import { objectsOnImage, type Scale, scaleBetween, scaledSize } from '../../src-shared/pixel-size.ts'
import { type PredictionPlan, predictionPlanSchema } from '../../src-shared/run-plan.ts'
import { type ImageRecord, PREDICTION_FINISHED, ProjectStore, writeFileDurably } from '../store/index.ts'
import type { Engine } from './engine.ts'
import { makeFolder } from './folders.ts'
import type { Job } from './job.ts'
import { type KnownPrediction, knownPredictions } from './known-predictions.ts'
import { checksumOf, type ModelHeader, readModelHeader } from './model-file.ts'
import { pixelFileOf, readJsonFile } from './pixel-files.ts'
import { saySizes } from './pixel-sizes.ts'
import { type PlanesToPredict, predictPlanes } from './predict-planes.ts'
import { likeliestRows, readObjects } from './prediction-files.ts'
import { predictRescaled } from './rescaled-prediction.ts'
import { chooseRun } from './runs.ts'

/** What a run sees in an image, page by page, z fastest. */
export interface PredictedImage {
  /** Ids 1..n in each page, 0 background. */
  objects: (page: number) => ClassedObjects
  /** Likeliest class of each pixel, 0 background, as rows. */
  classes: (page: number) => AsyncIterable<Uint8Array>
  /** Background first. */
  classNames: readonly string[]
}

/** Reads what is predicted of an image, predicting it when that has not been done. */
export type PredictedObjects = (image: ImageRecord) => Promise<PredictedImage>

/**
 * Images as the run (the newest with a model where none is named) sees them: as a session has predicted them last, else
 * predicted now, at the network's pixel size where theirs is another. Errors: 'run-missing', 'no-finished-run',
 * 'model-unreadable', and those of predicting.
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
  const known = knownPredictions(store, checksum)
  return async (image) => {
    const { files, scale } = known(image) ?? (await predictNow(store, image, { model, header, checksum }, engine, job))
    const { pixelSizeUm } = image
    if (scale === undefined && scaleBetween(pixelSizeUm, header.input.pixelSizeUm))
      job.note(`${saySizes(image.name, pixelSizeUm!, header)}; predict it again, rescaled, for a better result.`)
    const own = scale ? objectsOnImage(objects, scale) : objects
    return {
      objects: (page) => readObjects(files[page]!, own),
      classes: (page) => likeliestRows(files[page]!, job),
      classNames: header.targets.classNames,
    }
  }
}

interface Model {
  model: string
  header: ModelHeader
  checksum: string
}

/** Errors: those of reading the image, 'rescale-too-large', 'prediction-failed'. */
async function predictNow(
  store: ProjectStore,
  image: ImageRecord,
  { model, header, checksum }: Model,
  engine: Engine,
  job: Job,
): Promise<KnownPrediction> {
  const scale = scaleBetween(image.pixelSizeUm, header.input.pixelSizeUm)
  const scaled = scale && { scale, to: scaledSize(image, scale) }
  const size = scaled ? [`${scaled.to.width}x${scaled.to.height}`] : []
  const id = [checksum.slice(0, 16), image.sha256.slice(0, 16), ...size].join('-')
  const folder = path.join(store.folder, 'predictions', id)
  const pixels = await pixelFileOf(store, image, job.signal)
  if (!existsSync(path.join(folder, PREDICTION_FINISHED))) {
    // As a session predicts, so that a window shows these as fast, and proposes what an export has.
    const how = { device: 'auto', isAveraged: false, outputType: 'uint8', withLevels: true } as const
    const of = { folder, name: image.name, pixels, model: path.relative(folder, model), header, ...how }
    await predictInto(folder, engine, of, scaled, job)
  }
  return { files: readPlan(folder).items.map(({ output }) => path.join(folder, output)), scale }
}

interface Scaled {
  scale: Scale
  /** How large that makes the image. */
  to: { width: number; height: number }
}

async function predictInto(
  folder: string,
  engine: Engine,
  of: PlanesToPredict,
  scaled: Scaled | undefined,
  job: Job,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  makeFolder(folder)
  const progress = (share: number) =>
    job.progress({ label: 'Predicting', done: Math.round(share * 100), total: 100, unit: '%', detail: of.name })
  try {
    const watch = { job, progress }
    const predicting = scaled ? predictRescaled(engine, of, watch, scaled.scale) : predictPlanes(engine, of, watch)
    const { label } = await predicting
    if (scaled) tellRescaled(folder, of.pixels, scaled)
    writeFileDurably(path.join(folder, PREDICTION_FINISHED), JSON.stringify({ label, at: new Date().toISOString() }))
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** The plan names the copy that the network saw, which is gone: whoever lists the prediction wants to know the image. */
function tellRescaled(folder: string, image: string, { to }: Scaled): void {
  const plan = readPlan(folder)
  const pixels = path.relative(folder, image)
  const items = plan.items.map((item) => ({ ...item, pixels, scaledTo: to }))
  writeFileDurably(path.join(folder, 'plan.json'), JSON.stringify({ ...plan, items }))
}

const readPlan = (folder: string): PredictionPlan =>
  v.parse(predictionPlanSchema, readJsonFile(path.join(folder, 'plan.json')))

/** Lists new predictions, and the runs they are of, in the project, unless another program holds it, which then does so. */
export async function recordPredictions(project: string): Promise<void> {
  try {
    const store = await ProjectStore.open(project, { program: 'cellbrush export' })
    store.runs.adoptFolders()
    store.predictions.adoptFolders()
    store.close()
  } catch (error) {
    if (!(error instanceof AppError)) throw error // a project in use or read-only keeps its predictions unlisted
  }
}
