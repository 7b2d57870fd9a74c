import type { ImageView, PredictionView, RunView } from '../../../src-shared/api.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../../src-shared/planes.ts'
import { addTallies, scoresOfTally, type Tally, type TallyScores } from '../../../src-shared/scores/tally.ts'
import type { Connection } from '../connection.ts'
import { sentenceOf } from '../toasts.svelte.ts'
import type { Judgement } from './jobs.ts'
import { LearnedImages } from './learned-images.ts'
import { isWhole, type PlaneMaps } from './maps.ts'
import { paintedPart } from './painted-part.ts'

/** Which painted planes a run is judged by: all, or those of images that are not to teach and have not taught it. */
export type ScoreScope = 'all' | 'held-out'

export interface RunScore {
  tally: Tally
  scores: TallyScores
  /** By class id, where the project has several. */
  byClass: ReadonlyMap<number, { tally: Tally; scores: TallyScores }>
  /** Planes that were too large to be judged whole: the part with the most paint was. */
  cut: number
  /** Planes that could not be read. */
  failed: number
}

/** A plane that a run has predicted, to be judged by what is painted there. */
interface ScoredPlane {
  image: ImageView
  plane: PlaneKey
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
  readonly #connection: Connection
  readonly #learned: LearnedImages
  #computing: AbortController | undefined
  #lastError: unknown

  constructor(maps: PlaneMaps, connection: Connection) {
    this.#maps = maps
    this.#connection = connection
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
    this.#lastError = undefined
    const planned = await this.#planned(runs, predictions, images, signal)
    if (signal.aborted) return
    this.total = [...planned.values()].reduce((sum, of) => sum + of.length, 0)
    for (const [run, planes] of planned) await this.#score(run, planes, classIds, signal)
    if (signal.aborted) return
    const isFailed = this.#lastError !== undefined && this.byRun.size === 0
    this.error = isFailed ? sentenceOf(this.#lastError) : ''
    this.status = isFailed ? 'failed' : 'ready'
  }

  /** The planes that each run is judged by; none where it cannot be told what the run has learned from. */
  async #planned(
    runs: readonly RunView[],
    predictions: readonly PredictionView[],
    images: readonly ImageView[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<RunView, ScoredPlane[]>> {
    const planned = new Map<RunView, ScoredPlane[]>()
    for (const run of runs) {
      const painted = paintedOf(run, predictions, images)
      try {
        planned.set(run, this.scope === 'all' ? painted : await this.#heldOut(painted, run, runs))
      } catch (error) {
        if (!signal.aborted) this.#lastError = error
      }
      if (signal.aborted) break
    }
    return planned
  }

  async #score(run: RunView, planes: ScoredPlane[], ids: readonly number[], signal: AbortSignal): Promise<void> {
    const found: Judged[] = []
    let failed = 0
    for (const plane of planes) {
      if (signal.aborted) return
      try {
        found.push(await this.#judge(plane, ids, signal))
      } catch (error) {
        if (signal.aborted) return
        this.#lastError = error
        failed++
      }
      if (!signal.aborted) this.done++
    }
    const judged = found.filter(({ tally }) => tally.knownPx > 0)
    if (judged.length > 0 && !signal.aborted) {
      this.byRun = new Map(this.byRun).set(run.id, { ...summed(judged), failed })
    }
  }

  async #heldOut(planes: ScoredPlane[], run: RunView, runs: readonly RunView[]): Promise<ScoredPlane[]> {
    const others = planes.filter(({ image }) => image.role !== 'train')
    if (others.length === 0) return []
    const learned = await this.#learned.of(run, runs)
    return others.filter(({ image }) => !learned.has(image.id))
  }

  async #judge(scored: ScoredPlane, ids: readonly number[], signal: AbortSignal): Promise<Judged> {
    const { image, plane, prediction } = scored
    const part = await paintedPart(this.#connection, image, plane, signal)
    const areSeveral = ids.length > 1
    const [painted, predicted, ofPainted] = await Promise.all([
      this.#maps.painted(part, signal),
      this.#maps.predicted(part, prediction),
      areSeveral ? this.#maps.classesOf(part) : {},
    ])
    const maps = { width: part.rect.w, painted: painted.labels, predicted: predicted.labels }
    const ofPredicted = Array.from(predicted.classIndex, (index) => (index > 0 ? prediction.classIds[index]! : 0))
    const classes = areSeveral && { classes: { ids: [...ids], ofPainted, ofPredicted } }
    const judged = await this.#maps.computer.do('judge', { ...maps, ...classes, isComplete: painted.isComplete })
    return { ...judged, isCut: !isWhole(part) }
  }
}

interface Judged extends Pick<Judgement, 'tally' | 'byClass'> {
  isCut: boolean
}

/** Everything that was counted, added up: all objects, and those of each class. */
function summed(judged: readonly Judged[]): Omit<RunScore, 'failed'> {
  const scored = (tallies: readonly Tally[]) => {
    const tally = addTallies(tallies)
    return { tally, scores: scoresOfTally(tally) }
  }
  const ids = [...(judged[0]?.byClass.keys() ?? [])]
  return {
    ...scored(judged.map(({ tally }) => tally)),
    cut: judged.filter(({ isCut }) => isCut).length,
    byClass: new Map(ids.map((id) => [id, scored(judged.flatMap(({ byClass }) => byClass.get(id) ?? []))])),
  }
}

/** Planes of painted images that a run has predicted, each once; also those of a prediction that ended early. */
function paintedOf(run: RunView, predictions: readonly PredictionView[], images: readonly ImageView[]): ScoredPlane[] {
  const seen = new Set<string>()
  const own = predictions.filter(({ runId }) => runId === run.id)
  return own.flatMap((prediction) =>
    prediction.planes.flatMap(({ imageId, z, t }) => {
      const image = images.find(({ id }) => id === imageId)
      const key = `${imageId}/${z}/${t}`
      const isPainted = image !== undefined && (image.painted > 0 || image.complete > 0)
      if (!isPainted || image.isTrashed || seen.has(key)) return []
      seen.add(key)
      return [{ image, plane: { imageId, layer: DEFAULT_LAYER, z, t }, prediction }]
    }),
  )
}
