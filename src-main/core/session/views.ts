/** Rows of the store as windows see them. */
import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import type { ImageView, ObjectView, PlaneChangeView, PredictionView, RunView } from '../../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import type { Scale } from '../../../src-shared/pixel-size.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../../src-shared/planes.ts'
import { type ModelFacts, predictionPlanSchema } from '../../../src-shared/run-plan.ts'
import {
  type ImageRecord,
  type LayerProgress,
  type PlaneChange,
  type PredictedPlane,
  type PredictionRecord,
  type ProjectStore,
  predictedScale,
  type RunRecord,
  readInputKey,
} from '../../store/index.ts'
import { modelFacts, readModelHeader } from '../model-file.ts'
import { readHeader, readJsonFile } from '../pixel-files.ts'
import { areAveraged } from './prediction-work.ts'

export const planeChangeView = ({ plane, changed, revision }: PlaneChange): PlaneChangeView => ({
  plane,
  rect: changed,
  revision,
})

/** The same for every way to a folder, another for a copy of it; tells nobody where it is. */
export const folderIdOf = (folder: string): string =>
  createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 16)

const NO_PROGRESS = { painted: 0, complete: 0, objects: 0 }

function imageView(store: ProjectStore, image: ImageRecord, progress: Omit<LayerProgress, 'imageId'>): ImageView {
  const { id, name, fileName, width, height, channels, sampleType, z, t, pixelSizeUm, role, notes } = image
  const { painted, complete, objects } = progress
  return {
    ...{ id, name, fileName, width, height, channels, sampleType, z, t, role, notes },
    ...(pixelSizeUm === undefined ? {} : { pixelSizeUm }),
    isTrashed: image.trashedAt !== undefined,
    isMissing: isMissing(store, image),
    ...{ painted, complete, objects },
  }
}

function isMissing(store: ProjectStore, image: ImageRecord): boolean {
  if (image.linkedPath !== undefined && existsSync(image.linkedPath)) return false
  return !existsSync(path.join(store.folder, 'images', image.sha256 + image.extension))
}

/** Objects of a plane, by id; their pixels are not read. */
export const objectViews = (store: ProjectStore, plane: PlaneKey): ObjectView[] =>
  store.objects
    .inPlane(plane)
    .map(({ id, classId, origin, state, areaPx, box, z, t }) => ({ id, classId, origin, state, areaPx, box, z, t }))

/** What the store knows of a run; a run under way has more (`TrainingDesk.view`). */
export function runView(store: ProjectStore, run: RunRecord): RunView {
  const { id, name, preset, createdAt, state, step, steps, score, device, message } = run
  const given = Object.entries({ steps, score, device, message }).filter(([, value]) => value !== undefined)
  return {
    ...{ id, name, preset, createdAt, state, step },
    ...Object.fromEntries(given),
    hasModel: hasModel(store, id),
  }
}

function hasModel(store: ProjectStore, run: string): boolean {
  const folder = store.runs.folderOf(run)
  return ['model.cbck', path.join('checkpoints', 'best.cbck')].some((name) => existsSync(path.join(folder, name)))
}

/** Class ids of the project by class index of a network: by name, else by place; index 0 is not used. */
export function classIdsOf(store: ProjectStore, names: readonly string[]): number[] {
  const classes = store.classes.list()
  const count = Math.max(names.length, classes.length + 1, 2)
  return Array.from({ length: count }, (_, index) => {
    const named = classes.find(({ name }) => name === names[index])
    return (named ?? classes[index - 1] ?? classes[0]!).id
  })
}

/** Views of images and predictions, kept until something says that they have changed. */
export class ViewCache {
  readonly #store: ProjectStore
  readonly #facts = new Map<string, ModelFacts>()
  #images: Map<number, ImageView> | undefined

  constructor({ store }: { store: ProjectStore }) {
    this.#store = store
  }

  /** In the order they were added, those in the trash included. */
  images(): ImageView[] {
    // Another program may be writing what a read-only session shows.
    if (this.#store.isReadOnly) this.#images = undefined
    this.#images ??= this.#readImages()
    return [...this.#images.values()]
  }

  image(id: number): ImageView {
    return this.#images?.get(id) ?? this.#read(id)
  }

  /** The view where it differs from the last one, else undefined. */
  refresh(id: number): ImageView | undefined {
    const before = this.#images?.get(id)
    const now = this.#read(id)
    this.#images?.set(id, now)
    return before && JSON.stringify(before) === JSON.stringify(now) ? undefined : now
  }

  forget(): void {
    this.#images = undefined
  }

  prediction(record: PredictionRecord): PredictionView {
    const { id, runId = '', createdAt, state } = record
    const planes = this.#store.predictions.planesOf(id)
    const { objects, classes, classNames } = this.factsOf(record)
    const classIds = classIdsOf(this.#store, classNames)
    const scales = this.#scalesOf(planes)
    return {
      ...{ id, runId, createdAt, state, objects, classes, classIds },
      planes: planes.map(({ imageId, z, t }) => ({ imageId, z, t })),
      ...(areAveraged(planes) ? { isAveraged: true } : {}),
      ...(scales.size > 0 ? { scales: Object.fromEntries(scales) } : {}),
    }
  }

  #scalesOf(planes: readonly PredictedPlane[]): Map<number, Scale> {
    const scales = new Map<number, Scale>()
    for (const { imageId, inputKey } of planes) {
      if (scales.has(imageId) || !readInputKey(inputKey).scaledTo) continue
      scales.set(imageId, predictedScale(inputKey, this.#store.images.get(imageId))!)
    }
    return scales
  }

  /** What its model says of a prediction, read once. */
  factsOf({ id, runId }: PredictionRecord): ModelFacts {
    const known = this.#facts.get(id)
    if (known) return known
    const { predictions, runs } = this.#store
    const folder = predictions.folderOf(id)
    const [plane] = predictions.planesOf(id)
    const told = readFacts(folder, runId && runs.folderOf(runId))
    if (told) this.#facts.set(id, told)
    const nothing = { objects: DEFAULT_OBJECTS, classes: 2, classNames: [] }
    return told ?? (plane && factsOfPixels(path.join(folder, plane.file))) ?? nothing
  }

  #readImages(): Map<number, ImageView> {
    const progress = new Map(this.#store.labels.progress(DEFAULT_LAYER).map((of) => [of.imageId, of]))
    const all = [...this.#store.images.list(), ...this.#store.images.list({ trashed: true })]
    all.sort((a, b) => a.id - b.id)
    return new Map(all.map((image) => [image.id, imageView(this.#store, image, progress.get(image.id) ?? NO_PROGRESS)]))
  }

  #read(id: number): ImageView {
    const [progress = NO_PROGRESS] = this.#store.labels.progress(DEFAULT_LAYER, id)
    return imageView(this.#store, this.#store.images.get(id), progress)
  }
}

/** Of the plan; of the model that an older one names; while there is no plan yet, of the run's. */
function readFacts(folder: string, run: string | undefined): ModelFacts | undefined {
  try {
    const plan = path.join(folder, 'plan.json')
    if (!existsSync(plan)) return modelFacts(readModelHeader(path.join(run!, 'model.cbck')))
    const { facts, model } = v.parse(predictionPlanSchema, readJsonFile(plan))
    return facts ?? modelFacts(readModelHeader(path.resolve(folder, model)))
  } catch {
    return undefined // its run was discarded
  }
}

/** Of the probabilities, which have a channel for each class; how their objects were made nobody knows any more. */
function factsOfPixels(file: string): ModelFacts | undefined {
  try {
    const { channels } = readHeader(file)
    return { objects: DEFAULT_OBJECTS, classes: channels, classNames: new Array<string>(channels).fill('') }
  } catch {
    return undefined
  }
}
