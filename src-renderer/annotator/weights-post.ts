/** The worker that computes weights. */
import { WeightField } from './weight-field.ts'
import type { WeightsPost } from './weights.ts'
import type { WeightsAnswer, WeightsRequest } from './weights-messages.ts'

export class WorkerWeightsPost implements WeightsPost {
  answered: ((answer: WeightsAnswer) => void) | null = null
  failed: (() => void) | null = null
  #worker: Worker | null = null

  ask(request: WeightsRequest): void {
    this.#worker ??= this.#start()
    const field = request.type === 'update' ? new WeightField(request.field).buffers : []
    this.#worker.postMessage(request, [request.labels.buffer, ...field])
  }

  dispose(): void {
    this.#worker?.terminate()
    this.#worker = null
  }

  /** Started when weights are first shown, and again after a failure. */
  #start(): Worker {
    const worker = new Worker(new URL('./weights-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<WeightsAnswer>) => this.answered?.(data)
    worker.onerror = () => {
      this.dispose()
      this.failed?.()
    }
    return worker
  }
}
