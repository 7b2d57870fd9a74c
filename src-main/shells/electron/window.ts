/** The window: how it is made, shown, and mended when its page stops. */
import { BrowserWindow, dialog, nativeTheme, type RenderProcessGoneDetails } from 'electron'
import { PAGE_ORIGIN, pageOrigin } from './security.ts'
import { LEAST_SIZE, readWindowState, saveWindowState } from './window-state.ts'

export interface WindowRequest {
  title: string
  /** Root of the project's binary tiles. */
  dataRoot: string
  /** Absolute path of the built preload, a CommonJS file. */
  preload: string
  /** Where the window's place is kept. */
  stateFile: string
}

/** The greys of the page, so that nothing flashes before it is drawn. */
const BACKGROUND = { dark: '#161616', light: '#f4f4f4' }

export function createWindow({ title, dataRoot, preload, stateFile }: WindowRequest): BrowserWindow {
  const { isMaximized, isFullScreen, ...bounds } = readWindowState(stateFile)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    title,
    show: false,
    fullscreen: isFullScreen,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      additionalArguments: [`--cellbrush-data=${dataRoot}`],
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false, // its dictionaries would come over the network
      backgroundThrottling: false, // a training curve goes on being drawn behind other windows
    },
  })
  if (isMaximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('page-title-updated', (event) => event.preventDefault())
  window.webContents.on('will-prevent-unload', (event) => event.preventDefault()) // every stroke is saved already
  window.on('close', () => saveWindowState(window, stateFile))
  mendWhenBroken(window)
  void window.loadURL(pageOrigin() === PAGE_ORIGIN ? `${PAGE_ORIGIN}/index.html` : `${pageOrigin()}/`)
  return window
}

/** Brings a window to the front, wherever it is. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** All that was painted is with the host, so a page that crashed or hangs can simply be loaded again. */
function mendWhenBroken(window: BrowserWindow): void {
  const { webContents } = window
  /** The next end of the page was asked for, and is nothing to ask about. */
  let isForced = false
  webContents.on('did-finish-load', () => {
    isForced = false // had the page gone by itself before, no end was told
  })
  webContents.on('render-process-gone', (_event, details) => {
    if (isForced) isForced = false
    else void afterCrash(window, details)
  })
  const loadAgain = (): void => {
    isForced = true
    webContents.forcefullyCrashRenderer() // reload alone waits for the page that hangs
    webContents.reload()
  }
  let waiting: AbortController | undefined
  window.on('responsive', () => waiting?.abort())
  window.on('unresponsive', () => {
    if (waiting && !waiting.signal.aborted) return // asked already
    waiting = new AbortController()
    void afterHang(window, waiting, loadAgain)
  })
}

async function afterCrash(window: BrowserWindow, { reason, exitCode }: RenderProcessGoneDetails): Promise<void> {
  if (reason === 'clean-exit' || window.isDestroyed()) return
  console.error(`The page ended: ${reason}, exit code ${exitCode}`)
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: reason === 'oom' ? 'The window ran out of memory.' : 'The window stopped working.',
    detail: 'Every finished stroke is saved, and a training that is under way goes on. Load the window again?',
    buttons: ['Load again', 'Close'],
    defaultId: 0,
    cancelId: 1,
  })
  if (window.isDestroyed()) return
  if (response === 0) window.webContents.reload()
  else window.destroy()
}

async function afterHang(window: BrowserWindow, waiting: AbortController, loadAgain: () => void): Promise<void> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    message: 'The window does not answer.',
    detail: 'Every finished stroke is saved. Wait a little, or load the window again.',
    buttons: ['Wait', 'Load again'],
    defaultId: 0,
    cancelId: 0,
    signal: waiting.signal,
  })
  const isOver = waiting.signal.aborted || window.isDestroyed()
  waiting.abort()
  if (!isOver && response === 1) loadAgain()
}
