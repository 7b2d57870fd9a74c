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
import { modelFacts } from '../model-file.ts'
import { rangesInTurns } from '../ranges.ts'
import { chooseRun } from '../runs.ts'
import { sayFailure } from './failures.ts'
import { PRIORITY } from './job-queue.ts'
import { keepEnd } from './prediction-retention.ts'
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
    const { id, modelSha256, images } = work
    store.predictions.add({ id, runId: run.id, modelSha256 })
    const title = images.length === 1 ? `Predicting ${images[0]!.name}` : `Predicting ${images.length} images`
    const priority = PRIORITY.prediction
    const job = queue.add({ title, predicting: id, lane: 'device', priority, run: (job) => this.#run(work, job) })
    this.#cancel.set(id, job.cancel)
    job.done.then(
      () => this.#ended(work, 'finished'),
      (error) => this.#ended(work, error instanceof Stopped ? 'interrupted' : 'failed'),
    )
    this.#session.projectChanged()
    return this.#view(id)
  }

  /** Waits its turn at the device. Errors: 'prediction-without-run', 'run-missing', 'run-without-model', 'nothing-held-out'. */
  chooseObjects(id: string, aim: ObjectsAim, signal: AbortSignal): Promise<ObjectsPlan> {
    const { store, queue, engine } = this.#session
    const { runId } = store.predictions.get(id)
    if (runId === undefined) throw new AppError('prediction-without-run', { prediction: id })
    const run = chooseRun(store.folder, runId)
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
    const { predictions } = this.#session.store
    predictions.setState(work.id, 'running')
    this.#session.projectChanged()
    const missing = this.#takeOver(work)
    const asTheyAre = missing.filter(({ imageId }) => !work.scales.has(imageId))
    const { plan, readable, unreadable } = await this.#plan(work, asTheyAre, job)
    writeFileDurably(path.join(work.folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
    const failed = readable.length > 0 ? await this.#predict(work, readable, missing.length, job) : undefined
    const rescaledFailed = await this.#predictRescaled(work, missing, job)
    const failure = unreadable ?? failed ?? rescaledFailed
    if (failure) throw failure
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
        this.#planesDone(work, planes)
        this.#tellProgress(work, imageId, 0)
      } catch (error) {
        throwIfStopped(job)
        if (!(error instanceof AppError)) throw error
        failure ??= error
      }
      done += planes.length
    }
    return failure
  }

  /** Lets the engine predict planes as they are, of `total` in all; answers the first failure, after which others go on. */
  async #predict(
    work: PredictionWork,
    planes: readonly PredictedPlane[],
    total: number,
    job: Job,
  ): Promise<AppError | undefined> {
    const { engine } = this.#session
    const whole = new Set<number>()
    let current = 0
    const follow = ({ item, done, total: tiles }: EngineApi['predict']['event']): void => {
      // A plane's file is closed when the engine has gone on; one of which not all tiles came has failed.
      for (; current < item; current++) {
        if (!whole.has(current)) continue
        this.#planesDone(work, [planes[current]!])
        this.#tellProgress(work, planes[current]!.imageId, 0)
      }
      if (done === tiles) whole.add(item)
      const share = done / Math.max(1, tiles)
      this.#tellProgress(work, planes[item]!.imageId, share)
      job.progress({ label: 'Predicting', done: item + share, total, unit: 'planes' })
    }
    const broken = new AbortController() // a project that cannot be written ends the prediction, and nothing else
    const onEvent = guarded(follow, broken)
    const signal = AbortSignal.any([job.signal, broken.signal])
    try {
      const { failed } = await engine.call('predict', { folder: work.folder }, { signal, onEvent })
      const isFailed = new Set(failed.map(({ item }) => item))
      const rest = planes.filter((_, item) => item >= current && !isFailed.has(item))
      this.#planesDone(work, rest)
      const [first] = failed
      return first && this.#failure(planes[first.item]!.imageId, first.message)
    } catch (error) {
      // An engine that let go, because it was asked to or had no memory for the next plane, has closed what was finished.
      const hasLetGo = job.signal.aborted || (error instanceof AppError && error.code === 'out-of-memory')
      if (hasLetGo && whole.has(current)) this.#planesDone(work, [planes[current]!])
      throw error
    }
  }

  /** Links what this model has predicted of the same pixels before; answers the planes that are left. */
  #takeOver(work: PredictionWork): PredictedPlane[] {
    const { predictions } = this.#session.store
    const taken = work.planes.filter((plane) => {
      const known = predictions.find(plane, work.modelSha256)
      const file = known && path.join(predictions.folderOf(known.id), known.file)
      if (!file || !existsSync(file)) return false
      linkOrCopy(file, path.join(work.folder, plane.file))
      return true
    })
    this.#planesDone(work, taken)
    const isTaken = new Set(taken)
    return work.planes.filter((plane) => !isTaken.has(plane))
  }

  /** What the engine is to do; an image that cannot be read is left out, and the first reason answered. */
  async #plan(
    work: PredictionWork,
    planes: readonly PredictedPlane[],
    job: Job,
  ): Promise<{ plan: PredictionPlan; readable: PredictedPlane[]; unreadable: AppError | undefined }> {
    const { id, folder, request } = work
    const items: PredictionPlan['items'] = []
    const readable: PredictedPlane[] = []
    const unreadable = new Map<number, AppError>()
    for (const plane of planes) {
      throwIfStopped(job)
      await letOthersWork()
      if (unreadable.has(plane.imageId)) continue
      try {
        items.push(await this.#item(work, plane, job))
        readable.push(plane)
      } catch (error) {
        throwIfStopped(job)
        if (!(error instanceof AppError)) throw error
        unreadable.set(plane.imageId, error)
      }
    }
    const { device = 'auto', average = false } = request
    const model = path.relative(folder, work.model)
    const facts = modelFacts(work.header)
    const plan = { format: 1 as const, id, model, facts, device, threads: 0, average, items }
    const [first] = unreadable
    const failure = first && this.#failure(first[0], sayFailure(first[1]).message.replace(/\.$/, ''))
    return { plan, readable, unreadable: failure }
  }

  #failure(imageId: number, reason: string): AppError {
    return new AppError('prediction-failed', { path: this.#session.store.images.get(imageId).name, reason })
  }

  /** Errors: those of reading the image. */
  async #item(
    { folder, header }: PredictionWork,
    { imageId, z, t, file: output }: PredictedPlane,
    { signal }: Job,
  ): Promise<PredictionPlan['items'][number]> {
    const { store, tiles } = this.#session
    const image = store.images.get(imageId)
    const source = (await tiles.pixels(image)).path
    const pixels = path.relative(folder, source)
    const range = await rangesInTurns(source, { z, t }, header.input, signal)
    return { name: image.name, pixels, z, t, range, output, outputType: 'uint8', withLevels: true }
  }

  /** Their files are whole: they can be looked at, and stay however the prediction ends. */
  #planesDone({ id, done }: PredictionWork, planes: readonly PredictedPlane[]): void {
    this.#session.store.predictions.addPlanes(id, planes)
    for (const plane of planes) done.push(plane)
  }

  /** How many planes of an image are done, with those under way in parts. */
  #tellProgress({ id, planes, done: all }: PredictionWork, imageId: number, underWay: number): void {
    const total = countOf(imageId, planes)
    const there = countOf(imageId, all)
    const done = there === total ? total : Math.min(there + underWay, total - 0.001)
    this.#session.emit({ type: 'prediction', id, imageId, done, total, state: 'running' })
  }

  /** Tells the windows whatever happens: one whose end the project cannot keep is found at its next opening. */
  #ended(work: PredictionWork, state: PredictionState): void {
    const { id, planes, done } = work
    this.#cancel.delete(id)
    try {
      keepEnd(this.#session, work, state)
    } catch (error) {
      console.error(error)
    }
    for (const imageId of new Set(planes.map((plane) => plane.imageId))) {
      const [of, total] = [countOf(imageId, done), countOf(imageId, planes)]
      this.#session.emit({ type: 'prediction', id, imageId, done: of, total, state })
    }
    this.#session.projectChanged()
  }

  #view(id: string): PredictionView {
    return this.#session.views.prediction(this.#session.store.predictions.get(id))
  }
}

const countOf = (imageId: number, planes: readonly PredictedPlane[]): number =>
  planes.filter((plane) => plane.imageId === imageId).length

/** Hears events where a throw would end the host: what goes wrong aborts `broken` instead. */
function guarded<Event>(hear: (event: Event) => void, broken: AbortController): (event: Event) => void {
  return (event) => {
    try {
      if (!broken.signal.aborted) hear(event)
    } catch (error) {
      broken.abort(error)
    }
  }
}
