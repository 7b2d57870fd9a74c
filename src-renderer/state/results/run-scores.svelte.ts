import type { ImageView, PredictionView, RunView } from '../../../src-shared/api.ts'
import { DEFAULT_LAYER } from '../../../src-shared/planes.ts'
import { addTallies, scoresOfTally, type Tally, type TallyScores } from '../../../src-shared/scores/tally.ts'
import type { Connection } from '../connection.ts'
import { sentenceOf } from '../toasts.svelte.ts'
import type { Judgement } from './jobs.ts'
import { LearnedImages } from './learned-images.ts'
import { type PlaneMaps, type PlanePart, partOf } from './maps.ts'

/** Which painted planes a run is judged by: all, or those of images that are not to teach and have not taught it. */
export type ScoreScope = 'all' | 'held-out'

export interface RunScore {
  tally: Tally
  scores: TallyScores
  /** By class id, where the project has several. */
  byClass: ReadonlyMap<number, { tally: Tally; scores: TallyScores }>
  /** Planes that could not be read. */
  failed: number
}

/** A plane that a run has predicted, to be judged by what is painted there. */
interface ScoredPlane {
  part: PlanePart
  prediction: PredictionView
}

/** Scores of the runs on what is painted, computed when somebody asks. */
export class RunScores {
  scope = $state<ScoreScope>('all')
  status = $state<'none' | 'computing' | 'ready' | 'failed'>('none')
  done = $state(0)
  total = $state(0)
  error = $state('')
  byRun = $state.raw<ReadonlyMap<string, RunScore>>(new Map())

  readonly #maps: PlaneMaps
  readonly #learned: LearnedImages
  #computing: AbortController | undefined

  constructor(maps: PlaneMaps, connection: Connection) {
    this.#maps = maps
    this.#learned = new LearnedImages(connection)
  }

  setScope(scope: ScoreScope): void {
    this.scope = scope
    this.stop()
    this.status = 'none'
    this.byRun = new Map()
  }

  stop(): void {
    this.#computing?.abort()
    if (this.status === 'computing') this.status = this.byRun.size > 0 ? 'ready' : 'none'
  }

  /** Judges each run by the newest prediction of each plane that it has made; `predictions` are the newest first. */
  async compute(
    runs: readonly RunView[],
    predictions: readonly PredictionView[],
    images: readonly ImageView[],
    classIds: readonly number[] = [],
  ): Promise<void> {
    this.#computing?.abort()
    const computing = new AbortController()
    this.#computing = computing
    const { signal } = computing
    this.byRun = new Map()
    this.status = 'computing'
    this.done = 0
    this.total = 0
    let lastError: unknown
    const planes = new Map<RunView, ScoredPlane[]>()
    for (const run of runs) {
      const painted = plannedOf(run, predictions, images)
      try {
        planes.set(run, this.scope === 'all' ? painted : await this.#heldOut(painted, run, runs))
      } catch (error) {
        lastError = error
      }
      if (signal.aborted) return
    }
    this.total = [...planes.values()].reduce((sum, of) => sum + of.length, 0)
    for (const [run, planned] of planes) {
      const found: Judged[] = []
      let failed = 0
      for (const plane of planned) {
        try {
          found.push(await this.#judge(plane, classIds, signal))
        } catch (error) {
          lastError = error
          failed++
        }
        if (signal.aborted) return
        this.done++
      }
      const judged = found.filter(({ tally }) => tally.knownPx > 0)
      if (judged.length > 0) this.byRun = new Map(this.byRun).set(run.id, { ...summed(judged), failed })
    }
    const isFailed = lastError !== undefined && this.byRun.size === 0
    this.error = isFailed ? sentenceOf(lastError) : ''
    this.status = isFailed ? 'failed' : 'ready'
  }

  async #heldOut(planes: ScoredPlane[], run: RunView, runs: readonly RunView[]): Promise<ScoredPlane[]> {
    const others = planes.filter(({ part }) => part.image.role !== 'train')
    if (others.length === 0) return []
    const learned = await this.#learned.of(run, runs)
    return others.filter(({ part }) => !learned.has(part.image.id))
  }

  async #judge({ part, prediction }: ScoredPlane, ids: readonly number[], signal: AbortSignal): Promise<Judged> {
    const areSeveral = ids.length > 1
    const [painted, predicted, ofPainted] = await Promise.all([
      this.#maps.painted(part, signal),
      this.#maps.predicted(part, prediction),
      areSeveral ? this.#maps.classesOf(part) : {},
    ])
    const maps = { width: part.rect.w, painted: painted.labels, predicted: predicted.labels }
    const ofPredicted = Array.from(predicted.classIndex, (index) => (index > 0 ? prediction.classIds[index]! : 0))
    const classes = areSeveral && { classes: { ids: [...ids], ofPainted, ofPredicted } }
    return this.#maps.computer.do('judge', { ...maps, ...classes, isComplete: painted.isComplete })
  }
}

type Judged = Pick<Judgement, 'tally' | 'byClass'>

/** Everything that was counted, added up: all objects, and those of each class. */
function summed(judged: readonly Judged[]): Omit<RunScore, 'failed'> {
  const scored = (tallies: readonly Tally[]) => {
    const tally = addTallies(tallies)
    return { tally, scores: scoresOfTally(tally) }
  }
  const ids = [...(judged[0]?.byClass.keys() ?? [])]
  return {
    ...scored(judged.map(({ tally }) => tally)),
    byClass: new Map(ids.map((id) => [id, scored(judged.flatMap(({ byClass }) => byClass.get(id) ?? []))])),
  }
}

/** Planes of painted images that a run has predicted, each once; also those of a prediction that ended early. */
function plannedOf(run: RunView, predictions: readonly PredictionView[], images: readonly ImageView[]): ScoredPlane[] {
  const seen = new Set<string>()
  const own = predictions.filter(({ runId }) => runId === run.id)
  return own.flatMap((prediction) =>
    prediction.planes.flatMap(({ imageId, z, t }) => {
      const image = images.find(({ id }) => id === imageId)
      const key = `${imageId}/${z}/${t}`
      const isPainted = image !== undefined && (image.painted > 0 || image.complete > 0)
      if (!isPainted || image.isTrashed || seen.has(key)) return []
      seen.add(key)
      const plane = { imageId, layer: DEFAULT_LAYER, z, t }
      const part = partOf(image, plane, { x: 0, y: 0, w: image.width, h: image.height })
      return [{ part, prediction }]
    }),
  )
}
