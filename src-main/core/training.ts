/** Training: freeze what is painted, let the engine learn it, keep what it has learnt however it ends. */
import path from 'node:path'
import type { RunEvent, TrainResult } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import type { PresetName } from '../../src-shared/presets.ts'
import { PRESETS } from '../../src-shared/presets.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { applySettings, presetSettings, type Settings } from '../../src-shared/settings.ts'
import { describeHolder, FolderLock, ProjectStore } from '../store/index.ts'
import type { Engine } from './engine.ts'
import { discardRun, freezeRun, type RunSurvey, surveyRun, weighClasses } from './freeze.ts'
import type { StartingRun } from './held-out-before.ts'
import { type Job, Stopped, throwIfStopped } from './job.ts'
import type { PaintMemory } from './paint-memory.ts'
import { recordRun } from './run-records.ts'
import { findRun, makeRunFolder, modelOfRun, runFolder, summarizeRun } from './runs.ts'
import { chooseTaughtPlanes, lookForTaughtPlanes, type PlaneChoice, type TaughtPlane } from './taught-planes.ts'

export interface TrainRequest {
  preset?: PresetName
  minutes?: number
  steps?: number
  /** Only images whose names match. */
  images?: string
  /** Only these images. */
  imageIds?: readonly number[]
  /** Images to validate on, or the share of the painted area to hold out. */
  validate?: { pattern: string } | { share: number }
  seed?: number
  device?: RunPlan['device']
  /** A run to go on with; nothing else is looked at then. */
  resume?: string
  /** A run whose weights to start from. */
  from?: string
  name?: string
  /** `key=value` changes of the preset. */
  settings?: readonly string[]
  layer?: string
}

export type TrainEvent = RunEvent | { type: 'run'; run: string; name: string; folder: string }

export interface TrainReport {
  run: string
  name: string
  folder: string
  state: TrainResult['state']
  step: number
  /** Best validation score. */
  score?: number
  /** Absolute path; absent when nothing could be saved before the end. */
  model?: string
}

/** A job with a second, harder way to stop: `signal` keeps the weights, `kill` ends the engine. */
export interface EngineJob extends Job {
  kill: AbortSignal
}

/**
 * Trains a new run, or goes on with one. While the engine learns the project is not held open: painting goes on.
 * Errors: those of freezing, 'run-missing', 'run-busy', 'run-complete', 'run-interrupted', 'device-unavailable',
 * 'out-of-memory'.
 */
export async function train(
  project: string,
  request: TrainRequest,
  engine: Engine,
  job: EngineJob,
  onEvent: (event: TrainEvent) => void = () => {},
): Promise<TrainReport> {
  const isResumed = request.resume !== undefined
  const run = isResumed ? resumableRun(project, request.resume!) : await startRun(project, request, job)
  try {
    return reportOf(project, run.id, await learnRun(engine, { project, run, isResumed }, job, onEvent))
  } finally {
    await recordRun(project, run.id, job)
  }
}

/** A frozen run, to be learnt or to be gone on with. */
export interface RunToLearn {
  /** The project folder. */
  project: string
  run: { id: string; name: string }
  isResumed: boolean
}

/**
 * Lets the engine learn a frozen run while nobody else does; the project need not be open. Errors: 'run-busy',
 * 'run-interrupted', 'device-unavailable', 'out-of-memory'.
 */
export async function learnRun(
  engine: Engine,
  { project, run, isResumed }: RunToLearn,
  job: EngineJob,
  onEvent: (event: TrainEvent) => void,
): Promise<TrainResult> {
  const folder = path.resolve(runFolder(project, run.id))
  const lock = lockRun(folder, run.id)
  try {
    onEvent({ type: 'run', run: run.id, name: run.name, folder })
    return await learn(engine, folder, isResumed, job, onEvent)
  } catch (error) {
    throw explained(error, project, run.id)
  } finally {
    lock.release()
  }
}

/** The settings of a request: preset, then --set, then what has an option of its own. */
export function settingsOf({ preset = 'fast', settings = [], minutes, steps, seed }: TrainRequest): Settings {
  const chosen = applySettings(presetSettings(preset), settings)
  const { steps: setSteps, minutes: setMinutes, ...optimization } = chosen.optimization
  const length = lengthOf({ steps: steps ?? setSteps, minutes: minutes ?? setMinutes }, steps !== undefined, preset)
  return { ...chosen, optimization: { ...optimization, ...length, ...(seed === undefined ? {} : { seed }) } }
}

function lengthOf(
  { steps, minutes }: { steps?: number; minutes?: number },
  isStepsGiven: boolean,
  preset: PresetName,
): { steps: number } | { minutes: number } {
  if (steps !== undefined && (isStepsGiven || minutes === undefined)) return { steps }
  return { minutes: minutes ?? PRESETS[preset].minutes }
}

async function startRun(project: string, request: TrainRequest, job: Job): Promise<{ id: string; name: string }> {
  settingsOf(request) // a wrong setting is said before the project is opened
  const store = await openForTraining(project, job)
  try {
    return await freezeNewRun(store, request, job)
  } finally {
    store.close()
  }
}

/**
 * A new run of what an open project shows now, frozen and listed; nothing is learnt yet. A read-only store's run is not
 * listed: whoever holds the project adopts it. Errors: those of freezing, 'setting-*', 'run-missing'.
 */
export async function freezeNewRun(
  store: ProjectStore,
  request: TrainRequest,
  job: Job,
): Promise<{ id: string; name: string }> {
  const settings = settingsOf(request)
  const from = startingRun(store, request)
  // What is still there of a discarded run must not pass for this one's.
  const { id, folder } = makeRunFolder(store.folder, store.runs.named())
  try {
    const planes = pinned(store, id, chooseTaughtPlanes(store, planeChoiceOf(request)))
    const { preset = 'fast', device = 'auto', name = id } = request
    const share = shareOf(request)
    const plan = await freezeRun(store, folder, planes, { id, name, preset, device, settings, share, from }, job)
    throwIfStopped(job)
    if (!store.isReadOnly) store.runs.add({ id, name, preset, createdAt: plan.createdAt })
    return { id, name }
  } catch (error) {
    discardRun(folder)
    if (!store.isReadOnly) store.labels.unpin({ kind: 'run', id })
    throw error
  }
}

/** The planes as they are at this moment: what is painted while they are being frozen does not get in. */
function pinned(store: ProjectStore, run: string, planes: TaughtPlane[]): TaughtPlane[] {
  if (store.isReadOnly) return planes // a snapshot already
  return planes.map((plane) => {
    const revision = store.labels.pin(plane.key, { kind: 'run', id: run })
    return { ...plane, read: (rect) => store.labels.readPinned(revision, rect).data, remembered: undefined }
  })
}

/** What stands in the way of this run, without making it. Errors: 'setting-*', 'run-missing', 'not-ready'. */
export async function readinessOf(
  store: ProjectStore,
  request: TrainRequest,
  signal?: AbortSignal,
  memory?: PaintMemory,
): Promise<RunSurvey> {
  const from = startingRun(store, request)
  const planes = await lookForTaughtPlanes(store, planeChoiceOf(request), memory, signal)
  return surveyRun(store, planes, { settings: settingsOf(request), share: shareOf(request), from }, signal)
}

/** The run whose weights to start from, with what it was taught. Errors: 'run-missing', 'run-without-model'. */
function startingRun({ folder }: ProjectStore, { from }: TrainRequest): StartingRun | undefined {
  return from === undefined ? undefined : modelOfRun(folder, from)
}

/**
 * wc of background and of each class as a run would count them over its training set. Errors: 'setting-*', 'run-missing',
 * 'not-ready' when nothing is painted.
 */
export async function classWeightsOf(
  store: ProjectStore,
  request: TrainRequest,
  memory: PaintMemory,
  signal?: AbortSignal,
): Promise<number[]> {
  const from = startingRun(store, request)
  const planes = await lookForTaughtPlanes(store, planeChoiceOf(request), memory, signal)
  return weighClasses(store, planes, { settings: settingsOf(request), share: shareOf(request), from }, signal)
}

const planeChoiceOf = ({ images, imageIds, layer, validate }: TrainRequest): PlaneChoice => ({
  ...{ images, imageIds, layer },
  validate: validate && 'pattern' in validate ? validate.pattern : undefined,
})

const shareOf = ({ validate }: TrainRequest): number | undefined =>
  validate && 'share' in validate ? validate.share : undefined

/** Opens for writing where possible; a project in use elsewhere is read as it is now, and its holder adopts the run. */
async function openForTraining(project: string, job: Job): Promise<ProjectStore> {
  try {
    return await ProjectStore.open(project, { program: 'cellbrush train' })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'project-busy') throw error
    job.note(
      `${project} is open in ${error.of.holder}; training on what is painted now, the run will show there later.`,
    )
    return ProjectStore.snapshot(project)
  }
}

/** A run that can be gone on with. Errors: 'run-missing', 'run-complete', 'run-busy'. */
export function resumableRun(project: string, wanted: string): { id: string; name: string } {
  const { id, name, state, folder } = findRun(project, wanted)
  if (state === 'finished' || state === 'diverged') throw new AppError('run-complete', { run: id, state })
  const holder = FolderLock.holderOf(folder)
  if (holder) throw new AppError('run-busy', { run: id, holder: describeHolder(holder) })
  return { id, name }
}

function lockRun(folder: string, run: string): FolderLock {
  try {
    return FolderLock.acquire(folder, 'cellbrush train')
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'project-busy') throw error
    throw new AppError('run-busy', { run, holder: error.of.holder! }, { cause: error })
  }
}

/** Lets the engine learn; the first wish to stop is passed on to it, so that it keeps its weights. */
async function learn(
  engine: Engine,
  folder: string,
  isResumed: boolean,
  job: EngineJob,
  onEvent: (event: RunEvent) => void,
): Promise<TrainResult> {
  const askToStop = () => {
    if (job.kill.aborted) return // that ends it sooner
    engine.call('control', { action: 'stop' }).catch(() => {}) // it has ended already, or will be killed
  }
  throwIfStopped(job)
  job.signal.addEventListener('abort', askToStop)
  try {
    return await engine.call('train', { folder, resume: isResumed }, { signal: job.kill, onEvent })
  } finally {
    job.signal.removeEventListener('abort', askToStop)
  }
}

function reportOf(project: string, run: string, { state, step, score }: TrainResult): TrainReport {
  const summary = summarizeRun(project, run)
  const best = score ?? summary.score
  return {
    ...{ run, name: summary.name, folder: path.resolve(summary.folder), state, step },
    ...(best === undefined ? {} : { score: best }),
    ...(summary.model === undefined ? {} : { model: path.resolve(summary.model) }),
  }
}

/** A lost engine is a run to be continued. */
function explained(error: unknown, project: string, run: string): unknown {
  if (error instanceof Stopped) return error
  const isLost = error instanceof AppError ? error.code === 'engine-lost' : (error as Error)?.name === 'AbortError'
  if (!isLost) return error
  return new AppError('run-interrupted', { run, step: summarizeRun(project, run).step }, { cause: error })
}
