/** One project as a window has it: the core's session with its engine, the ports of its page, its tiles and files. */
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { MessagePortMain } from 'electron'
import type { OfferedFile } from '../../../src-shared/desktop.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { createProject } from '../../core/projects.ts'
import { NotAMessage, SessionConnection } from '../../core/session/dispatch.ts'
import { sayFailure } from '../../core/session/failures.ts'
import { Session } from '../../core/session/session.ts'
import { EngineClient } from '../../engine-client.ts'
import { Awake } from './awake.ts'

export class OpenProject {
  /** Stands in the addresses of its tiles: another opening has another one, so no cache can mix them up. */
  readonly id = randomUUID()
  /** Absolute. */
  readonly folder: string
  readonly #session: Session
  readonly #engine: EngineClient
  readonly #awake = new Awake()

  /** Read-only where another program has it. Errors: 'project-missing', 'project-newer', 'project-damaged' … */
  static async open(folder: string): Promise<OpenProject> {
    const engine = new EngineClient({ onLog: (text) => console.warn(text.trimEnd()) })
    return new OpenProject(folder, await Session.open(folder, { engine, program: 'Cellbrush' }), engine)
  }

  private constructor(folder: string, session: Session, engine: EngineClient) {
    this.folder = resolve(folder)
    this.#session = session
    this.#engine = engine
    session.subscribe((event) => this.#awake.hear(event))
  }

  /** Answers a page over its port until that closes; `client` is how events name the page. */
  connect(port: MessagePortMain, client: string): void {
    const connection = new SessionConnection(this.#session, {
      client,
      send: (message) => port.postMessage(message),
      onBug: (error, method) => console.error(`${method}:`, error),
    })
    port.on('message', ({ data }) => {
      try {
        connection.receive(data)
      } catch (error) {
        if (!(error instanceof NotAMessage)) throw error
        console.error('A page was not listened to any longer:', error.message)
        port.close()
      }
    })
    port.once('close', () => connection.close())
    port.start()
  }

  /** A binary tile; `path` as data-urls.ts makes it. What is wrong with it is told as an ApiError. */
  async data(path: string): Promise<Response> {
    try {
      const tile = await this.#session.tiles.read(path)
      if (!tile) return Response.json({ code: 'refused', message: 'There is no such tile.' }, { status: 404 })
      const revision: Record<string, string> = tile.revision === undefined ? {} : { 'x-revision': `${tile.revision}` }
      // The page keeps the tiles it wants; a copy in Electron's cache would only take room.
      const headers = { 'content-type': tile.contentType, 'cache-control': 'no-store', ...revision }
      return new Response(tile.bytes as Uint8Array<ArrayBuffer>, { headers })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return Response.json(sayFailure(error), { status: 404 })
    }
  }

  /** Lets the page import a file or folder of this machine, by an id. */
  offer(path: string): OfferedFile {
    return { id: this.#session.files.offer(path), name: basename(path) }
  }

  /** A finished export by the address that `export.start` answered. Errors: 'file-missing'. */
  download(address: string): { path: string; name: string } {
    const found = this.#session.files.download(address.split('/').at(-1)!)
    if (!found) throw new AppError('file-missing', { path: address })
    return found
  }

  /** Ends what is under way; a training keeps what it has learnt. */
  async close(): Promise<void> {
    try {
      await this.#session.close()
      await this.#engine.close()
    } finally {
      this.#awake.end()
    }
  }
}

/** An empty project with one class. Errors: 'project-exists', 'not-writable', 'disk-full'. */
export async function makeProject(folder: string): Promise<void> {
  await createProject(folder)
}

/** Absolute folders of the projects among paths or arguments of the program: folders, or the database in one. */
export function projectsAmong(given: readonly string[], from: string): string[] {
  return given
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => resolve(from, argument))
    .map((path) => (basename(path) === 'project.db' ? dirname(path) : path))
    .filter((path) => existsSync(join(path, 'project.db')) || isNamedLikeOne(path))
}

/** Said to be missing or damaged when it is opened, which is better than silence. */
const isNamedLikeOne = (path: string): boolean =>
  /\.cellbrush$/i.test(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() !== false
