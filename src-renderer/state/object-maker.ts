/** Makes objects of probabilities without holding up the window: one request under way, of those waiting the newest. */
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import { AskError } from './ask-error.ts'
import type { Proposals } from './proposals.ts'
import type { ObjectsAnswer, ObjectsRequest } from './workers/objects-worker.ts'

export interface ObjectMaker {
  /** The plane that later plans are about; `bytes` as of prediction tiles, [K, h, w]. */
  setPlane(bytes: Uint8Array, width: number, height: number): void
  /** What is painted there, for later plans; null for nothing, as after `setPlane`. */
  setPainted(painted: Uint32Array | null): void
  /** Undefined when a newer request came before this one was begun. Rejects with an `AskError`; then a plane is to be set. */
  make(plan: ObjectsPlan): Promise<Proposals | undefined>
  dispose(): void
}

interface Waiting {
  plan: ObjectsPlan
  settle: (found: Proposals | undefined) => void
  fail: (error: AskError) => void
}

const NOT_MADE =
  'The objects could not be made, perhaps for want of memory; close what you do not need, then try again.'

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
    return new Promise((settle, fail) => {
      this.#waiting = { plan, settle, fail }
      if (!this.#running) this.#next()
    })
  }

  dispose(): void {
    this.#end(({ settle }) => settle(undefined))
  }

  #start(): Worker {
    const worker = new Worker(new URL('./workers/objects-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<ObjectsAnswer>) => {
      if (data.ticket !== this.#ticket) return
      this.#running?.settle(data)
      this.#running = undefined
      if (this.#waiting) this.#next()
    }
    // It has lost the plane with the request: the next plane starts another.
    worker.onerror = () => this.#end(({ fail }) => fail(new AskError('objects-not-made', NOT_MADE)))
    return worker
  }

  #end(tell: (request: Waiting) => void): void {
    this.#worker?.terminate()
    this.#worker = undefined
    for (const request of [this.#running, this.#waiting]) if (request) tell(request)
    this.#running = this.#waiting = undefined
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
