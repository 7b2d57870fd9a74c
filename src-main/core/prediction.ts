/** Prediction: images through a model, to label images and probabilities. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { atThreshold, DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import { objectsOnImage, type Scale, scaleBetween } from '../../src-shared/pixel-size.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import type { ObjectsPlan, PredictionPlan } from '../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../src-shared/scores/aims.ts'
import { importPixels } from '../imaging/import-pixels.ts'
import { listImages } from '../imaging/list-images.ts'
import { chosenObjects } from './choose-objects.ts'
import type { Engine } from './engine.ts'
import { makeFolder } from './folders.ts'
import { type Job, Stopped, throwIfStopped } from './job.ts'
import { type ModelHeader, readModelHeader } from './model-file.ts'
import { outputNames } from './names.ts'
import { saySizes } from './pixel-sizes.ts'
import { predictPlanes } from './predict-planes.ts'
import { type OutputKind, outputFiles, refuseToReplaceInputs, writeOutputs } from './prediction-outputs.ts'
import { predictRescaled } from './rescaled-prediction.ts'
import { chooseRun } from './runs.ts'

export interface PredictRequest {
  /** A project folder or a model file. */
  source: string
  /** Files, folders and patterns. */
  inputs: readonly string[]
  out: string
  /** Of a project: which run; the newest that ended with a model where left out. */
  run?: string
  /** The labels, and where there are several classes the table of objects, when left out. */
  write?: readonly OutputKind[]
  /** Mean over the 8 rotations and mirrors. */
  isAveraged: boolean
  /** An image with another pixel size than the network's is predicted at the network's. */
  isRescaled?: boolean
  /** Side of the output tile; from the free memory where left out. The result does not depend on it. */
  tilePx?: number
  threshold: number | 'auto'
  /** Of a project: objects made for this aim (scores/aims.ts) instead of as training chose. Not with a threshold. */
  objectsFor?: ObjectsAim
  device: PredictionPlan['device']
}

export interface PredictedFile {
  path: string
  /** Of its outputs, without ending. */
  name: string
  outputs: string[]
  planes?: number
  objects?: number
  error?: { code: string; message: string }
}

export interface PredictReport {
  model: string
  /** How objects were made, in the network's pixels; on the grid of an image of another pixel size, as `objectsOnImage`. */
  objects: ObjectsPlan
  /** What computed: "TensorFlow 2.21.0, 2 threads". */
  label: string
  /** Wall clock of everything, and of the engine's part of it: no reading, no writing of files. */
  seconds: number
  engineSeconds: number
  predicted: number
  failed: number
  files: PredictedFile[]
}

/**
 * Predicts every input; one that fails is reported and the others go on. Errors: those of the model ('model-unreadable',
 * 'run-missing', 'no-finished-run'), 'device-unavailable', 'not-writable' for the output folder.
 */
export async function predict(request: PredictRequest, engine: Engine, job: Job): Promise<PredictReport> {
  const startedMs = performance.now()
  const { model, run } = modelOf(request)
  const header = readModelHeader(model)
  const objects = await objectsPlanOf(request, header, run, engine, job)
  const { files, missing } = listInputs(request.inputs)
  const names = outputNames(files)
  refuseToReplaceInputs(
    files,
    names.flatMap((name) => outputFiles(path.join(request.out, name), kindsOf(request, header))),
  )
  makeFolder(request.out)
  noteRenamed(files, names, job)
  const report: PredictReport = {
    model,
    objects,
    label: '',
    seconds: 0,
    engineSeconds: 0,
    predicted: 0,
    failed: 0,
    files: [...missing],
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'cellbrush-predict-'))
  try {
    for (const [index, file] of files.entries()) {
      throwIfStopped(job)
      const name = names[index]!
      const place = { index, count: files.length }
      const task = { file, name, scratch, model, header, objects, request, place }
      report.files.push(await attempt(task, engine, job, report))
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  report.failed = report.files.filter(({ error }) => error).length
  report.predicted = report.files.length - report.failed
  report.seconds = (performance.now() - startedMs) / 1000
  return report
}

/** What is wanted of each image; where there are several classes, objects have a table. */
const kindsOf = ({ write }: PredictRequest, { targets }: ModelHeader): readonly OutputKind[] =>
  write ?? (targets.classNames.length > 2 ? ['labels', 'objects'] : ['labels'])

interface Task {
  file: string
  name: string
  scratch: string
  model: string
  header: ModelHeader
  objects: ObjectsPlan
  request: PredictRequest
  place: { index: number; count: number }
}

function modelOf({ source, run }: PredictRequest): { model: string; run?: ReturnType<typeof chooseRun> } {
  if (existsSync(path.join(source, 'project.db'))) {
    const chosen = chooseRun(source, run)
    return { model: path.resolve(chosen.model), run: chosen }
  }
  const kind = statSync(source, { throwIfNoEntry: false })
  if (kind?.isDirectory()) throw new AppError('project-missing', { path: source })
  if (run !== undefined) {
    throw new AppError('usage', { reason: '--run names a run of a project; leave it out with a model file.' })
  }
  return { model: path.resolve(source) }
}

/** What validation chose, with the aim or the threshold the person wants instead. */
async function objectsPlanOf(
  { threshold, objectsFor: aim, isAveraged, device }: PredictRequest,
  header: ModelHeader,
  run: ReturnType<typeof chooseRun> | undefined,
  engine: Engine,
  { signal }: Job,
): Promise<ObjectsPlan> {
  if (aim !== undefined) {
    if (threshold !== 'auto')
      throw new AppError('usage', { reason: '--objects-for chooses a threshold itself; leave out one of the two.' })
    if (run === undefined)
      throw new AppError('usage', {
        reason: '--objects-for looks at what a run held out: name the project instead of the model file.',
      })
    return (await chosenObjects(run, { aim, isAveraged, device }, engine, signal)).objects
  }
  const chosen = header.objects ?? DEFAULT_OBJECTS
  return threshold === 'auto' ? chosen : atThreshold(chosen, threshold)
}

/** Inputs that are not there are reported like files that cannot be read. */
function listInputs(inputs: readonly string[]): { files: string[]; missing: PredictedFile[] } {
  const missing: PredictedFile[] = []
  const found = inputs.filter((input) => {
    try {
      listImages([input])
      return true
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      missing.push({ path: input, name: path.basename(input), outputs: [], error: wire(error) })
      return false
    }
  })
  return { files: listImages(found), missing }
}

const wire = ({ code, message }: AppError) => ({ code, message })

function noteRenamed(files: readonly string[], names: readonly string[], job: Job): void {
  for (const [index, file] of files.entries()) {
    const stem = outputNames([file])[0]!
    if (names[index] !== stem)
      job.note(`Several inputs are called ${stem}; the results of ${file} are called ${names[index]}.`)
  }
}

async function attempt(task: Task, engine: Engine, job: Job, report: PredictReport): Promise<PredictedFile> {
  const { file, name } = task
  try {
    return await predictFile(task, engine, job, report)
  } catch (error) {
    if (job.signal.aborted) throw new Stopped()
    if (!(error instanceof AppError) || error.code === 'device-unavailable') throw error
    return { path: file, name, outputs: [], error: wire(error) }
  }
}

async function predictFile(task: Task, engine: Engine, job: Job, report: PredictReport): Promise<PredictedFile> {
  const { file, name, scratch, header, request, place } = task
  const folder = mkdtempSync(path.join(scratch, 'image-'))
  try {
    const pixels = path.join(folder, 'image.cbpx')
    const info = await importPixels(file, pixels, { signal: job.signal })
    const scale = scaleOf(task, info.pixelSizeUm, job)
    const progress = (share: number) =>
      job.progress({ label: 'Predicting', done: place.index + share, total: place.count, unit: 'images', detail: name })
    const { device, isAveraged, tilePx } = request
    const of = { folder, name: file, pixels, model: task.model, header, device, isAveraged, tilePx }
    const predicting = scale
      ? predictRescaled(engine, of, { job, progress }, scale)
      : predictPlanes(engine, of, { job, progress })
    const { label, seconds, planes } = await predicting
    report.label = label
    report.engineSeconds += seconds
    const objects = scale ? objectsOnImage(task.objects, scale) : task.objects
    const base = path.join(request.out, name)
    const kinds = kindsOf(request, header)
    const { classNames } = header.targets
    const written = await writeOutputs(base, kinds, planes, { objects, info, folder, classNames }, job)
    return { path: file, name, planes: planes.length, ...written }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** To the network's pixel size where that is wanted; else the person is told that the sizes differ. */
function scaleOf({ file, header, request }: Task, found: PixelSizeUm | undefined, job: Job): Scale | undefined {
  const scale = scaleBetween(found, header.input.pixelSizeUm)
  if (scale === undefined || request.isRescaled) return scale
  job.note(`${saySizes(file, found!, header)}; --rescale gives a better result.`)
  return undefined
}
