/** Training from a window: what stands in the way, start, resume, pause; and the runs there have been. */
import { rmSync } from 'node:fs'
import type { Handlers, TrainingRequest } from '../../../src-shared/api.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { thinnedPlaces } from '../../../src-shared/thin-out.ts'
import type { ProjectStore } from '../../store/index.ts'
import { quietJob } from '../job.ts'
import { readLog, readPlan } from '../runs.ts'
import { classWeightsOf, freezeNewRun, readinessOf, type TrainRequest } from '../training.ts'
import { keepFacts } from './prediction-retention.ts'
import { previewsOf } from './run-previews.ts'
import type { Session } from './session.ts'

type Method =
  | 'training.readiness'
  | 'training.classWeights'
  | 'training.start'
  | 'training.resume'
  | 'training.control'
  | 'run.details'
  | 'run.previews'
  | 'run.rename'
  | 'run.discard'

/** The window's request in the words of the application. */
function wanted(
  { images, labels }: ProjectStore,
  { validationShare, settings, ...request }: TrainingRequest,
): TrainRequest {
  // The share is meant for projects without validation images; with painted ones nothing else is held out.
  const judged = images.list({ role: 'validation' }).filter(({ id }) => request.imageIds?.includes(id) ?? true)
  const hasValidation = judged.some(({ id }) => labels.planes(id).length > 0)
  return {
    ...request,
    settings: Object.entries(settings ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(validationShare === undefined || hasValidation ? {} : { validate: { share: validationShare } }),
  }
}

/** As many steps as a curve can show: all of a long run would be megabytes. */
const MOST_STEPS = 5000

/** Everything else that happened, and of the steps so many. */
function thinnedOut(events: readonly RunEvent[]): RunEvent[] {
  const steps = events.filter((event) => event.type === 'step')
  const energies = steps.map(({ energy }) => energy)
  const kept = new Set<RunEvent>(thinnedPlaces(energies, MOST_STEPS).map((at) => steps[at]!))
  return events.filter((event) => event.type !== 'step' || kept.has(event))
}

export const trainingHandlers = (session: Session): Handlers<Method> => {
  const { store, training } = session
  return {
    'training.readiness': async (request, { signal }) => {
      try {
        const { readiness, images, objects } = await readinessOf(
          store,
          wanted(store, request),
          signal,
          session.paintMemory,
        )
        return { ...readiness, images, objects }
      } catch (error) {
        // Nothing at all is painted: that is an answer, and not a failure.
        if (!(error instanceof AppError) || error.code !== 'not-ready') throw error
        const sentence = String(error.of.reason)
        return { canStart: false, problems: [{ severity: 'blocks', sentence }], images: 0, objects: 0 }
      }
    },

    'training.classWeights': async (request, { signal }) => {
      try {
        return { weights: await classWeightsOf(store, wanted(store, request), session.paintMemory, signal) }
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'not-ready') throw error
        return { weights: [] }
      }
    },

    'training.start': async (request, { signal }) => {
      const run = await training.start(() => freezeNewRun(store, wanted(store, request), quietJob(signal)))
      session.projectChanged()
      return training.view(store.runs.get(run.id))
    },

    'training.resume': ({ run }) => {
      training.resume(run)
      session.projectChanged()
      return training.view(store.runs.get(run))
    },

    'training.control': async ({ action }) => {
      await training.control(action)
      return null
    },

    'run.details': ({ id }) => {
      const record = store.runs.get(id)
      const events = thinnedOut(readLog(store.runs.folderOf(record.id)))
      const secondsPerStep = events.findLast((event) => event.type === 'planned')?.secondsPerStep
      const plan = readPlan(store.folder, record.id)
      return { ...(secondsPerStep === undefined ? {} : { secondsPerStep }), ...training.view(record), plan, events }
    },

    'run.previews': ({ id }) => previewsOf(store, id),

    'run.rename': ({ id, name }) => {
      store.runs.update(id, { name })
      session.projectChanged()
      return null
    },

    'run.discard': ({ id }) => {
      const { id: run } = store.runs.get(id)
      if (training.isActive(run)) throw new AppError('not-ready', { reason: `${run} is being trained; stop it first.` })
      keepFacts(session, run)
      store.runs.remove(run)
      store.labels.unpin({ kind: 'run', id: run })
      rmSync(store.runs.folderOf(run), { recursive: true, force: true })
      session.projectChanged()
      return null
    },
  }
}
