/**
 * The window's end of the contract: typed requests with answers, events, and binary tiles. What carries them (a
 * WebSocket to the local server, or a MessagePort of Electron) is a `Dial`; everything else is the same for both.
 */
import type { ApiEvent, ClientMessage, Method, Params, Result, ServerMessage } from '../../src-shared/api.ts'
import type { DesktopBridge } from '../../src-shared/desktop.ts'
import { AskError, lostAnswer, refusal, rejection } from './ask-error.ts'
import { CAN_RESEND } from './resending.ts'

/** 'elsewhere': another project is served here now; what was asked is for nobody, and this window must be loaded anew. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused' | 'elsewhere'
/** Why a line was closed. */
export type LineEnd = 'lost' | 'refused' | 'rejected' | 'elsewhere'

/** One attempt at a line to the host. */
export interface Line {
  send(message: ClientMessage): void
  close(): void
}
export interface LineEvents {
  opened(): void
  received(message: ServerMessage): void
  /**
   * Called once. 'refused': another attempt would be refused too; 'rejected': what was sent could not be taken, and
   * must not be sent again; 'elsewhere': the host has another project than the one that was dialled for.
   */
  closed(why: LineEnd): void
}
/** `project` (src-shared/project-key.ts) is the only one that the line may lead to. */
export type Dial = (events: LineEvents, project?: string) => Line

/** Where tiles and thumbnails come from, and how files go in and out; `path` is what `data-urls.ts` makes. */
export interface DataRoot {
  get(path: string, init?: RequestInit): Promise<Response>
  /** Under Electron: its dialogs and drops take the place of uploads. */
  desktop?: DesktopBridge
  /**
   * Hands a file to the host and answers the id that `import.start` wants. `beside` is such an id of a file that lay in the
   * same folder: what belongs together by name is found together.
   */
  upload(file: File, onProgress: (share: number) => void, signal?: AbortSignal, beside?: string): Promise<string>
  /** Puts what `export.start` made where the person wants it. */
  save(download: string): Promise<void>
}

/** Milliseconds before each further attempt; the last one is repeated. */
const BACK_OFF_MS = [250, 500, 1000, 2000, 5000]

interface Pending {
  message: ClientMessage & { method: Method }
  isSent: boolean
  answer: (value: unknown) => void
  fail: (error: Error) => void
}

export interface AskOptions {
  signal?: AbortSignal
  /** The host answers this request when it is stopped, too, with how far it came: that is waited for. */
  answersStop?: boolean
}

export interface Asking {
  ask<M extends Method>(method: M, params: Params<M>, options?: AskOptions): Promise<Result<M>>
}

export class Connection implements Asking {
  readonly data: DataRoot
  /** How events name this window. */
  readonly client: string
  /** What this window shows, once it knows: from then on no other project gets what is asked here. */
  project: string | undefined
  readonly #dial: Dial
  readonly #pending = new Map<number, Pending>()
  readonly #eventListeners = new Set<(event: ApiEvent) => void>()
  readonly #stateListeners = new Set<(state: ConnectionState) => void>()
  #line: Line | null = null
  #state: ConnectionState = 'connecting'
  #nextId = 1
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(dial: Dial, data: DataRoot, client: string) {
    this.#dial = dial
    this.data = data
    this.client = client
    this.#connect()
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Sends a request; waits for the line to come back where it is lost. Rejects with an `AskError`, or the signal's reason. */
  ask<M extends Method>(method: M, params: Params<M>, { signal, answersStop }: AskOptions = {}): Promise<Result<M>> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const id = this.#nextId++
    return new Promise<Result<M>>((resolve, reject) => {
      const abort = () => {
        const waiting = this.#pending.get(id)
        if (!waiting) return
        const isHeard = waiting.isSent && this.#state === 'open'
        if (isHeard) this.#line?.send({ id, abort: true })
        if (isHeard && answersStop) return
        this.#pending.delete(id)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      const settle = () => {
        this.#pending.delete(id)
        signal?.removeEventListener('abort', abort)
      }
      const pending: Pending = {
        message: { id, method, params },
        isSent: false,
        answer: (value) => {
          settle()
          resolve(value as Result<M>)
        },
        fail: (error) => {
          settle()
          reject(error)
        },
      }
      this.#pending.set(id, pending)
      if (this.#state === 'refused') pending.fail(refusal())
      else if (this.#state === 'open') this.#send(pending)
    })
  }

  /** Hears every event; answers how to stop. */
  onEvent(listener: (event: ApiEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  /** Hears every change of state, and the present one at once. */
  onState(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener)
    listener(this.#state)
    return () => this.#stateListeners.delete(listener)
  }

  /** Tries again now instead of after the back-off, or instead of never where another project was served. */
  retry(): void {
    if (this.#state !== 'lost' && this.#state !== 'elsewhere') return
    clearTimeout(this.#timer)
    this.#connect()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#eventListeners.clear()
    this.#stateListeners.clear()
    const line = this.#line
    this.#line = null
    line?.close()
  }

  #connect(): void {
    let isMine = true
    const mine = (act: () => void) => () => {
      if (isMine) act()
    }
    this.#line = this.#dial(
      {
        opened: mine(() => this.#opened()),
        received: (message) => {
          if (isMine) this.#received(message)
        },
        closed: (why) => {
          if (!isMine) return
          isMine = false
          if (this.#line) this.#closed(why)
        },
      },
      this.project,
    )
  }

  #opened(): void {
    this.#attempt = 0
    this.#setState('open') // who hears of it may ask at once
    for (const pending of [...this.#pending.values()]) if (!pending.isSent) this.#send(pending)
  }

  #send(pending: Pending): void {
    pending.isSent = true
    this.#line?.send(pending.message)
  }

  #received(message: ServerMessage): void {
    if ('event' in message) {
      for (const listener of this.#eventListeners) listener(message.event)
      return
    }
    const pending = this.#pending.get(message.id)
    if (!pending) return // given up meanwhile
    if (message.ok) pending.answer(message.value)
    else pending.fail(new AskError(message.error.code, message.error.message))
  }

  #closed(why: LineEnd): void {
    this.#line = null
    if (why === 'elsewhere') {
      for (const pending of this.#pending.values()) pending.isSent = false // nothing of it was heard
      this.#setState(why)
      return
    }
    for (const pending of [...this.#pending.values()]) {
      if (why === 'refused') pending.fail(refusal())
      else if (pending.isSent && why === 'rejected') pending.fail(rejection())
      else if (pending.isSent && !CAN_RESEND[pending.message.method]) pending.fail(lostAnswer())
      else pending.isSent = false
    }
    this.#setState(why === 'refused' ? 'refused' : 'lost')
    if (why === 'refused') return
    const wait = BACK_OFF_MS[Math.min(this.#attempt++, BACK_OFF_MS.length - 1)]
    this.#timer = setTimeout(() => this.#connect(), wait)
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#stateListeners) listener(state)
  }
}
