/** The engine as the application sees it: src-main/engine-client.ts is one, tests have another. */
import type { EngineApi } from '../../src-shared/engine-api.ts'

export interface CallOptions<Event> {
  /** Aborting ends the call without an answer. */
  signal?: AbortSignal
  onEvent?: (event: Event) => void
}

export interface Engine {
  call<Method extends keyof EngineApi>(
    method: Method,
    params: EngineApi[Method]['params'],
    options?: CallOptions<EngineApi[Method]['event']>,
  ): Promise<EngineApi[Method]['result']>
}
