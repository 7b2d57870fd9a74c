/** What is said to somebody who looks elsewhere when a run or a prediction has ended. */
import type { PredictionView, ProjectView, RunView } from '../../src-shared/api.ts'
import type { Job } from './jobs.svelte.ts'
import { counted, stepText } from './words.ts'
import type { Workstation } from './workstation.svelte.ts'

/** The project was `before` and is `now`. */
export function tellNews(workstation: Workstation, before: ProjectView, now: ProjectView): void {
  for (const run of workstation.training.runs) {
    const was = before.runs.find(({ id }) => id === run.id)?.state
    if (was !== run.state && (was === 'running' || was === 'paused')) tellEnd(workstation, run)
  }
  const was = new Map(before.predictions.map(({ id, state }) => [id, state]))
  const ended = (as: PredictionView['state']) =>
    now.predictions.filter(({ id, state }) => state === as && was.get(id) !== as)
  const finished = ended('finished')
  if (finished.length > 0) showPredicted(workstation, finished)
  tellUnheard(workstation, ended('failed'))
}

/** The job of a prediction has failed: nobody waits for the answer of its request any more. */
export function tellFailure({ toasts }: Workstation, { state, predicting, message, title }: Job): void {
  if (state === 'failed' && predicting !== undefined) toasts.failed(message ?? `${title} failed; try again.`)
}

/** Of predictions that failed while the line was lost, why is not known here. */
function tellUnheard({ jobs, toasts }: Workstation, failed: readonly PredictionView[]): void {
  const isSaid = new Set(jobs.failed.map(({ predicting }) => predicting))
  if (failed.some(({ id }) => !isSaid.has(id))) toasts.failed('A prediction failed; predict again to see why.')
}

function tellEnd(workstation: Workstation, run: RunView): void {
  const { toasts, training, predictions } = workstation
  const predict = () => {
    predictions.use(run)
    workstation.act('predict.start')
  }
  if (run.state === 'finished') {
    toasts.done(`“${run.name}” has finished.`, { label: 'Predict', run: predict })
  } else if (run.state === 'interrupted') {
    void tellInterrupted(workstation, run)
  } else if (run.state === 'failed' || run.state === 'diverged') toasts.failed(training.sentence(run))
}

/** A run ended without a word, now or before the project was opened; its log says from where it can go on. */
export async function tellInterrupted(workstation: Workstation, run: RunView): Promise<void> {
  const { toasts, training, project } = workstation
  await workstation.try(() => training.load(run.id))
  const resume = () => void workstation.try(() => training.resume(run.id))
  toasts.failed(
    `“${run.name}” was interrupted at ${stepText(run.step)}.`,
    project.isReadOnly ? undefined : { label: training.resumeLabel(run.id), run: resume },
  )
}

/** What has just been predicted is shown where it covers the open plane; elsewhere than in Predict it is also said. */
function showPredicted(workstation: Workstation, finished: readonly PredictionView[]): void {
  const { page, predictions, toasts } = workstation
  const isNew = new Set(finished.map(({ id }) => id))
  const ofPlane = page.plane ? predictions.of(page.plane.imageId, page.plane.z, page.plane.t) : []
  const here = ofPlane.find(({ id }) => isNew.has(id))
  if (here) void workstation.showPrediction(here.id)
  else predictions.shownRun = finished[0]!.runId
  if (workstation.moment === 'predict') return
  const look = { label: 'Look', run: () => workstation.goTo('predict') }
  const planes = finished.reduce((count, prediction) => count + prediction.planes.length, 0)
  toasts.done(`Predicted ${counted(planes, 'plane')}.`, look)
}
