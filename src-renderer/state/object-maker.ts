/** Makes objects of probabilities without holding up the window: one request under way, of those waiting the newest. */
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import type { Proposals } from './proposals.ts'
import type { ObjectsAnswer, ObjectsRequest } from './workers/objects-worker.ts'

export interface ObjectMaker {
  /** The plane that later plans are about; `bytes` as of prediction tiles, [K, h, w]. */
  setPlane(bytes: Uint8Array, width: number, height: number): void
  /** What is painted there, for later plans; null for no object, as after `setPlane`. */
  setPainted(painted: Uint32Array | null): void
  /** Undefined when a newer request came before this one was begun. */
  make(plan: ObjectsPlan): Promise<Proposals | undefined>
  dispose(): void
}

interface Waiting {
  plan: ObjectsPlan
  settle: (found: Proposals | undefined) => void
}

export class WorkerObjectMaker implements ObjectMaker {
  #worker: Worker | undefined
  #ticket = 0
  #running: Waiting | undefined
  #waiting: Waiting | undefined

  setPlane(bytes: Uint8Array, width: number, height: number): void {
    this.#worker ??= this.#start()
    this.#post({ type: 'plane', bytes, width, height })
  }

  setPainted(painted: Uint32Array | null): void {
    this.#post({ type: 'painted', painted })
  }

  make(plan: ObjectsPlan): Promise<Proposals | undefined> {
    this.#waiting?.settle(undefined)
    return new Promise((settle) => {
      this.#waiting = { plan, settle }
      if (!this.#running) this.#next()
    })
  }

  dispose(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#running?.settle(undefined)
    this.#waiting?.settle(undefined)
    this.#running = this.#waiting = undefined
  }

  #start(): Worker {
    const worker = new Worker(new URL('./workers/objects-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<ObjectsAnswer>) => {
      if (data.ticket !== this.#ticket) return
      this.#running?.settle(data)
      this.#running = undefined
      if (this.#waiting) this.#next()
    }
    return worker
  }

  #next(): void {
    this.#running = this.#waiting
    this.#waiting = undefined
    if (this.#running) this.#post({ type: 'plan', ticket: ++this.#ticket, plan: this.#running.plan })
  }

  #post(request: ObjectsRequest): void {
    this.#worker?.postMessage(request)
  }
}
