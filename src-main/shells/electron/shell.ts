/**
 * The Electron shell: puts window, menu, dialogs, `app://` and the application core together, and decides nothing else.
 * A second start of the program hands its projects to the first one and ends.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, BrowserWindow, session, shell } from 'electron'
import { ensureSampleProject } from '../../core/session/sample-project.ts'
import { chooseNewProject, chooseProject } from './dialogs.ts'
import { logFaults } from './log.ts'
import { setMenu } from './menu.ts'
import { answerPages } from './pages.ts'
import { makeProject, projectsAmong } from './project.ts'
import { registerScheme, serveScheme } from './protocol.ts'
import { RecentProjects } from './recent.ts'
import { restrictContents, restrictSession } from './security.ts'
import { showWindow } from './window.ts'
import { Windows } from './windows.ts'

/** `dist/`, of a release and of a checkout alike. */
const built = join(import.meta.dirname, '..', '..', '..')

/** What Electron's first moments need; the rest follows when it is ready. */
export function runShell(given: readonly string[], from: string): void {
  /** Projects that the system asked for before there could be windows. */
  const asked = projectsAmong(given, from)
  registerScheme()
  app.setName('Cellbrush')
  app.enableSandbox()
  restrictContents(app)
  app.on('open-file', (event, path) => {
    event.preventDefault()
    asked.push(path)
  })
  if (app.requestSingleInstanceLock()) void app.whenReady().then(() => start(asked))
  else app.quit()
}

async function start(asked: readonly string[]): Promise<void> {
  const own = app.getPath('userData')
  mkdirSync(own, { recursive: true })
  const log = join(app.getPath('logs'), 'cellbrush.log')
  logFaults(log)
  const recent = new RecentProjects(join(own, 'recent.json'))
  const windows = new Windows({
    preload: join(built, 'preload', 'preload.cjs'),
    stateFile: join(own, 'window.json'),
    onOpened: (folder) => {
      recent.add(folder)
      updateMenu()
    },
  })

  restrictSession(session.defaultSession)
  const data = (project: string, path: string) => windows.readData(project, path)
  serveScheme(session.defaultSession, { pageFolder: join(built, 'renderer'), data })
  answerPages(windows, { newProject, openProject })
  updateMenu()
  app.on('open-file', (_event, path) => void windows.open(path))
  app.on('second-instance', (_event, argv, folder) => void openAll(projectsAmong(argv.slice(1), folder)))
  app.on('activate', () => void openAll([]))
  app.on('before-quit', (event) => windows.closeBeforeQuit(event))
  app.on('window-all-closed', () => {}) // else Electron would end before the projects are closed
  await openAll(asked)

  function openAll(folders: readonly string[]): Promise<void> {
    return windows.whileOpening(() => openOneOf(folders))
  }

  /** The projects asked for; without any the window there is, the last project, or the sample. */
  async function openOneOf(folders: readonly string[]): Promise<void> {
    const shown = windows.last
    if (folders.length === 0 && shown) return showWindow(shown)
    for (const folder of folders.length > 0 ? folders : recent.list().slice(0, 1)) await windows.open(folder)
    if (!windows.last) await openSample() // the first start, or what was asked for is damaged
    if (!windows.last) app.quit()
  }

  async function openSample(): Promise<void> {
    await windows.whileOpening(() => windows.telling(async () => windows.open(await ensureSampleProject())))
  }

  async function newProject(): Promise<void> {
    const folder = await chooseNewProject(BrowserWindow.getFocusedWindow())
    if (!folder) return
    await windows.telling(async () => {
      await makeProject(folder)
      await windows.open(folder)
    })
  }

  async function openProject(): Promise<void> {
    const folder = await chooseProject(BrowserWindow.getFocusedWindow())
    if (folder) await windows.open(folder)
  }

  function updateMenu(): void {
    setMenu(recent.list(), {
      newProject: () => void newProject(),
      openProject: () => void openProject(),
      openSample: () => void openSample(),
      open: (folder) => void windows.open(folder),
      clearRecent: () => {
        recent.clear()
        updateMenu()
      },
      showLog: () => shell.showItemInFolder(log),
      send: (command) => BrowserWindow.getFocusedWindow()?.webContents.send('command', command),
    })
  }
}
