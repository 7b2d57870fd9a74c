/** Which predictions of a session stay when one has ended. */
import path from 'node:path'
import * as v from 'valibot'
import { predictionPlanSchema } from '../../../src-shared/run-plan.ts'
import { type PredictedPlane, type PredictionState, writeFileDurably } from '../../store/index.ts'
import { readJsonFile } from '../pixel-files.ts'
import type { PredictionWork } from './prediction-work.ts'
import type { Session } from './session.ts'

/** Keeps what a prediction has finished, and removes those that it replaces; of one that has nothing, itself. */
export function keepEnd(session: Session, work: PredictionWork, state: PredictionState): void {
  const { store, tiles } = session
  if (work.done.length === 0) remove(session, work.id)
  else store.predictions.setState(work.id, state)
  removeEarlierLooks(session, work)
  tiles.forget(path.join(store.folder, 'predictions'))
  store.predictions.removeExpired()
}

/** Before a run is discarded: what its model says of predictions whose plans do not tell it, as those of older versions. */
export function keepFacts({ store, views }: Session, run: string): void {
  for (const record of store.predictions.list()) {
    if (record.runId !== run) continue
    const file = path.join(store.predictions.folderOf(record.id), 'plan.json')
    try {
      const plan = v.parse(predictionPlanSchema, readJsonFile(file))
      const facts = views.factsOf(record)
      if (plan.facts || facts.classNames.length === 0) continue
      writeFileDurably(file, `${JSON.stringify({ ...plan, facts }, null, 2)}\n`)
    } catch (error) {
      console.error(error) // a full disk, say, which discarding makes room on
    }
  }
}

/** Looks at a run under way, of which each has another checkpoint: one that this one covers is not looked at again. */
function removeEarlierLooks(session: Session, { id, modelSha256, model, runId, done }: PredictionWork): void {
  if (!isCheckpoint(model)) return
  const { predictions } = session.store
  const covered = new Set(done.map(placeOf))
  for (const look of predictions.list()) {
    if (look.runId !== runId || look.id === id || look.modelSha256 === modelSha256) continue
    if (!isCheckpoint(modelIn(predictions.folderOf(look.id)))) continue
    if (predictions.planesOf(look.id).every((plane) => covered.has(placeOf(plane)))) remove(session, look.id)
  }
}

function remove({ store, tiles }: Session, id: string): void {
  tiles.forget(store.predictions.folderOf(id))
  store.predictions.remove(id)
}

/** Where a plane lies, to be compared. */
const placeOf = ({ imageId, z, t }: PredictedPlane): string => `${imageId}/${z}/${t}`

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
