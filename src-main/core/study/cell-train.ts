/** A cell of the program itself: project, training, predictions, scores, as the commands do them. */
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import { Stopped } from '../job.ts'
import { readModelHeader } from '../model-file.ts'
import { listRuns, type RunSummary, readLog, summarizeRun } from '../runs.ts'
import { type TrainRequest, train } from '../training.ts'
import { type CellContext, type CellOutcome, NO_CURVE } from './cell-context.ts'
import { predictAll } from './cell-predictions.ts'
import { projectOf } from './cell-project.ts'
import { lengthWords } from './cells.ts'
import { curveOf } from './curve.ts'
import type { ArmOf } from './study-file.ts'

/** Trains (or goes on with) the cell's one run and predicts with it. A run that diverged is a result too. */
export async function runTraining(context: CellContext, arm: ArmOf<'cellbrush'>): Promise<CellOutcome> {
  const project = await projectOf(context)
  context.commands.add(...trainWords(context, arm, project))
  const begin = performance.now()
  const before = listRuns(project).at(-1)
  const isLearnt = before?.state === 'finished' || before?.state === 'diverged'
  if (!isLearnt) await learn(context, arm, project, before)
  const trainSeconds = isLearnt ? undefined : (performance.now() - begin) / 1000
  const run = listRuns(project).at(-1)!
  const failure = run.state === 'diverged' ? `Training diverged after step ${run.step}.` : undefined
  const outcome = { ...trainingOf(project, run.id), isResumed: before !== undefined, failure, trainSeconds }
  if (run.model === undefined) return { ...outcome, device: run.device ?? 'unknown', predictions: {} }
  const { predictions, report } = await predictAll(context, arm, { project, run: run.id })
  return { ...outcome, device: report.label, predictions, objects: { ...report.objects } }
}

async function learn(
  { cell, length, device, engine, job }: CellContext,
  arm: ArmOf<'cellbrush'>,
  project: string,
  before: RunSummary | undefined,
): Promise<void> {
  const fresh: TrainRequest = { preset: arm.preset, settings: arm.settings, ...length, seed: cell.seed, device }
  const request: TrainRequest = before === undefined ? fresh : { resume: before.id }
  let total = 0
  const report = await train(project, request, engine, job, (event) => {
    if (event.type === 'planned') total = event.steps
    if (event.type !== 'step') return
    const detail = `energy ${event.energy.toFixed(4)}`
    job.progress({ label: 'Training', done: event.step, total, unit: 'steps', detail })
  })
  if (report.state === 'stopped') throw new Stopped()
}

function trainWords(
  { cell, length, device }: CellContext,
  arm: ArmOf<'cellbrush'>,
  project: string,
): (string | number)[] {
  const chosen = arm.settings.flatMap((setting) => ['--set', setting])
  const where: RunPlan['device'][] = device === 'auto' ? [] : [device]
  return [
    ...['train', project, '--preset', arm.preset, ...lengthWords(length), '--seed', cell.seed],
    ...where.flatMap((name) => ['--device', name]),
    ...chosen,
  ]
}

/** What the run's log says of its training. */
function trainingOf(project: string, run: string) {
  const { folder, steps, step, model } = summarizeRun(project, run)
  const log = readLog(folder)
  const secondsPerStep = log.findLast((event) => event.type === 'planned')?.secondsPerStep
  const stepSeconds = log.reduce((sum, event) => sum + (event.type === 'step' ? event.seconds : 0), 0)
  const objects = model === undefined ? undefined : readModelHeader(model).objects
  return {
    plannedSteps: steps,
    steps: step,
    secondsPerStep,
    stepSeconds,
    curve: log.length === 0 ? NO_CURVE : curveOf(log),
    ...(objects ? { objects: { ...objects } } : {}),
  }
}
