/** One thread beside the host for objects of whole planes: one job at a time, ended when nobody has needed it for long. */
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { Stopped } from '../job.ts'
import type { FillAnswer, FillJob, FillOfPart } from './proposed-objects-worker.ts'

/** An idle thread keeps the objects of the last plane this long, in milliseconds. */
const IDLE_MS = 30_000

export class ObjectThread {
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  readonly #closing = new AbortController()

  /** What is to be written; aborting ends the thread in the middle of its work. Throws the signal's reason, or `Stopped`. */
  fill(job: FillJob, signal: AbortSignal): Promise<FillOfPart> {
    const both = AbortSignal.any([signal, this.#closing.signal])
    const turn = this.#last.then(() => this.#run(job, both))
    this.#last = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    this.#closing.abort(new Stopped())
    await this.#last
    await this.#end()
  }

  #run(job: FillJob, signal: AbortSignal): Promise<FillOfPart> {
    clearTimeout(this.#idle)
    signal.throwIfAborted()
    this.#worker ??= start()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
        signal.removeEventListener('abort', stop)
        act()
      }
      const fail = (reason: unknown) => settle(() => void this.#end().then(() => reject(reason)))
      const stop = () => fail(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      worker.once('error', fail)
      worker.once('exit', () => fail(new Error('the thread for objects has ended')))
      worker.once('message', (answer: FillAnswer) =>
        settle(() => {
          this.#idle = setTimeout(() => void this.#end(), IDLE_MS)
          this.#idle.unref()
          if (answer.ok) resolve(answer)
          else reject(Object.assign(new Error(answer.message), { stack: answer.stack }))
        }),
      )
      worker.postMessage(job)
    })
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

function start(): Worker {
  const extension = path.extname(import.meta.url) // .ts in a checkout, .js in a release
  const worker = new Worker(new URL(`./proposed-objects-worker${extension}`, import.meta.url))
  worker.unref() // it must not keep the program alive
  return worker
}
