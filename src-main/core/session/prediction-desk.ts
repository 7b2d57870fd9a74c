/**
 * Predictions of a session: each is a folder predictions/ID/ with a plane a file, made by the engine in one go, and
 * shown plane by plane while it is being made. Planes that the same model has predicted before are taken over.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Params, PredictionView } from '../../../src-shared/api.ts'
import type { EngineApi } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { ObjectsPlan, PredictionPlan } from '../../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../../src-shared/scores/aims.ts'
import { type ImageRecord, type PredictedPlane, type PredictionState, writeFileDurably } from '../../store/index.ts'
import { chosenObjects } from '../choose-objects.ts'
import { linkOrCopy, makeFolder } from '../folders.ts'
import { type Job, letOthersWork, Stopped, throwIfStopped } from '../job.ts'
import { checksumOf, type ModelHeader, readModelHeader } from '../model-file.ts'
import { readJsonFile } from '../pixel-files.ts'
import { rangesInTurns } from '../ranges.ts'
import { chooseRun, type RunSummary } from '../runs.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'

type Request = Params<'prediction.start'>

interface Work {
  id: string
  runId: string
  folder: string
  model: string
  modelSha256: string
  header: ModelHeader
  request: Request
  images: ImageRecord[]
  planes: PredictedPlane[]
}

export class PredictionDesk {
  readonly #session: Session
  readonly #cancel = new Map<string, () => void>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Errors: 'run-missing', 'no-finished-run', 'model-unreadable', 'image-unknown', 'channels-mismatch'. */
  start(request: Request): PredictionView {
    const { store, queue } = this.#session
    const run = chooseRun(store.folder, request.run)
    const work = this.#prepare(run, request)
    const { id, modelSha256, planes, images } = work
    store.predictions.add({ id, runId: run.id, modelSha256, planes })
    this.#session.views.partial.set(id, [])
    const title = images.length === 1 ? `Predicting ${images[0]!.name}` : `Predicting ${images.length} images`
    const priority = PRIORITY.prediction
    const job = queue.add({ title, lane: 'device', priority, run: (job) => this.#run(work, job) })
    this.#cancel.set(id, job.cancel)
    job.done.then(
      () => this.#ended(work, 'finished'),
      (error) => this.#ended(work, error instanceof Stopped ? 'interrupted' : 'failed'),
    )
    this.#session.projectChanged()
    return this.#view(id)
  }

  /** Waits its turn at the device. Errors: 'run-missing', 'run-without-model', 'nothing-held-out'. */
  chooseObjects(id: string, aim: ObjectsAim, signal: AbortSignal): Promise<ObjectsPlan> {
    const { store, queue, engine } = this.#session
    const prediction = store.predictions.get(id)
    const run = chooseRun(store.folder, prediction.runId)
    const isAveraged = store.predictions.planesOf(id).some(({ inputKey }) => inputKey.endsWith(AVERAGED))
    const choice = { aim, isAveraged, device: 'auto' } as const
    const choose = async ({ signal }: Job) => (await chosenObjects(run, choice, engine, signal)).objects
    const title = `Choosing how ${run.name} makes objects`
    return queue.add({ title, lane: 'device', priority: PRIORITY.prediction, run: choose }, signal).done
  }

  /** One that has ended is left as it is. */
  cancel(id: string): void {
    this.#cancel.get(id)?.()
  }

  #prepare(run: RunSummary & { model: string }, request: Request): Work {
    const { store } = this.#session
    const header = readModelHeader(run.model)
    const modelSha256 = checksumOf(run.model)
    const images = request.imageIds.map((id) => store.images.get(id))
    const expected = Math.max(...header.input.channels) + 1
    const wrong = images.find(({ channels }) => channels < expected)
    if (wrong) throw new AppError('channels-mismatch', { path: wrong.name, found: wrong.channels, expected })
    const { id, folder } = makePredictionFolder(store.folder)
    const planes = images.flatMap((image) => planesOf(image, request.average === true))
    return { id, runId: run.id, folder, model: run.model, modelSha256, header, request, images, planes }
  }

  async #run(work: Work, job: Job): Promise<void> {
    const { store } = this.#session
    store.predictions.setState(work.id, 'running')
    this.#session.projectChanged()
    const missing = this.#takeOver(work)
    const plan = await this.#plan(work, missing, job)
    writeFileDurably(path.join(work.folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
    if (missing.length === 0) return
    const failed = await this.#predict(work, missing, job)
    if (!failed) return
    const name = store.images.get(missing[failed.item]!.imageId).name
    throw new AppError('prediction-failed', { path: name, reason: failed.message })
  }

  /** Lets the engine predict; answers the first plane that failed. */
  async #predict(
    work: Work,
    missing: readonly PredictedPlane[],
    job: Job,
  ): Promise<{ item: number; message: string } | undefined> {
    let current = 0
    let isWhole = false
    const onEvent = ({ item, done, total }: EngineApi['predict']['event']): void => {
      for (; current < item; current++) this.#planeDone(work, missing[current]!)
      isWhole = done === total
      const share = done / Math.max(1, total)
      this.#tellProgress(work, missing[item]!.imageId, share)
      job.progress({ label: 'Predicting', done: item + share, total: missing.length, unit: 'planes' })
    }
    try {
      const { signal } = job
      const { failed } = await this.#session.engine.call('predict', { folder: work.folder }, { signal, onEvent })
      const isFailed = new Set(failed.map(({ item }) => item))
      for (; current < missing.length; current++) if (!isFailed.has(current)) this.#planeDone(work, missing[current]!)
      return failed[0]
    } catch (error) {
      // An engine that let go because it was asked to has closed the file of the plane it had finished.
      if (job.signal.aborted && isWhole) this.#planeDone(work, missing[current]!)
      throw error
    }
  }

  /** Links what this model has predicted of the same pixels before; answers the planes that are left. */
  #takeOver(work: Work): PredictedPlane[] {
    const { store } = this.#session
    return work.planes.filter((plane) => {
      const known = store.predictions.find(plane, work.modelSha256)
      const file = known && path.join(store.predictions.folderOf(known.id), known.file)
      if (!file || !existsSync(file)) return true
      linkOrCopy(file, path.join(work.folder, plane.file))
      this.#planeDone(work, plane)
      return false
    })
  }

  async #plan(
    { id, folder, model, header, request, images }: Work,
    planes: readonly PredictedPlane[],
    job: Job,
  ): Promise<PredictionPlan> {
    const byId = new Map(images.map((image) => [image.id, image]))
    const items: PredictionPlan['items'] = []
    for (const { imageId, z, t, file: output } of planes) {
      throwIfStopped(job)
      await letOthersWork()
      const image = byId.get(imageId)!
      const source = (await this.#session.tiles.pixels(image)).path
      const pixels = path.relative(folder, source)
      const range = await rangesInTurns(source, { z, t }, header.input, job.signal)
      items.push({ name: image.name, pixels, z, t, range, output, outputType: 'uint8', withLevels: true })
    }
    const { device = 'auto', average = false } = request
    return { format: 1, id, model: path.relative(folder, model), device, threads: 0, average, items }
  }

  #planeDone({ id }: Work, { imageId, z, t }: PredictedPlane): void {
    this.#session.views.partial.get(id)?.push({ imageId, z, t })
  }

  /** How many planes of an image are done, the one under way in parts. */
  #tellProgress({ id, planes }: Work, imageId: number, share: number): void {
    const total = planes.filter((plane) => plane.imageId === imageId).length
    const finished = this.#session.views.partial.get(id)?.filter((plane) => plane.imageId === imageId).length ?? 0
    const done = Math.min(total, finished + Math.min(share, 0.999))
    this.#session.emit({ type: 'prediction', id, imageId, done, total, state: 'running' })
  }

  #ended(work: Work, state: PredictionState): void {
    const { store, views } = this.#session
    const { id, planes } = work
    this.#cancel.delete(id)
    const done = views.partial.get(id) ?? []
    if (done.length === 0 && state !== 'finished') {
      this.#remove(id)
    } else {
      store.predictions.setState(id, state)
      if (state === 'finished') views.partial.delete(id)
    }
    for (const imageId of new Set(planes.map((plane) => plane.imageId))) {
      const total = planes.filter((plane) => plane.imageId === imageId).length
      const finished = state === 'finished' ? total : done.filter((plane) => plane.imageId === imageId).length
      this.#session.emit({ type: 'prediction', id, imageId, done: finished, total, state })
    }
    if (state === 'finished') this.#removeOutdated(work)
    this.#session.projectChanged()
  }

  /**
   * Besides what the retention rule removes: looks at a run under way, of which each has another checkpoint; the newest
   * one replaces those before.
   */
  #removeOutdated({ id, modelSha256, model, runId }: Work): void {
    const { store, tiles } = this.#session
    if (isCheckpoint(model)) {
      const looks = store.predictions
        .list()
        .filter((other) => other.runId === runId && other.id !== id && !other.isKept)
      for (const look of looks) {
        if (look.modelSha256 !== modelSha256 && isCheckpoint(modelIn(store.predictions.folderOf(look.id))))
          this.#remove(look.id)
      }
    }
    tiles.forget(path.join(store.folder, 'predictions'))
    for (const expired of store.predictions.removeExpired()) this.#session.views.partial.delete(expired)
  }

  #remove(id: string): void {
    const { store, tiles, views } = this.#session
    tiles.forget(store.predictions.folderOf(id))
    views.partial.delete(id)
    store.predictions.remove(id)
  }

  #view(id: string): PredictionView {
    return this.#session.views.prediction(this.#session.store.predictions.get(id))
  }
}

/** A run under way predicts with its best checkpoint so far; only one that has ended has a model. */
const isCheckpoint = (model: string): boolean => path.basename(path.dirname(model)) === 'checkpoints'

/** The model that a prediction's plan names, as it is written there; "" where there is no plan. */
function modelIn(folder: string): string {
  try {
    const { model } = readJsonFile(path.join(folder, 'plan.json')) as { model?: unknown }
    return String(model)
  } catch {
    return ''
  }
}

/** Ends the key of a plane whose probabilities are a mean over rotations and mirrors. */
const AVERAGED = '+mean'

/** What decides the result beside the model: the pixels, and whether rotations and mirrors are averaged. */
const planesOf = ({ id: imageId, sha256, z: depth, t: times }: ImageRecord, isAveraged: boolean): PredictedPlane[] =>
  Array.from({ length: depth * times }, (_, page) => {
    const [z, t] = [page % depth, Math.floor(page / depth)]
    const file = `image-${imageId}-${z}-${t}.cbpx`
    return { imageId, z, t, inputKey: isAveraged ? sha256 + AVERAGED : sha256, file }
  })

/** Makes predictions/prediction-N, the first free one. */
function makePredictionFolder(project: string): { id: string; folder: string } {
  const all = path.join(project, 'predictions')
  for (let number = 1; ; number++) {
    const id = `prediction-${number}`
    const folder = path.join(all, id)
    if (existsSync(folder)) continue
    makeFolder(folder)
    return { id, folder }
  }
}
