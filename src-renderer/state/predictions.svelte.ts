import type { ApiEvent, ImageView, PredictionView, RunView } from '../../src-shared/api.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import type { Asking } from './connection.ts'
import type { Project } from './project.svelte.ts'
import { counted, percent } from './words.ts'

export interface ImageShare {
  done: number
  total: number
  state: PredictionView['state']
}

export interface PredictionForm {
  scope: 'this' | 'chosen' | 'all'
  /** Run whose model was asked for (`Predictions.run` predicts); empty: the newest with a model. */
  run: string
  /** Mean over the 8 rotations and mirrors. */
  average: boolean
  /** Images of another pixel size than the run's are predicted at the run's. */
  rescale: boolean
  device: RunPlan['device']
}

/** "43 %", "2 of 12 planes", "done": how far an image is; planes under way count in parts. */
export function shareText({ done, total, state }: ImageShare): string {
  if (done >= total) return 'done'
  if (state === 'failed') return 'failed'
  return total === 1 ? percent(Math.floor(100 * done) / 100) : `${Math.floor(done)} of ${counted(total, 'plane')}`
}

/** ", 8 views, rescaled": what tells predictions of one run apart; empty where there is nothing to tell. */
export const howPredicted = ({ isAveraged, scales }: PredictionView): string =>
  `${isAveraged ? ', 8 views' : ''}${scales ? ', rescaled' : ''}`

const isUnderWay = ({ state }: PredictionView): boolean => state === 'running' || state === 'planned'

/** Predictions of the project, how far those under way are, and which of them covers a plane. */
export class Predictions {
  form = $state<PredictionForm>({ scope: 'this', run: '', average: false, rescale: false, device: 'auto' })
  /** By prediction id, then image id. */
  shares = $state.raw<ReadonlyMap<string, ReadonlyMap<number, ImageShare>>>(new Map())
  isStarting = $state(false)
  /** Run whose predictions are looked at where a plane has one; undefined: the newest of the plane. */
  shownRun: string | undefined
  readonly #ask: Asking
  readonly #project: Project

  /** What this window asked for last. */
  #asked = $state.raw<{ id: string; imageIds: readonly number[] } | null>(null)

  readonly #models = $derived.by(() => (this.#project.view?.runs ?? []).filter(({ hasModel }) => hasModel))
  /** Run whose model predicts; empty: the newest with a model, also where that of the chosen run has gone. */
  readonly run = $derived.by(() => (this.#models.some(({ id }) => id === this.form.run) ? this.form.run : ''))
  /** The same list until the host tells another: a stroke changes the view of the project, not this. */
  readonly #known = $derived.by(() => this.#project.view?.predictions)
  readonly all = $derived.by(() => [...(this.#known ?? [])].sort((a, b) => b.createdAt.localeCompare(a.createdAt)))
  readonly underWay = $derived(this.all.filter(isUnderWay))
  /** What this window asked for last and has ended: of so many images those that are predicted, as they are listed. */
  readonly ended = $derived.by((): { images: ImageView[]; of: number } | null => {
    const asked = this.#asked
    const prediction = this.#known?.find(({ id }) => id === asked?.id)
    if (!asked || !prediction || isUnderWay(prediction)) return null
    const isThere = new Set(prediction.planes.map(({ imageId }) => imageId))
    const images = this.#project.images.filter(({ id }) => isThere.has(id))
    return images.length > 0 ? { images, of: asked.imageIds.length } : null
  })
  /** Planes that are predicted, by image, then by run. */
  readonly #planes = $derived.by(() => {
    const found = new Map<number, Map<string, Set<string>>>()
    for (const { runId, planes } of this.#known ?? []) {
      for (const { imageId, z, t } of planes) {
        const byRun = found.get(imageId) ?? new Map<string, Set<string>>()
        found.set(imageId, byRun.set(runId, (byRun.get(runId) ?? new Set()).add(`${z}/${t}`)))
      }
    }
    return found
  })

  constructor(ask: Asking, project: Project) {
    this.#ask = ask
    this.#project = project
  }

  /** The run predicts from now on; the newest until there is a newer one. */
  use({ id, createdAt }: RunView): void {
    this.form.run = this.#models.some((other) => other.createdAt > createdAt) ? id : ''
  }

  hear(event: ApiEvent): void {
    if (event.type !== 'prediction') return
    const { id, imageId, done, total, state } = event
    const images = new Map(this.shares.get(id)).set(imageId, { done, total, state })
    this.shares = new Map(this.shares).set(id, images)
  }

  /** Predictions that have a plane, newest first: one that was cancelled, or failed elsewhere, has what it had finished. */
  of(imageId: number, z: number, t: number): PredictionView[] {
    return this.all.filter(({ planes }) => planes.some((at) => at.imageId === imageId && at.z === z && at.t === t))
  }

  /** Answers, for planes of an image, the newest prediction of a run that has the plane. */
  ofRun(imageId: number, runId: string): (z: number, t: number) => PredictionView | undefined {
    const newest = new Map<string, PredictionView>()
    for (const prediction of this.all) {
      if (prediction.runId !== runId) continue
      for (const at of prediction.planes) {
        const key = `${at.z}/${at.t}`
        if (at.imageId === imageId && !newest.has(key)) newest.set(key, prediction)
      }
    }
    return (z, t) => newest.get(`${z}/${t}`)
  }

  /** Any plane of the image is predicted, by any run. */
  isPredicted(imageId: number): boolean {
    return this.#planes.has(imageId)
  }

  /** A run has predicted all planes of these images. */
  areDone(imageIds: readonly number[], runId: string): boolean {
    const isAsked = new Set(imageIds)
    const asked = this.#project.images.filter(({ id }) => isAsked.has(id))
    return asked.length > 0 && asked.every(({ id, z, t }) => (this.#planes.get(id)?.get(runId)?.size ?? 0) >= z * t)
  }

  imageIds(openImage: number | undefined): number[] {
    if (this.form.scope === 'all') return this.#project.images.map(({ id }) => id)
    if (this.form.scope === 'chosen') return [...this.#project.chosen]
    return openImage === undefined ? [] : [openImage]
  }

  async start(imageIds: number[]): Promise<PredictionView> {
    this.isStarting = true
    try {
      const { average, rescale, device } = $state.snapshot(this.form)
      const { run } = this
      const request = { imageIds, average, rescale, device, ...(run ? { run } : {}) }
      const prediction = await this.#ask.ask('prediction.start', request)
      this.#asked = { id: prediction.id, imageIds }
      return prediction
    } finally {
      this.isStarting = false
    }
  }

  cancel(id: string): Promise<null> {
    return this.#ask.ask('prediction.cancel', { id })
  }
}
