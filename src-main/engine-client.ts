/**
 * The host's end of the engine: starts the engine process at the first call, passes calls to it, notices when it dies
 * and starts it again at the next call. One client per window, server or command.
 */
import type { EngineApi } from '../src-shared/engine-api.ts'
import { AppError, type ErrorCode } from '../src-shared/errors.ts'
import { type AnswerFrame, encodeFrame } from '../src-shared/frames.ts'
import { EngineChild, type EngineChildOptions } from './engine-child.ts'
import { asError, RESTART_CODE } from './engine-errors.ts'

/** How long an aborted call may take to end by itself, and the process after `close`, in milliseconds. */
const GRACE_MS = 10_000

/** Upon these the engine ends when it has nothing else to do (`serve.ts`). */
const ENDING_CODES: ReadonlySet<string> = new Set<ErrorCode>(['engine-lost', 'out-of-memory'])

type Method = keyof EngineApi

export interface EngineClientOptions extends Omit<EngineChildOptions, 'onFrame' | 'onExit'> {
  graceMs?: number
}

export interface CallOptions<Event> {
  signal?: AbortSignal
  onEvent?: (event: Event) => void
}

interface Call {
  method: Method
  params: unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  onEvent: ((event: never) => void) | undefined
  signal: AbortSignal | undefined
}

export class EngineClient {
  readonly #options: EngineClientOptions
  readonly #calls = new Map<number, Call>()
  #child: EngineChild | undefined
  #lastId = 0
  #isClosed = false

  constructor(options: EngineClientOptions = {}) {
    this.#options = options
  }

  /** A client whose process starts with the first call. */
  static start(options: EngineClientOptions = {}): EngineClient {
    return new EngineClient(options)
  }

  /** The engine's process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * One request. Rejects with the engine's AppError, with AppError 'engine-lost' when the process dies, with a plain
   * Error for a bug in it, and with the signal's reason when aborted: once the engine has let go, or after the grace.
   */
  call<M extends Method>(
    method: M,
    params: EngineApi[M]['params'],
    { signal, onEvent }: CallOptions<EngineApi[M]['event']> = {},
  ): Promise<EngineApi[M]['result']> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#isClosed) return Promise.reject(new Error('the engine client is closed'))
    return new Promise((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#send(++this.#lastId, { method, params, signal, onEvent: onEvent as Call['onEvent'], ...settle })
    })
  }

  /** Ends the process: by the end of its input, and by force after the grace. Calls under way are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#rejectAll(new AppError('engine-lost', { reason: 'Cellbrush is closing' }))
    await this.#child?.end(this.#graceMs)
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? GRACE_MS
  }

  #send(id: number, call: Call): void {
    this.#calls.set(id, call)
    call.signal?.addEventListener('abort', () => this.#abort(id), { once: true })
    try {
      this.#child ??= this.#spawn()
      this.#child.write(encodeFrame({ id, method: call.method, params: call.params }))
    } catch (error) {
      this.#calls.delete(id)
      call.reject(error)
    }
  }

  #spawn(): EngineChild {
    const child = new EngineChild({
      ...this.#options,
      onFrame: (frame) => this.#take(frame),
      onExit: (reason) => {
        if (this.#child !== child) return // already replaced
        this.#child = undefined
        this.#rejectAll(new AppError('engine-lost', { reason }))
      },
    })
    return child
  }

  #take(frame: AnswerFrame): void {
    if ('ready' in frame) return
    const call = this.#calls.get(frame.id)
    if (!call) return // aborted, or answered already
    if ('event' in frame) {
      call.onEvent?.(frame.event as never)
      return
    }
    if (!frame.ok && frame.error.code === RESTART_CODE) {
      this.#restart(frame.id, call)
      return
    }
    this.#calls.delete(frame.id)
    if (!frame.ok && ENDING_CODES.has(frame.error.code) && this.#calls.size === 0) this.#leaveChild()
    if (call.signal?.aborted) call.reject(call.signal.reason)
    else if (frame.ok) call.resolve(frame.value)
    else call.reject(asError(frame.error))
  }

  /** The same call in a new process; the old one had nothing else to do. */
  #restart(id: number, call: Call): void {
    this.#leaveChild()
    this.#calls.delete(id)
    this.#send(++this.#lastId, call)
  }

  /** A process that ends by itself, with nothing else to do: the next call would meet its end, so it gets another one. */
  #leaveChild(): void {
    void this.#child?.end(this.#graceMs)
    this.#child = undefined
  }

  #abort(id: number): void {
    if (!this.#calls.has(id)) return
    this.#child?.write(encodeFrame({ id, abort: true }))
    setTimeout(() => this.#giveUp(id), this.#graceMs).unref()
  }

  /** The engine did not let go of an aborted call. It is ended only when it does nothing else. */
  #giveUp(id: number): void {
    const call = this.#calls.get(id)
    if (!call) return
    this.#calls.delete(id)
    if (this.#calls.size === 0) {
      this.#child?.kill()
      this.#child = undefined // its end is told later than the next call may come
    }
    call.reject(call.signal?.reason)
  }

  #rejectAll(error: AppError): void {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const { signal, reject } of calls) reject(signal?.aborted ? signal.reason : error)
  }
}
