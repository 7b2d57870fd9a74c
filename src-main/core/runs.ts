/** Runs as their folders tell: `runs/ID/plan.json`, `log.jsonl`, `model.cbck` (docs/architecture.md, "Run folder"). */
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RunEvent } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { largestOf } from '../../src-shared/extremes.ts'
import { nextId } from '../../src-shared/next-id.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { compareNaturally } from '../imaging/list-images.ts'
import { FolderLock, listFolder, type RunState, readLog, readRunPlan } from '../store/index.ts'

export { type RunState, readLog }

export interface RunSummary {
  id: string
  name: string
  preset: string
  state: RunState
  createdAt: string
  /** Steps done and planned; `steps` is absent until minutes were turned into steps. */
  step: number
  steps?: number
  /** Best validation score so far. */
  score?: number
  device?: string
  /** Absolute path of the model to predict with; absent until one was saved. */
  model?: string
  folder: string
}

export const runFolder = (project: string, run: string): string => path.join(project, 'runs', run)

/** Makes the folder of a new run, with none of the ids that are `named`; safe with several programs at once. */
export function makeRunFolder(project: string, named: readonly string[] = []): { id: string; folder: string } {
  const runs = path.join(project, 'runs')
  mkdirSync(runs, { recursive: true })
  const taken = [...listFolder(runs), ...named]
  for (;;) {
    const id = nextId('run', taken)
    const folder = path.join(runs, id)
    try {
      mkdirSync(folder)
      return { id, folder }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      taken.push(id) // another program was quicker
    }
  }
}

/** The plan of a run. Errors: 'run-missing', also where it is damaged. */
export function readPlan(project: string, run: string): RunPlan {
  const plan = readRunPlan(runFolder(project, run))
  if (plan === null) throw new AppError('run-missing', { run, path: project })
  return plan
}

/** A run whose plan can be read. */
interface PlannedRun {
  folder: string
  plan: RunPlan
}

/** All runs of a project, the oldest first; folders without a plan that can be read are no runs. */
export const listRuns = (project: string): RunSummary[] =>
  namesOfRuns(project).flatMap((name) => {
    const run = plannedRun(project, name)
    return run ? [summaryOf(run)] : []
  })

const namesOfRuns = (project: string): string[] => listFolder(path.join(project, 'runs')).sort(compareNaturally)

function plannedRun(project: string, name: string): PlannedRun | undefined {
  const folder = runFolder(project, name)
  const plan = readRunPlan(folder)
  return plan ? { folder, plan } : undefined
}

/** What plan and log of one run say. Errors: 'run-missing'. */
export const summarizeRun = (project: string, run: string): RunSummary =>
  summaryOf({ folder: runFolder(project, run), plan: readPlan(project, run) })

/** Reads the whole log. */
function summaryOf({ folder, plan }: PlannedRun): RunSummary {
  const { id, name, preset, createdAt, optimization } = plan
  const log = readLog(folder)
  const planned = log.findLast((event) => event.type === 'planned')
  const scores = log.flatMap((event) => (event.type === 'validation' ? [event.score] : []))
  const steps = planned?.steps ?? optimization.steps
  const model = modelIn(folder)
  return {
    ...{ id, name, preset, createdAt, folder, state: stateOf(folder, log), step: lastStep(log) },
    ...(steps === undefined ? {} : { steps }),
    ...(scores.length === 0 ? {} : { score: largestOf(scores) }),
    ...(planned === undefined ? {} : { device: planned.device }),
    ...(model === undefined ? {} : { model }),
  }
}

/** A run that says it is running but that nobody holds was interrupted: its program was killed or the power failed. */
function stateOf(folder: string, log: readonly RunEvent[]): RunState {
  const said = log.findLast((event) => event.type === 'state')?.state
  if (said !== undefined && said !== 'running' && said !== 'paused') return said
  if (FolderLock.holderOf(folder) !== null) return said ?? 'planned'
  return 'interrupted'
}

const lastStep = (log: readonly RunEvent[]): number =>
  log.findLast((event) => event.type === 'step' || event.type === 'state' || event.type === 'checkpoint')?.step ?? 0

/** The model of a run: the finished one, else the best checkpoint, else none. */
function modelIn(folder: string): string | undefined {
  const files = ['model.cbck', path.join('checkpoints', 'best.cbck')].map((name) => path.join(folder, name))
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
}

/** A run by its id, or the newest of that name. Errors: 'run-missing'. */
export const findRun = (project: string, wanted: string): RunSummary => summaryOf(findPlanned(project, wanted))

/** Of many runs only the plans are read, and those only for a name: their logs are long. */
function findPlanned(project: string, wanted: string): PlannedRun {
  const names = namesOfRuns(project)
  const named = names.includes(wanted) ? plannedRun(project, wanted) : undefined
  if (named?.plan.id === wanted) return named
  const runs = names.flatMap((name) => plannedRun(project, name) ?? [])
  const run = runs.find(({ plan }) => plan.id === wanted) ?? runs.findLast(({ plan }) => plan.name === wanted)
  if (run === undefined) throw new AppError('run-missing', { run: wanted, path: project })
  return run
}

/**
 * The run to predict with: the one named, or the newest that ended with a model.
 * Errors: 'run-missing', 'run-without-model', 'no-finished-run'.
 */
export function chooseRun(project: string, wanted?: string): RunSummary & { model: string } {
  if (wanted === undefined) return newestWithModel(project)
  const run = findRun(project, wanted)
  if (run.model === undefined) throw withoutModel(run)
  return { ...run, model: run.model }
}

function newestWithModel(project: string): RunSummary & { model: string } {
  for (const name of namesOfRuns(project).reverse()) {
    const planned = plannedRun(project, name)
    const model = planned && modelIn(planned.folder)
    if (model === undefined) continue
    const run = summaryOf(planned!)
    if (run.state === 'finished' || run.state === 'stopped' || run.state === 'diverged') return { ...run, model }
  }
  throw new AppError('no-finished-run', { path: project })
}

/**
 * Model and plan of a run by its id, or of the newest of that name; no log is read. Errors: 'run-missing',
 * 'run-without-model'.
 */
export function modelOfRun(project: string, wanted: string): { model: string; plan: RunPlan } {
  const run = findPlanned(project, wanted)
  const model = modelIn(run.folder)
  if (model === undefined) throw withoutModel(summaryOf(run))
  return { model, plan: run.plan }
}

const withoutModel = ({ id, state }: RunSummary): AppError => new AppError('run-without-model', { run: id, state })
