/** The workstation in Electron itself, driven by Playwright's `_electron`; its dialogs are answered before they open. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication } from 'playwright-core'
import { findElectron, whyNoWindow } from '../../scripts/electron-binary.mjs'
import { CHROMIUM_ARGUMENTS } from './chromium.ts'
import type { Desk, Shell } from './desk.ts'
import { PageDesk } from './page-desk.ts'
import { WorkWindow } from './workstation.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const MAIN = path.join(ROOT, 'dist/src-main/shells/electron/main.js')
/** The window that the walks measure with, as the browser's. */
const SIZE = { width: 1440, height: 900 }

/** Why Electron cannot be driven here, or undefined. */
export function electronObstacle(): string | undefined {
  if (!findElectron(ROOT)) return 'no Electron binary is installed, node_modules/electron/install.js fetches it'
  return whyNoWindow()
}

/** How Electron is started on a project, with a profile of its own. */
export function electronLaunch(executablePath: string, project: string, profile: string) {
  // Each point on the screen is a pixel of the page, whatever the screen.
  const switches = CHROMIUM_ARGUMENTS.filter((argument) => argument !== '--no-sandbox')
  const { ELECTRON_RUN_AS_NODE, NODE_OPTIONS, ...env } = process.env as Record<string, string>
  return {
    executablePath,
    args: [...switches, '--force-device-scale-factor=1', `--user-data-dir=${profile}`, MAIN, project],
    cwd: ROOT,
    env,
    timeout: 60_000,
  }
}

class ElectronDesk extends PageDesk {
  readonly #project: string
  readonly #profile = mkdtempSync(path.join(tmpdir(), 'cellbrush-electron-'))
  #application!: ElectronApplication
  #window!: WorkWindow

  static async open(project: string): Promise<Desk> {
    const desk = new ElectronDesk(project)
    await desk.#start()
    return desk
  }

  private constructor(project: string) {
    super()
    this.#project = project
  }

  get window(): WorkWindow {
    return this.#window
  }
  get hostPid(): number {
    return this.#application.process().pid!
  }

  async restart(): Promise<WorkWindow> {
    await this.#application.close()
    await this.#start()
    return this.#window
  }

  async chooseFiles(files: readonly string[], open: () => Promise<unknown>): Promise<void> {
    await this.#application.evaluate(
      ({ dialog }, filePaths) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths })
      },
      [...files],
    )
    await open()
  }

  async saved(save: () => Promise<unknown>): Promise<Buffer> {
    const file = path.join(this.#profile, 'saved')
    rmSync(file, { force: true })
    await this.#application.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath })
    }, file)
    await save()
    // It is renamed to its name when it is whole.
    while (!existsSync(file)) await this.#window.page.waitForTimeout(50)
    return readFileSync(file)
  }

  async close(): Promise<void> {
    await this.#application?.close()
    rmSync(this.#profile, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    this.#application = await _electron.launch(electronLaunch(findElectron(ROOT)!, this.#project, this.#profile))
    const page = await this.#application.firstWindow()
    page.setDefaultTimeout(20_000)
    await this.#application.evaluate(({ BrowserWindow }, { width, height }) => {
      BrowserWindow.getAllWindows()[0]!.setContentSize(width, height)
    }, SIZE)
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    this.#window = new WorkWindow(page)
  }
}

const obstacle = electronObstacle()

export const electronShell: Shell = {
  title: obstacle === undefined ? 'in Electron' : `in Electron (skipped: ${obstacle})`,
  isAbsent: obstacle !== undefined,
  open: ElectronDesk.open,
}
