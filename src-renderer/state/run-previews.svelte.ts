import type { ApiEvent, RunPreviews } from '../../src-shared/api.ts'
import { previewUrl } from '../../src-shared/data-urls.ts'
import { predictedClasses } from '../pictures/probabilities.ts'
import { type Judgement, judgePixels } from '../pictures/verdicts.ts'
import type { Asking, DataRoot } from './connection.ts'
import { sentenceOf } from './toasts.svelte.ts'

/** What is shown of the held-out region. */
export type PreviewView = 'image' | 'prediction' | 'errors'

/** What the network made of the region after a step. */
export interface Snapshot {
  step: number
  /** p * 255, class by class. */
  probabilities: Uint8Array
  judgement: Judgement
}

/** The region as painted, and the two snapshots that are compared. */
export interface ShownPreview {
  run: string
  of: RunPreviews
  width: number
  height: number
  grey: Uint8Array
  truth: Uint8Array
  latest: Snapshot
  /** The one before the divider; null while there is only one. */
  earlier: Snapshot | null
}

/** What has been fetched of one run. */
interface Fetched {
  run: string
  /** Grey picture and truth. */
  base: Promise<Uint8Array> | null
  snapshots: Map<number, Promise<Snapshot>>
}

/** Where the divider stands at first: the latest snapshot has the larger part. */
const FIRST_DIVIDER = 0.35

/** The prediction of the held-out region of one run, followed while it learns. */
export class Previews {
  /** Null while nothing is there: see `status`. */
  shown = $state.raw<ShownPreview | null>(null)
  status = $state<'loading' | 'none' | 'ready' | 'failed'>('none')
  /** Why it cannot be shown. */
  message = $state('')
  view = $state<PreviewView>('errors')
  /** Share of the picture left of the divider, where the earlier snapshot is seen. */
  divider = $state(FIRST_DIVIDER)
  isLarge = $state(false)

  readonly #ask: Asking
  readonly #data: DataRoot
  #of: Fetched | null = null
  /** Step of the earlier snapshot; null: the first there is. */
  #wanted: number | null = null
  #isLoading = false
  #isStale = false

  constructor(ask: Asking, data: DataRoot) {
    this.#ask = ask
    this.#data = data
  }

  /** Shows a run; null none. */
  async open(run: string | null): Promise<void> {
    if (run === (this.#of?.run ?? null)) return
    this.#of = run === null ? null : { run, base: null, snapshots: new Map() }
    this.#wanted = null
    this.shown = null
    this.status = run === null ? 'none' : 'loading'
    if (run === null) this.isLarge = false
    await this.#refresh()
  }

  /** Asks again after a failure, or after news were missed. */
  async again(): Promise<void> {
    if (!this.#of) return
    this.#of.snapshots.clear() // a resumed run may have taken them again
    if (!this.shown) this.status = 'loading'
    await this.#refresh()
  }

  hear(event: ApiEvent): void {
    if (event.type !== 'run' || event.run !== this.#of?.run) return
    if (event.event.type === 'preview') {
      this.#of.snapshots.delete(event.event.step) // a resumed run takes it again
      void this.#refresh()
    } else if (event.event.type === 'state') {
      void this.#refresh() // its model may be there
    }
  }

  /** Compares the latest snapshot with that of another step. */
  async compareWith(step: number): Promise<void> {
    this.#wanted = step
    await this.#refresh()
  }

  moveDivider(share: number): void {
    this.divider = Math.max(0, Math.min(1, Math.round(share * 1000) / 1000))
  }

  /** One request at a time; news that come meanwhile are one more. */
  async #refresh(): Promise<void> {
    this.#isStale = true
    if (this.#isLoading) return
    this.#isLoading = true
    while (this.#isStale && this.#of) {
      this.#isStale = false
      const of = this.#of
      try {
        const shown = await this.#load(of)
        if (of !== this.#of) continue
        this.shown = shown
        this.status = shown ? 'ready' : 'none'
      } catch (error) {
        if (of !== this.#of || this.#isStale) continue
        this.message = sentenceOf(error)
        this.status = this.shown ? 'ready' : 'failed'
      }
    }
    this.#isLoading = false
  }

  async #load(fetched: Fetched): Promise<ShownPreview | null> {
    const { run, snapshots } = fetched
    const of = await this.#ask.ask('run.previews', { id: run })
    if (of === null) return null
    const { w: width, h: height } = of.region.rect
    const size = width * height
    fetched.base ??= this.#bytes(run, 'region')
    const base = await fetched.base.catch((error) => {
      fetched.base = null // asked for again with the next news
      throw error
    })
    const truth = base.subarray(size, 2 * size)
    const latestStep = of.steps.at(-1)!
    const earlierStep = of.steps.find((step) => step === this.#wanted) ?? of.steps[0]!
    const read = (step: number) => this.#snapshot(fetched, step, of.region.classes, truth)
    const [latest, earlier] = await Promise.all([read(latestStep), earlierStep < latestStep ? read(earlierStep) : null])
    for (const step of snapshots.keys()) if (step !== latestStep && step !== earlierStep) snapshots.delete(step)
    return { run, of, width, height, grey: base.subarray(0, size), truth, latest, earlier }
  }

  #snapshot({ run, snapshots }: Fetched, step: number, classes: number, truth: Uint8Array): Promise<Snapshot> {
    let known = snapshots.get(step)
    if (!known) {
      known = this.#bytes(run, step).then((probabilities) => ({
        step,
        probabilities,
        judgement: judgePixels(predictedClasses(probabilities, classes), truth),
      }))
      snapshots.set(step, known)
      known.catch(() => snapshots.delete(step))
    }
    return known
  }

  async #bytes(run: string, part: 'region' | number): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#data.get(previewUrl(run, part))).arrayBuffer())
  }
}
