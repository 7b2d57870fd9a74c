/** What is said to somebody who looks elsewhere when a run or a prediction has ended. */
import type { ProjectView, RunView } from '../../src-shared/api.ts'
import { counted } from './words.ts'
import type { Workstation } from './workstation.svelte.ts'

/** The project was `before` and is `now`. */
export function tellNews(workstation: Workstation, before: ProjectView, now: ProjectView): void {
  for (const run of workstation.training.runs) {
    const was = before.runs.find(({ id }) => id === run.id)?.state
    if (was !== run.state && (was === 'running' || was === 'paused')) tellEnd(workstation, run)
  }
  const finished = new Set(before.predictions.filter(({ state }) => state === 'finished').map(({ id }) => id))
  if (now.predictions.some(({ id, state }) => state === 'finished' && !finished.has(id))) showPredicted(workstation)
}

function tellEnd(workstation: Workstation, run: RunView): void {
  const { toasts, training } = workstation
  if (run.state === 'finished') {
    toasts.done(`“${run.name}” has finished.`, { label: 'Predict', run: () => workstation.act('predict.start') })
  } else if (run.state === 'interrupted') {
    toasts.failed(`“${run.name}” was interrupted; nothing saved is lost.`, {
      label: 'Resume',
      run: () => void workstation.try(() => training.resume(run.id)),
    })
  } else if (run.state === 'failed' || run.state === 'diverged') toasts.failed(training.sentence(run))
}

/** The newest prediction of the open plane is shown; elsewhere than in Predict it is also said. */
function showPredicted(workstation: Workstation): void {
  const { page, predictions, proposals, toasts } = workstation
  if (!page.plane) return
  const newest = predictions.of(page.plane.imageId, page.plane.z, page.plane.t)[0]
  if (newest && newest.id !== proposals.prediction?.id) void workstation.showPrediction(newest.id)
  if (workstation.moment === 'predict') return
  const look = { label: 'Look', run: () => workstation.goTo('predict') }
  toasts.done(`Predicted ${counted(newest?.planes.length ?? 1, 'plane')}.`, look)
}
