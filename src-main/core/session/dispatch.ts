/**
 * One connection's messages, answered: the only way into the handlers. A shell carries the messages (WebSocket, message
 * port) and decides nothing; every payload is checked here by its schema.
 */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { ClientMessage, Handlers, Method, RequestContext, ServerMessage } from '../../../src-shared/api.ts'
import { clientMessageSchema, PARAMS } from '../../../src-shared/api-schemas.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { bare, sayFailure } from './failures.ts'
import { handlers } from './handlers.ts'
import type { Session } from './session.ts'

/** What does not change the project, and so may be asked while another program has it. */
const READS: ReadonlySet<Method> = new Set<Method>([
  'project.view',
  'image.range',
  'plane.view',
  'plane.objects',
  'plane.painted',
  'object.planes',
  'device.list',
  'training.readiness',
  'training.classWeights',
  'run.details',
  'run.previews',
  'prediction.objects',
  'import.forget',
  'import.browse',
  'export.start',
])

export interface ConnectionOptions {
  /** Id of the window; changes that it asked for carry it. */
  client: string
  send: (message: ServerMessage) => void
  /** Hears of bugs, with their stacks. */
  onBug?: (error: unknown, method: Method) => void
}

/** Thrown by `receive` for what is no message at all: the shell ends that connection. */
export class NotAMessage extends Error {
  override readonly name = 'NotAMessage'
}

/** The name that a window has chosen for itself, or another where it is no name. */
export const clientName = (wanted: unknown): string =>
  typeof wanted === 'string' && /^[\w-]{1,64}$/.test(wanted) ? wanted : randomUUID()

export class SessionConnection {
  readonly #session: Session
  readonly #options: ConnectionOptions
  readonly #handlers: Handlers
  readonly #requests = new Map<number, AbortController>()
  readonly #unsubscribe: () => void

  constructor(session: Session, options: ConnectionOptions) {
    this.#session = session
    this.#options = options
    this.#handlers = handlers(session)
    session.windows.arrive(options.client)
    this.#unsubscribe = session.subscribe((event) => options.send({ event }))
    for (const event of session.present()) options.send({ event })
  }

  /** Takes one message; throws `NotAMessage`. Answers are sent when they are there, in any order. */
  receive(message: unknown): void {
    const parsed = v.safeParse(clientMessageSchema, message)
    if (!parsed.success) throw new NotAMessage(parsed.issues[0].message)
    const { id, ...of } = parsed.output as ClientMessage
    if ('abort' in of) this.#requests.get(id)?.abort()
    else if (this.#requests.has(id)) throw new NotAMessage(`the request ${id} is under way`)
    else void this.#answer(id, of.method, of.params)
  }

  /** The line has ended: what was waited for is no longer wanted, what was started in the background goes on. */
  close(): void {
    this.#unsubscribe()
    this.#session.windows.leave(this.#options.client)
    for (const controller of this.#requests.values()) controller.abort()
  }

  async #answer(id: number, method: Method, params: unknown): Promise<void> {
    const controller = new AbortController()
    this.#requests.set(id, controller)
    let answer: ServerMessage
    try {
      const context = { client: this.#options.client, signal: controller.signal }
      answer = { id, ok: true, value: await this.#call(method, params, context) }
    } catch (error) {
      const isBug = !(error instanceof AppError) && !controller.signal.aborted && (error as Error)?.name !== 'Stopped'
      if (isBug) this.#options.onBug?.(error, method)
      answer = { id, ok: false, error: sayFailure(error) }
    }
    this.#requests.delete(id)
    this.#options.send(answer)
  }

  #call(method: Method, params: unknown, context: RequestContext): unknown {
    const checked = checkParams(method, params)
    const { store } = this.#session
    if (store.isReadOnly && !READS.has(method)) throw readOnlyFailure(this.#session)
    return (this.#handlers[method] as (params: unknown, context: RequestContext) => unknown)(checked, context)
  }
}

/** The parameters, checked and in their plain form. Errors: 'request-invalid' with the place and what was expected. */
export function checkParams(method: Method, params: unknown): unknown {
  const plain = Array.isArray(params) ? undefined : params // a list would pass for an object without keys
  const parsed = v.safeParse(PARAMS[method] as v.GenericSchema, plain)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  const place = v.getDotPath(issue) ?? 'the parameters'
  throw new AppError('request-invalid', { method, place, reason: bare(issue.message).slice(0, 300) })
}

function readOnlyFailure({ store }: Session): AppError {
  const holder = store.holder()
  if (!holder) return new AppError('not-writable', { path: store.folder })
  return new AppError('project-busy', { path: store.folder, holder: `${holder.program} on ${holder.host}` })
}
