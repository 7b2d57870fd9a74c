import type { TrainingRequest } from '../../src-shared/api.ts'
import type { Asking } from './connection.ts'
import { sentenceOf } from './toasts.svelte.ts'

/** How long changes rest before the host is asked to count again. */
const REST_MS = 600

/** What class weights are counted over. */
export type CountedOver = 'training set' | 'this image'

export interface ClassWeightsHost {
  ask: Asking
  /** What would be sent at Start. */
  request(): TrainingRequest
  /** The open image. */
  imageId(): number | undefined
  /** Shows the weights in the weight map. */
  counted(weights: readonly number[]): void
}

/** wc of background and of each class, as the next run counts them; counted by the host, a moment after each change. */
export class ClassWeights {
  over = $state<CountedOver>('training set')
  /** Background first; empty while nothing is painted. */
  weights = $state.raw<readonly number[]>([])
  /** Why they could not be counted, one sentence. */
  error = $state('')
  readonly #host: ClassWeightsHost
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking: AbortController | undefined

  constructor(host: ClassWeightsHost) {
    this.#host = host
  }

  choose(over: CountedOver): void {
    this.over = over
    void this.count()
  }

  countSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.count(), REST_MS)
  }

  async count(): Promise<void> {
    clearTimeout(this.#timer)
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    const { signal } = asking
    const imageId = this.#host.imageId()
    const isAlone = this.over === 'this image' && imageId !== undefined
    const request = { ...this.#host.request(), ...(isAlone ? { imageIds: [imageId] } : {}) }
    try {
      const { weights } = await this.#host.ask.ask('training.classWeights', request, { signal })
      if (signal.aborted) return
      this.weights = weights
      this.error = ''
      this.#host.counted(weights)
    } catch (error) {
      if (!signal.aborted) this.error = sentenceOf(error)
    }
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#asking?.abort()
  }
}
