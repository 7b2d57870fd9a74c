/** The shells that a walk goes through: written once, it is taken in each of them. */
import { readFile } from 'node:fs/promises'
import { describe } from 'vitest'
import type { Method, Params, Result } from '../../src-shared/api.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { Desk, type Shell } from './desk.ts'
import { doubledShell } from './desktop-double.ts'
import { electronShell } from './electron.ts'
import { Browsing, Serving, type WorkWindow } from './workstation.ts'

/** `cellbrush serve`, and Chromium in front of it. */
class BrowserDesk extends Desk {
  readonly #browsing: Browsing
  readonly #project: string
  #serving: Serving
  #window: WorkWindow

  static async open(project: string): Promise<Desk> {
    const browsing = await Browsing.start()
    const serving = await Serving.start(project)
    return new BrowserDesk(project, browsing, serving, await browsing.open(serving.url))
  }

  private constructor(project: string, browsing: Browsing, serving: Serving, window: WorkWindow) {
    super()
    this.#project = project
    this.#browsing = browsing
    this.#serving = serving
    this.#window = window
  }

  get window(): WorkWindow {
    return this.#window
  }
  get hostPid(): number {
    return this.#serving.child.pid!
  }

  ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#serving.ask(method, params)
  }
  data(address: string): Promise<Buffer> {
    return this.#serving.data(address)
  }

  async restart(): Promise<WorkWindow> {
    await this.#window.close()
    await this.#serving.stop()
    this.#serving = await Serving.start(this.#project)
    this.#window = await this.#browsing.open(this.#serving.url)
    return this.#window
  }

  async chooseFiles(files: readonly string[], open: () => Promise<unknown>): Promise<void> {
    const [chooser] = await Promise.all([this.#window.page.waitForEvent('filechooser'), open()])
    await chooser.setFiles([...files])
  }

  async saved(save: () => Promise<unknown>): Promise<Buffer> {
    const [download] = await Promise.all([this.#window.page.waitForEvent('download'), save()])
    return readFile(await download.path())
  }

  async close(): Promise<void> {
    await this.#browsing.close()
    await this.#serving.stop()
  }
}

const browserShell: Shell = {
  title: `in a browser (skipped where ${WITHOUT_CHROMIUM})`,
  isAbsent: !chromiumPath(),
  open: BrowserDesk.open,
}

/** CELLBRUSH_E2E_DESKTOP=1 takes the walks through the page as Electron shows it, too; see desktop-double.ts. */
const SHELLS: readonly Shell[] = [
  browserShell,
  electronShell,
  ...(process.env.CELLBRUSH_E2E_DESKTOP === '1' ? [doubledShell] : []),
]

/** Declares a walk in each shell; where one is absent its tests are reported as skipped, with the reason. */
export function inEachShell(name: string, walk: (shell: Shell) => void): void {
  for (const shell of SHELLS) describe.skipIf(shell.isAbsent)(`${name} ${shell.title}`, () => walk(shell))
}
