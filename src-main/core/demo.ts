/** The whole way on sample images, with a report: what `npm start` shows until there is a window. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { meanOfSaid } from '../../src-shared/scores/isbi.ts'
import { listImages } from '../imaging/list-images.ts'
import { writeFileDurably } from '../store/index.ts'
import { writeDemoReport } from './demo-report.ts'
import type { Engine } from './engine.ts'
import { type EvaluationReport, evaluateFolders } from './evaluation.ts'
import { exportLabels } from './export.ts'
import { makeFolder } from './folders.ts'
import { importImages } from './import.ts'
import { predict } from './prediction.ts'
import { createProject } from './projects.ts'
import { listRuns } from './runs.ts'
import { samplesFolder } from './samples.ts'
import { type EngineJob, train } from './training.ts'

export interface DemoRequest {
  /** Folder for the sample project and everything made of it. */
  out: string
  steps: number
  device: RunPlan['device']
}

export interface DemoReport {
  project: string
  run: string
  masks: string
  /** HTML file. */
  report: string
  /** F1 at IoU 0.5, mean over images that took no part in training. */
  f1AtIou50: number
  evaluation: EvaluationReport
}

/** This many of the sample images are kept from training, to be predicted. */
const HELD_BACK = 3

/** Makes, trains, predicts, scores, exports and reports; what a former run has made is used again. */
export async function runDemo(
  { out, steps, device }: DemoRequest,
  engine: Engine,
  job: EngineJob,
): Promise<DemoReport> {
  const samples = samplesFolder('nuclei')
  const images = listImages([path.join(samples, 'images')])
  const [teaching, held] = [images.slice(0, -HELD_BACK), images.slice(-HELD_BACK)]
  const masks = path.join(samples, 'masks')
  const project = path.join(out, 'sample.cellbrush')
  makeFolder(out)
  await importSamples(project, { teaching, held, masks }, job)
  const run = await trainedRun(project, { steps, device }, engine, job)
  const predictions = path.join(out, 'predictions')
  const request = {
    source: project,
    inputs: held,
    out: predictions,
    run,
    isAveraged: false,
    threshold: 'auto',
    device,
  } as const
  await predict({ ...request, write: ['labels', 'probabilities'] }, engine, job)
  const evaluation = await evaluateFolders({ truth: masks, masks: predictions, kind: 'instances' }, job)
  await exportLabels(project, { format: 'labels-png', out: path.join(out, 'annotation'), isCompact: true }, job)
  const report = path.join(out, 'report.html')
  writeFileDurably(report, await writeDemoReport({ project, run, held, masks, predictions, evaluation }))
  const f1AtIou50 = meanOfSaid(evaluation.planes.flatMap(({ raw }) => (raw ? [raw.objects.matches[0]!.f1] : [])))
  return { project, run, masks: predictions, report, f1AtIou50, evaluation }
}

async function importSamples(
  project: string,
  { teaching, held, masks }: { teaching: string[]; held: string[]; masks: string },
  job: EngineJob,
): Promise<void> {
  if (!existsSync(path.join(project, 'project.db'))) {
    await createProject(project, { name: 'Sample: nuclei', classes: [{ name: 'nucleus' }] })
  }
  await importImages(project, { inputs: teaching, masks, isComplete: true, role: 'train' }, job)
  await importImages(project, { inputs: held, masks, isComplete: true, role: 'test' }, job)
}

/** The finished run of these steps, made now where there is none. */
async function trainedRun(
  project: string,
  { steps, device }: { steps: number; device: RunPlan['device'] },
  engine: Engine,
  job: EngineJob,
): Promise<string> {
  const known = listRuns(project).findLast((run) => run.steps === steps && run.state === 'finished')
  if (known) {
    job.note(`Using ${known.id}, trained before; remove ${known.folder} to train again.`)
    return known.id
  }
  const request = { preset: 'fast', steps, seed: 1, device, name: 'sample' } as const
  const { run } = await train(project, request, engine, job, (event) => {
    if (event.type === 'planned')
      job.note(`Training on ${event.label}: ${event.secondsPerStep.toPrecision(2)} s per step.`)
    if (event.type === 'step') {
      const detail = `energy ${event.energy.toFixed(3)}`
      job.progress({ label: 'Training', done: event.step, total: steps, unit: 'steps', detail })
    }
  })
  return run
}
