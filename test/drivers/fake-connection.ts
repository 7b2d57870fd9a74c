/** A host in memory for tests of the window's state: answers what it is told to, sends events, loses the line. */

import {
  Connection,
  type DataRoot,
  type Dial,
  type LineEnd,
  type LineEvents,
} from '../../src-renderer/state/connection.ts'
import type {
  ApiEvent,
  ClientMessage,
  Handlers,
  ImageView,
  Method,
  ProjectView,
  RunView,
} from '../../src-shared/api.ts'

type Answers = { [M in Method]?: (params: Parameters<Handlers[M]>[0]) => unknown }

export class FakeHost {
  readonly connection: Connection
  /** Every request that reached the host, in order. */
  readonly asked: { method: Method; params: unknown }[] = []
  readonly aborted: number[] = []
  /** Uploaded files by name. */
  readonly uploads: string[] = []
  /** The file beside which each was put, by its id. */
  readonly besides: (string | undefined)[] = []
  readonly saved: string[] = []
  /** Bytes by address, for `data.get`. */
  readonly tiles = new Map<string, ArrayBuffer>()
  answers: Answers = {}
  /** Answers are kept back while this is set. */
  isSilent = false
  attempts = 0
  /** The project that the last attempt was for. */
  dialled: string | undefined
  /** The next attempts fail so. */
  refusesWith: 'lost' | 'refused' | null = null
  #line: LineEvents | null = null

  constructor(answers: Answers = {}) {
    this.answers = answers
    this.connection = new Connection(this.#dial, this.#data, 'window-1')
  }

  tell(event: ApiEvent): void {
    this.#line?.received({ event })
  }

  drop(why: LineEnd = 'lost'): void {
    this.#line?.closed(why)
    this.#line = null
  }

  readonly #dial: Dial = (events, project) => {
    this.attempts++
    this.dialled = project
    queueMicrotask(() => {
      if (this.refusesWith) return events.closed(this.refusesWith)
      this.#line = events
      events.opened()
    })
    return {
      send: (message) => void this.#receive(message, events),
      close: () => events.closed('lost'),
    }
  }

  readonly #data: DataRoot = {
    get: async (path) => {
      const bytes = this.tiles.get(path)
      if (!bytes) throw new Error(`nothing at ${path}`)
      return new Response(bytes)
    },
    upload: async (file, onProgress, _signal, beside) => {
      onProgress(1)
      this.uploads.push(file.name)
      this.besides.push(beside)
      return `upload-${file.name}`
    },
    save: async (download) => void this.saved.push(download),
  }

  async #receive(message: ClientMessage, line: LineEvents): Promise<void> {
    if ('abort' in message) {
      this.aborted.push(message.id)
      return
    }
    const { id, method, params } = message
    this.asked.push({ method, params })
    if (this.isSilent) return
    try {
      const answer = this.answers[method] as ((params: unknown) => unknown) | undefined
      if (!answer) throw { code: 'unknown', message: `the test has no answer to ${method}` }
      line.received({ id, ok: true, value: await answer(params) })
    } catch (error) {
      line.received({ id, ok: false, error: error as { code: string; message: string } })
    }
  }
}

/** Lets everything that waits for a promise go on. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

export const anImage = (id: number, changes: Partial<ImageView> = {}): ImageView => ({
  id,
  name: `image ${id}`,
  fileName: `image-${id}.tif`,
  width: 512,
  height: 512,
  channels: 1,
  sampleType: 'uint8',
  z: 1,
  t: 1,
  role: 'train',
  notes: '',
  isTrashed: false,
  isMissing: false,
  painted: 0,
  complete: 0,
  objects: 0,
  ...changes,
})

export const aRun = (id: string, changes: Partial<RunView> = {}): RunView => ({
  id,
  name: `Run ${id}`,
  preset: 'fast',
  createdAt: '2026-11-22T10:00:00.000Z',
  state: 'finished',
  step: 100,
  hasModel: true,
  ...changes,
})

export const aProject = (changes: Partial<ProjectView> = {}): ProjectView => ({
  name: 'Nuclei',
  notes: '',
  createdAt: '2026-11-22T09:00:00.000Z',
  folderId: 'folder-1',
  readOnly: false,
  classes: [{ id: 1, name: 'cell', colour: '#e69f00' }],
  images: [anImage(1), anImage(2), anImage(10)],
  runs: [],
  predictions: [],
  findings: [],
  isSample: false,
  ...changes,
})
