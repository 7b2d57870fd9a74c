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
import { type PredictedPlane, type PredictionState, writeFileDurably } from '../../store/index.ts'
import { chosenObjects } from '../choose-objects.ts'
import { linkOrCopy } from '../folders.ts'
import { type Job, letOthersWork, Stopped, throwIfStopped } from '../job.ts'
import { readJsonFile } from '../pixel-files.ts'
import { rangesInTurns } from '../ranges.ts'
import { chooseRun } from '../runs.ts'
import { PRIORITY } from './job-queue.ts'
import { areAveraged, type PredictionWork, prepareWork } from './prediction-work.ts'
import { predictRescaledImage } from './rescaled-image.ts'
import type { Session } from './session.ts'

export class PredictionDesk {
  readonly #session: Session
  readonly #cancel = new Map<string, () => void>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Errors: 'run-missing', 'no-finished-run', 'model-unreadable', 'image-unknown', 'channels-mismatch'. */
  start(request: Params<'prediction.start'>): PredictionView {
    const { store, queue } = this.#session
    const run = chooseRun(store.folder, request.run)
    const work = prepareWork(store, run, request)
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
    const isAveraged = areAveraged(store.predictions.planesOf(id))
    const choice = { aim, isAveraged, device: 'auto' } as const
    const choose = async ({ signal }: Job) => (await chosenObjects(run, choice, engine, signal)).objects
    const title = `Choosing how ${run.name} makes objects`
    return queue.add({ title, lane: 'device', priority: PRIORITY.prediction, run: choose }, signal).done
  }

  /** One that has ended is left as it is. */
  cancel(id: string): void {
    this.#cancel.get(id)?.()
  }

  async #run(work: PredictionWork, job: Job): Promise<void> {
    const { store } = this.#session
    store.predictions.setState(work.id, 'running')
    this.#session.projectChanged()
    const missing = this.#takeOver(work)
    const asTheyAre = missing.filter(({ imageId }) => !work.scales.has(imageId))
    const plan = await this.#plan(work, asTheyAre, job)
    writeFileDurably(path.join(work.folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
    const failed = asTheyAre.length > 0 ? await this.#predict(work, asTheyAre, missing.length, job) : undefined
    const failedImage = failed && store.images.get(asTheyAre[failed.item]!.imageId)
    const failure = failedImage && new AppError('prediction-failed', { path: failedImage.name, reason: failed.message })
    const rescaledFailure = await this.#predictRescaled(work, missing, job)
    if (failure ?? rescaledFailure) throw failure ?? rescaledFailure
  }

  /** Image by image, each with a copy at the network's pixel size; answers the first failure, after which others go on. */
  async #predictRescaled(
    work: PredictionWork,
    missing: readonly PredictedPlane[],
    job: Job,
  ): Promise<AppError | undefined> {
    let failure: AppError | undefined
    let done = missing.filter(({ imageId }) => !work.scales.has(imageId)).length
    for (const [imageId, scale] of work.scales) {
      const planes = missing.filter((plane) => plane.imageId === imageId)
      if (planes.length === 0) continue
      const image = this.#session.store.images.get(imageId)
      const progress = (share: number): void => {
        this.#tellProgress(work, imageId, share * planes.length)
        const at = { done: done + share * planes.length, total: missing.length }
        job.progress({ label: 'Predicting', ...at, unit: 'planes' })
      }
      try {
        const pixels = (await this.#session.tiles.pixels(image)).path
        await predictRescaledImage(this.#session.engine, work, image, pixels, { job, progress }, scale)
        for (const plane of planes) this.#planeDone(work, plane)
      } catch (error) {
        throwIfStopped(job)
        if (!(error instanceof AppError)) throw error
        failure ??= error
      }
      done += planes.length
    }
    return failure
  }

  /** Lets the engine predict planes as they are, of `total` in all; answers the first that failed. */
  async #predict(
    work: PredictionWork,
    missing: readonly PredictedPlane[],
    total: number,
    job: Job,
  ): Promise<{ item: number; message: string } | undefined> {
    let current = 0
    let isWhole = false
    const onEvent = ({ item, done, total: tiles }: EngineApi['predict']['event']): void => {
      for (; current < item; current++) this.#planeDone(work, missing[current]!)
      isWhole = done === tiles
      const share = done / Math.max(1, tiles)
      this.#tellProgress(work, missing[item]!.imageId, share)
      job.progress({ label: 'Predicting', done: item + share, total, unit: 'planes' })
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
  #takeOver(work: PredictionWork): PredictedPlane[] {
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
    { id, folder, model, header, request, images }: PredictionWork,
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

  #planeDone({ id }: PredictionWork, { imageId, z, t }: PredictedPlane): void {
    this.#session.views.partial.get(id)?.push({ imageId, z, t })
  }

  /** How many planes of an image are done, with those under way in parts. */
  #tellProgress({ id, planes }: PredictionWork, imageId: number, underWay: number): void {
    const total = planes.filter((plane) => plane.imageId === imageId).length
    const finished = this.#session.views.partial.get(id)?.filter((plane) => plane.imageId === imageId).length ?? 0
    const done = Math.min(finished + underWay, total - 0.001)
    this.#session.emit({ type: 'prediction', id, imageId, done, total, state: 'running' })
  }

  #ended(work: PredictionWork, state: PredictionState): void {
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
  #removeOutdated({ id, modelSha256, model, runId }: PredictionWork): void {
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
