/** The engine's end of the pipe: requests in, events and answers out, any number at a time. */
import type { EngineApi, WireError } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { type AnswerFrame, encodeFrame, FrameReader } from '../../src-shared/frames.ts'
import { RESTART_CODE } from '../engine-errors.ts'

/** A handler throws this when only a new process can do what is asked. */
export class RestartNeeded extends Error {
  override readonly name = 'RestartNeeded'
}

type Method = keyof EngineApi

export interface CallContext<Event> {
  signal: AbortSignal
  onEvent: (event: Event) => void
  /** How many other calls are under way. */
  others: () => number
}

/** One function per method; `params` have not been checked yet. */
export type EngineHandlers = {
  [M in Method]: (params: unknown, context: CallContext<EngineApi[M]['event']>) => Promise<EngineApi[M]['result']>
}

export interface ServerOptions {
  handlers: EngineHandlers
  send: (frame: Uint8Array) => void
  /** After a failure that leaves the device in doubt: the process should end once its answers are written. */
  onDamage: () => void
}

/** How devices and libraries say that memory ran out; status 1 is oneDNN's word for it. */
const OUT_OF_MEMORY =
  /OOM when allocating|out of memory|RESOURCE_EXHAUSTED|Array buffer allocation failed|bad_alloc|an exception:\s*Status: 1,/i

/** Answers 'bug' for what no user can mend; `stack` then says where. */
export function asWireError(error: unknown): WireError {
  if (error instanceof AppError) return { code: error.code, of: error.of, message: error.message, stack: error.stack }
  if (error instanceof RestartNeeded) return { code: RESTART_CODE, of: {}, message: error.message }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (OUT_OF_MEMORY.test(message)) {
    const remedy = 'choose a smaller batch or patch, or close other programs'
    return { ...asWireError(new AppError('out-of-memory', { what: 'this network', remedy })), stack }
  }
  return { code: 'bug', of: {}, message, stack }
}

export class EngineServer {
  readonly #options: ServerOptions
  readonly #reader = new FrameReader()
  readonly #calls = new Map<number, AbortController>()

  constructor(options: ServerOptions) {
    this.#options = options
  }

  /** Says that requests are welcome. */
  begin(): void {
    this.#send({ ready: true })
  }

  /**
   * Bytes from the host.
   * @throws FrameError when they are not frames
   */
  push(chunk: Uint8Array): void {
    for (const message of this.#reader.push(chunk)) this.#take(message as Record<string, unknown>)
  }

  /** Answers all calls under way with this failure. */
  failAll(error: unknown): void {
    for (const id of this.#calls.keys()) this.#send({ id, ok: false, error: asWireError(error) })
    this.#calls.clear()
  }

  #take(message: Record<string, unknown>): void {
    const { id, method, params, abort } = message
    if (typeof id !== 'number') console.error('a frame without id was ignored')
    else if (abort === true) this.#calls.get(id)?.abort()
    else if (this.#isNewCall(id, method)) void this.#call(id, method, params)
    else this.#send({ id, ok: false, error: asWireError(new Error(`no call "${String(method)}" with id ${id}`)) })
  }

  #isNewCall(id: number, method: unknown): method is Method {
    return typeof method === 'string' && Object.hasOwn(this.#options.handlers, method) && !this.#calls.has(id)
  }

  async #call(id: number, method: Method, params: unknown): Promise<void> {
    const controller = new AbortController()
    this.#calls.set(id, controller)
    const context: CallContext<unknown> = {
      signal: controller.signal,
      onEvent: (event) => this.#send({ id, event }),
      others: () => this.#calls.size - 1,
    }
    let answer: AnswerFrame
    try {
      answer = { id, ok: true, value: await this.#handler(method)(params, context) }
    } catch (error) {
      answer = { id, ok: false, error: asWireError(error) }
      if (answer.error.code === 'bug' && !controller.signal.aborted) console.error(error)
    }
    if (!this.#calls.delete(id)) return // answered by failAll
    this.#send(answer)
    if ('error' in answer && this.#isDamage(answer.error.code)) this.#options.onDamage()
  }

  /** Each handler knows the type of its own events; here they are only passed on. */
  #handler(method: Method): (params: unknown, context: CallContext<unknown>) => Promise<unknown> {
    return this.#options.handlers[method] as never
  }

  #isDamage(code: string): boolean {
    return code === 'engine-lost' || (code === 'out-of-memory' && this.#calls.size === 0)
  }

  #send(frame: AnswerFrame): void {
    this.#options.send(encodeFrame(frame))
  }
}
