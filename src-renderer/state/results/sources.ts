/** What can be shown and judged of a plane: what is painted, and the newest prediction of each run. */
import type { PredictionView, RunView } from '../../../src-shared/api.ts'
import { shortDate } from '../words.ts'

/** "painted", or the id of a prediction. */
export type SourceId = string
export const PAINTED = 'painted'

export interface Source {
  id: SourceId
  name: string
  prediction: PredictionView | null
}

/** The newest prediction of each run; `predictions` are the newest first. */
export function newestOfRuns(predictions: readonly PredictionView[]): PredictionView[] {
  const seen = new Set<string>()
  return predictions.filter(({ runId }) => !seen.has(runId) && seen.add(runId))
}

/** The source that is meant by an id: where that one does not have the plane, the newest of its run. */
export function sourceFor(
  wanted: SourceId,
  sources: readonly Source[],
  predictions: readonly PredictionView[],
): Source | undefined {
  const found = sources.find(({ id }) => id === wanted)
  const runId = predictions.find(({ id }) => id === wanted)?.runId
  return found ?? (runId === undefined ? undefined : sources.find(({ prediction }) => prediction?.runId === runId))
}

/** Names say which run; runs of one name are told apart by when they were made. */
export function sourcesOf(predictions: readonly PredictionView[], runs: readonly RunView[]): Source[] {
  const newest = newestOfRuns(predictions)
  const names = newest.map(({ runId }) => runs.find(({ id }) => id === runId)?.name ?? 'A discarded run')
  const isTwice = (name: string) => names.filter((other) => other === name).length > 1
  return [
    { id: PAINTED, name: 'Painted', prediction: null },
    ...newest.map((prediction, index) => {
      const name = names[index]!
      const when = runs.find(({ id }) => id === prediction.runId)?.createdAt ?? prediction.createdAt
      return { id: prediction.id, name: isTwice(name) ? `${name}, ${shortDate(when)}` : name, prediction }
    }),
  ]
}
