/** The open projects, each in a window of its own: opened once, closed in order, found by who asks. */
import { resolve } from 'node:path'
import { app, BrowserWindow, type Event } from 'electron'
import { AppError } from '../../../src-shared/errors.ts'
import { sayFailure } from '../../core/session/failures.ts'
import { tell } from './dialogs.ts'
import { OpenProject } from './project.ts'
import { projectName } from './recent.ts'
import { DATA_ORIGIN } from './security.ts'
import { createWindow, showWindow, type WindowRequest } from './window.ts'

interface WindowsOptions extends Pick<WindowRequest, 'preload' | 'stateFile'> {
  onOpened(folder: string): void
}

export interface Opened {
  window: BrowserWindow
  project: OpenProject
}

export class Windows {
  readonly #options: WindowsOptions
  /** By the id of the window's page. */
  readonly #opened = new Map<number, Opened>()
  /** By folder: projects whose window is gone and whose work is being ended. */
  readonly #closing = new Map<string, Promise<void>>()
  /** One opening at a time, so that none is opened twice. */
  #opening: Promise<void> = Promise.resolve()
  /** What may still bring a window, messages about it included. */
  #openings = 0
  #isQuitting = false

  constructor(options: WindowsOptions) {
    this.#options = options
  }

  /** The window opened last. */
  get last(): BrowserWindow | undefined {
    return [...this.#opened.values()].at(-1)?.window
  }

  /** Opens a project in a new window, or shows the window that it has. What goes wrong is told in a dialog. */
  open(folder: string): Promise<void> {
    this.#opening = this.#opening.then(() => this.telling(() => this.#open(resolve(folder))))
    return this.whileOpening(() => this.#opening)
  }

  /** Keeps the program while something may still bring a window; without any, it ends as after the last one. */
  async whileOpening(act: () => Promise<void>): Promise<void> {
    this.#openings++
    try {
      await act()
    } finally {
      this.#openings--
      this.#quitAfterLast()
    }
  }

  /** Does something, and tells in one sentence what went wrong with it. */
  async telling(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof AppError)) console.error(error)
      await tell(BrowserWindow.getFocusedWindow(), sayFailure(error).message)
    }
  }

  /** The project of the window that asks. */
  of(pageId: number): Opened {
    const found = this.#opened.get(pageId)
    if (!found) throw new Error('This window has no project')
    return found
  }

  /** A binary tile of an open project. */
  async readData(projectId: string, path: string): Promise<Response> {
    const found = [...this.#opened.values()].find(({ project }) => project.id === projectId)
    return found ? found.project.data(path) : new Response(null, { status: 404 })
  }

  /** Work under way keeps what it has, and locks are given back, before the program ends. */
  closeBeforeQuit(event: Pick<Event, 'preventDefault'>): void {
    if (this.#opened.size + this.#closing.size === 0) return
    event.preventDefault()
    this.#isQuitting = true
    for (const { window } of this.#opened.values()) window.close()
  }

  async #open(folder: string): Promise<void> {
    await this.#closing.get(folder)
    const known = [...this.#opened.values()].find(({ project }) => project.folder === folder)
    if (known) return showWindow(known.window)
    const project = await OpenProject.open(folder)
    const { preload, stateFile, onOpened } = this.#options
    const dataRoot = `${DATA_ORIGIN}/${project.id}/`
    const window = createWindow({ title: `${projectName(folder)} – Cellbrush`, dataRoot, preload, stateFile })
    const pageId = window.webContents.id // not to be asked for once the window is gone
    this.#opened.set(pageId, { window, project })
    window.once('closed', () => this.#close(pageId, project))
    onOpened(folder)
  }

  #close(pageId: number, project: OpenProject): void {
    this.#opened.delete(pageId)
    const end = project.close().catch((error: unknown) => console.error(error))
    const isOver = end.then(() => {
      this.#closing.delete(project.folder)
      this.#quitAfterLast()
    })
    this.#closing.set(project.folder, isOver)
  }

  /** Who quits does not wait for an opening; who closes the last window may have started the program again. */
  #quitAfterLast(): void {
    if (this.#opened.size + this.#closing.size > 0) return
    if (this.#isQuitting || (this.#openings === 0 && process.platform !== 'darwin')) app.quit()
  }
}
