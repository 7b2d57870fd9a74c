/** Training batches, made in a thread beside the one that drives the device, so that neither waits for the other. */
import { Worker } from 'node:worker_threads'
import type { WireError } from '../../src-shared/engine-api.ts'
import { AppError, type ErrorCode, FAILURES } from '../../src-shared/errors.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import type { Batch } from '../../src-shared/sampler.ts'
import type { BatchesFromWorker } from './batches-worker.ts'

interface Pending {
  promise: Promise<Batch>
  resolve: (batch: Batch) => void
  reject: (error: Error) => void
  isMade: boolean
}

/** Batches of a run by step. The arrays of a batch belong to whoever asked: nothing else ever touches them. */
export class BatchSource {
  readonly #worker: Worker
  readonly #ahead: number
  readonly #pending = new Map<number, Pending>()
  #failure: Error | undefined

  /** `folder` is the run folder. `ahead` batches are made before they are asked for: each is held in memory. */
  constructor(folder: string, plan: RunPlan, { ahead = 2 }: { ahead?: number } = {}) {
    this.#ahead = ahead
    const file = import.meta.url.endsWith('.ts') ? './batches-worker.ts' : './batches-worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData: { folder, plan } })
    this.#worker.on('message', (message: BatchesFromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(asError(error)))
    this.#worker.on('exit', () => this.#fail(new Error('the thread that makes batches has ended')))
  }

  /**
   * The batch of a step. Steps are asked for in ascending order, from any first one; batches of earlier steps are
   * forgotten once made. Errors: 'not-ready' (nothing painted), and those of reading the run's files.
   */
  next(step: number): Promise<Batch> {
    if (this.#failure) return Promise.reject(this.#failure)
    for (const [earlier, { isMade }] of this.#pending) if (earlier < step && isMade) this.#pending.delete(earlier)
    for (let ahead = step; ahead <= step + this.#ahead; ahead++) this.#request(ahead)
    return this.#pending.get(step)!.promise
  }

  /** Ends the thread; batches still asked for are rejected. */
  async close(): Promise<void> {
    this.#fail(new Error('the source of batches was closed'))
    await this.#worker.terminate()
  }

  #request(step: number): void {
    if (this.#pending.has(step)) return
    const pending: Pending = { ...Promise.withResolvers<Batch>(), isMade: false }
    pending.promise.catch(() => {}) // one made ahead may fail before anybody waits for it
    this.#pending.set(step, pending)
    this.#worker.postMessage({ step })
  }

  #receive(message: BatchesFromWorker): void {
    if ('error' in message) {
      this.#fail(revived(message.error))
      return
    }
    const pending = this.#pending.get(message.step)
    if (!pending) return // closed meanwhile
    pending.isMade = true
    pending.resolve(message.batch)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(this.#failure)
    this.#pending.clear()
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

function revived({ code, of, message, stack }: WireError): Error {
  if (code in FAILURES) return new AppError(code as ErrorCode, of)
  const error = new Error(message)
  if (stack) error.stack = stack
  return error
}
