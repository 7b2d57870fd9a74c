/** Asks the worker of the Results moment. */
import type { ResultsAnswer, ResultsRequest } from '../workers/results-worker.ts'
import type { JobName, JobParams, JobResult } from './jobs.ts'

export interface Computer {
  /** Rejects when the computation failed: a bug, or too little memory. */
  do<N extends JobName>(name: N, params: JobParams<N>): Promise<JobResult<N>>
  dispose(): void
}

interface Waiting {
  resolve: (value: never) => void
  reject: (error: Error) => void
}

/** Starts its worker with the first job, and a new one after a failure. */
export class WorkerComputer implements Computer {
  #worker: Worker | undefined
  #ticket = 0
  readonly #waiting = new Map<number, Waiting>()

  do<N extends JobName>(name: N, params: JobParams<N>): Promise<JobResult<N>> {
    this.#worker ??= this.#start()
    const ticket = ++this.#ticket
    const request = { ticket, name, params } as ResultsRequest
    return new Promise<JobResult<N>>((resolve, reject) => {
      this.#waiting.set(ticket, { resolve: resolve as Waiting['resolve'], reject })
      this.#worker?.postMessage(request)
    })
  }

  dispose(): void {
    this.#end('The window is being closed.')
  }

  #start(): Worker {
    const worker = new Worker(new URL('../workers/results-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data: { ticket, value } }: MessageEvent<ResultsAnswer>) => {
      this.#waiting.get(ticket)?.resolve(value as never)
      this.#waiting.delete(ticket)
    }
    worker.onerror = () => this.#end('This could not be computed; there may be too little memory. Try again.')
    return worker
  }

  #end(sentence: string): void {
    this.#worker?.terminate()
    this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new Error(sentence))
    this.#waiting.clear()
  }
}
