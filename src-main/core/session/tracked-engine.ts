/** The engine of a session, with its state told to every window: idle, busy, lost. */
import type { ApiEvent } from '../../../src-shared/api.ts'
import type { EngineApi } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { CallOptions, Engine } from '../engine.ts'
import { sayFailure } from './failures.ts'

type EngineEvent = Extract<ApiEvent, { type: 'engine' }>

const LABELS: Partial<Record<keyof EngineApi, string>> = {
  devices: 'Looking at devices',
  train: 'Training',
  predict: 'Predicting',
}

export class TrackedEngine implements Engine {
  readonly #engine: Engine
  readonly #emit: (event: EngineEvent) => void
  readonly #calls: (keyof EngineApi)[] = []
  #last: EngineEvent = { type: 'engine', state: 'idle' }

  constructor(engine: Engine, emit: (event: EngineEvent) => void) {
    this.#engine = engine
    this.#emit = emit
  }

  /** For a window that has just come. */
  get state(): EngineEvent {
    return this.#last
  }

  async call<Method extends keyof EngineApi>(
    method: Method,
    params: EngineApi[Method]['params'],
    options?: CallOptions<EngineApi[Method]['event']>,
  ): Promise<EngineApi[Method]['result']> {
    if (!(method in LABELS)) return this.#engine.call(method, params, options)
    this.#calls.push(method)
    this.#tell()
    let lost: unknown
    try {
      return await this.#engine.call(method, params, options)
    } catch (error) {
      if (error instanceof AppError && error.code === 'engine-lost') lost = error
      throw error
    } finally {
      this.#calls.splice(this.#calls.indexOf(method), 1)
      if (lost === undefined) this.#tell()
      else this.#say({ type: 'engine', state: 'lost', message: sayFailure(lost).message })
    }
  }

  #tell(): void {
    const method = this.#calls.at(-1)
    const label = method && LABELS[method]
    this.#say(label ? { type: 'engine', state: 'busy', label } : { type: 'engine', state: 'idle' })
  }

  #say(event: EngineEvent): void {
    if (JSON.stringify(event) === JSON.stringify(this.#last)) return
    this.#last = event
    this.#emit(event)
  }
}
