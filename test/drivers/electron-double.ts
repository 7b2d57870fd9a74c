/**
 * A double of the `electron` module, as far as src-main/shells/electron uses it: what it is told is kept and can be
 * looked at, what Electron would do is done by the test (`emit`, `invoke`, queued answers of dialogs). Its classes
 * implement parts of Electron's own types, so that a call which Electron does not know does not compile.
 *
 * `vi.mock('electron', () => import('../../drivers/electron-double.ts'))`
 */
import { EventEmitter } from 'node:events'
import type * as Electron from 'electron'

/** An event that a handler may prevent. */
export class Preventable {
  defaultPrevented = false
  readonly preventDefault = (): void => {
    this.defaultPrevented = true
  }
}

class AppDouble
  extends EventEmitter
  implements
    Pick<
      Electron.App,
      | 'isPackaged'
      | 'getPath'
      | 'isReady'
      | 'whenReady'
      | 'requestSingleInstanceLock'
      | 'enableSandbox'
      | 'setName'
      | 'addRecentDocument'
      | 'clearRecentDocuments'
    >
{
  isPackaged = true
  userData = ''
  name = ''
  isFirst = true
  isSandboxed = false
  hasQuit = false
  recentDocuments: string[] = []
  #ready = Promise.withResolvers<void>()
  #isReady = false

  getPath(name: string): string {
    return `${this.userData}/${name === 'userData' ? '' : name}`.replace(/\/$/, '')
  }
  isReady(): boolean {
    return this.#isReady
  }
  whenReady(): Promise<void> {
    return this.#ready.promise
  }
  /** Electron has started. */
  becomeReady(): void {
    this.#isReady = true
    this.#ready.resolve()
  }
  requestSingleInstanceLock(): boolean {
    return this.isFirst
  }
  setName(name: string): void {
    this.name = name
  }
  enableSandbox(): void {
    this.isSandboxed = true
  }
  addRecentDocument(path: string): void {
    this.recentDocuments.push(path)
  }
  clearRecentDocuments(): void {
    this.recentDocuments = []
  }
  quit(): void {
    const event = new Preventable()
    this.emit('before-quit', event)
    if (!event.defaultPrevented) this.hasQuit = true
  }
  reset(): void {
    this.removeAllListeners()
    this.isPackaged = true
    this.isFirst = true
    this.isSandboxed = false
    this.hasQuit = false
    this.recentDocuments = []
    this.#ready = Promise.withResolvers<void>()
    this.#isReady = false
  }
}
export const app = new AppDouble()

class IpcDouble extends EventEmitter implements Pick<Electron.IpcMain, 'handle'> {
  readonly handlers = new Map<string, (event: Electron.IpcMainInvokeEvent, ...given: unknown[]) => unknown>()

  handle(channel: string, handler: (event: Electron.IpcMainInvokeEvent, ...given: unknown[]) => unknown): void {
    this.handlers.set(channel, handler)
  }
  /** What a page's `ipcRenderer.invoke` would answer. */
  async invoke(channel: string, event: SenderEvent, ...given: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (!handler) throw new Error(`No handler for ${channel}`)
    return handler(event as unknown as Electron.IpcMainInvokeEvent, ...given)
  }
}
export const ipcMain = new IpcDouble()

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0]
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0]
type DeviceHandler = Parameters<Electron.Session['setDevicePermissionHandler']>[0]
type BeforeRequest = (
  details: Electron.OnBeforeRequestListenerDetails,
  answer: (response: Electron.CallbackResponse) => void,
) => void

class SessionDouble
  extends EventEmitter
  implements
    Pick<Electron.Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>
{
  permissionRequest: RequestHandler = null
  permissionCheck: CheckHandler = null
  devicePermission: DeviceHandler = null
  beforeRequest: BeforeRequest | undefined
  readonly schemes = new Map<string, (request: Request) => Response | Promise<Response>>()
  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest): void => {
      this.beforeRequest = listener
    },
  }
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>): void => {
      this.schemes.set(scheme, handler)
    },
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.permissionRequest = handler
  }
  setPermissionCheckHandler(handler: CheckHandler): void {
    this.permissionCheck = handler
  }
  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.devicePermission = handler
  }
  /** Whether a request from a page would leave. */
  lets(url: string): boolean {
    let isCancelled: boolean | undefined
    this.beforeRequest?.({ url } as Electron.OnBeforeRequestListenerDetails, ({ cancel }) => {
      isCancelled = cancel
    })
    return isCancelled === false
  }
  /** A page's `fetch` of an address of a scheme. */
  async fetch(url: string): Promise<Response> {
    const handler = this.schemes.get(url.split(':')[0]!)
    if (!handler) throw new Error(`Nothing answers ${url}`)
    return handler({ url, method: 'GET' } as Request)
  }
}
export const session = { defaultSession: new SessionDouble() }

export const protocol = {
  schemes: [] as Electron.CustomScheme[],
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    this.schemes.push(...schemes)
  },
}

/** Who sends a message, as handlers see it. */
export interface SenderEvent {
  sender: { id: number }
  senderFrame: { url: string; parent: unknown; postMessage: Electron.WebFrameMain['postMessage'] } | null
}

let lastId = 0

export class WebContentsDouble
  extends EventEmitter
  implements
    Pick<Electron.WebContents, 'send' | 'reload' | 'undo' | 'redo' | 'setWindowOpenHandler' | 'forcefullyCrashRenderer'>
{
  readonly id = ++lastId
  readonly sent: unknown[][] = []
  /** Messages with ports, as the preload would hear them. */
  readonly posted: { channel: string; ports: MessagePortDouble[] }[] = []
  reloads = 0
  crashes = 0
  /** What was done to the text that has the focus. */
  readonly edits: string[] = []
  openHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined

  send(channel: string, ...given: unknown[]): void {
    this.sent.push([channel, ...given])
  }
  reload(): void {
    this.reloads++
  }
  undo(): void {
    this.edits.push('undo')
  }
  redo(): void {
    this.edits.push('redo')
  }
  /** As Electron does, it tells of the end that was asked for like of any other. */
  forcefullyCrashRenderer(): void {
    this.crashes++
    queueMicrotask(() => this.emit('render-process-gone', {}, { reason: 'killed', exitCode: 2 }))
  }
  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler
  }
  /** A message of this page; of another one where an address, or of a frame in it where a parent is given. */
  event({ url = 'app://cellbrush/index.html', parent = null as unknown } = {}): SenderEvent {
    const postMessage = (channel: string, _message: unknown, ports?: unknown[]): void => {
      this.posted.push({ channel, ports: (ports ?? []) as MessagePortDouble[] })
    }
    return { sender: this, senderFrame: { url, parent, postMessage } }
  }
  /** Whether the page may go to an address. */
  navigates(url: string, isMainFrame = true): boolean {
    const event = Object.assign(new Preventable(), { url, isMainFrame })
    this.emit('will-frame-navigate', event)
    return !event.defaultPrevented
  }
}

export class BrowserWindow
  extends EventEmitter
  implements
    Pick<
      Electron.BrowserWindow,
      | 'loadURL'
      | 'show'
      | 'focus'
      | 'restore'
      | 'isMinimized'
      | 'maximize'
      | 'isMaximized'
      | 'isFullScreen'
      | 'isDestroyed'
      | 'getNormalBounds'
      | 'destroy'
      | 'close'
    >
{
  static all: BrowserWindow[] = []
  static focused: BrowserWindow | null = null
  static getFocusedWindow(): BrowserWindow | null {
    return BrowserWindow.focused
  }

  readonly options: Electron.BrowserWindowConstructorOptions
  readonly webContents = new WebContentsDouble()
  readonly addresses: string[] = []
  isShown = false
  isMaximal = false
  isSmall = false
  isGone = false
  bounds: Electron.Rectangle

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super()
    this.options = options
    const { x = 0, y = 0, width = 800, height = 600 } = options
    this.bounds = { x, y, width, height }
    BrowserWindow.all.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(address: string): Promise<void> {
    this.addresses.push(address)
  }
  show(): void {
    this.isShown = true
  }
  focus(): void {
    BrowserWindow.focused = this
  }
  restore(): void {
    this.isSmall = false
  }
  isMinimized(): boolean {
    return this.isSmall
  }
  maximize(): void {
    this.isMaximal = true
  }
  isMaximized(): boolean {
    return this.isMaximal
  }
  isFullScreen(): boolean {
    return this.options.fullscreen ?? false
  }
  isDestroyed(): boolean {
    return this.isGone
  }
  getNormalBounds(): Electron.Rectangle {
    return this.bounds
  }
  close(): void {
    this.emit('close', new Preventable())
    this.destroy()
  }
  destroy(): void {
    this.isGone = true
    BrowserWindow.all = BrowserWindow.all.filter((other) => other !== this)
    if (BrowserWindow.focused === this) BrowserWindow.focused = null
    this.emit('closed')
    if (BrowserWindow.all.length === 0) app.emit('window-all-closed')
  }
}

/** Answers in the order in which they will be asked for; a dialog without one is cancelled. */
class DialogDouble {
  readonly asked: { kind: 'open' | 'save' | 'message'; window: unknown; options: Record<string, unknown> }[] = []
  paths: string[][] = []
  buttons: number[] = []

  async showOpenDialog(...given: unknown[]): Promise<Electron.OpenDialogReturnValue> {
    this.#note('open', given)
    const filePaths = this.paths.shift()
    return { canceled: !filePaths, filePaths: filePaths ?? [] }
  }
  async showSaveDialog(...given: unknown[]): Promise<Electron.SaveDialogReturnValue> {
    this.#note('save', given)
    const [filePath = ''] = this.paths.shift() ?? []
    return { canceled: filePath === '', filePath }
  }
  async showMessageBox(...given: unknown[]): Promise<Electron.MessageBoxReturnValue> {
    const { cancelId = 0, signal } = this.#note('message', given) as unknown as Electron.MessageBoxOptions
    const answer = this.buttons.shift()
    if (answer === undefined && signal) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return { response: answer ?? cancelId, checkboxChecked: false }
  }
  #note(kind: 'open' | 'save' | 'message', given: unknown[]): Record<string, unknown> {
    const options = given.at(-1) as Record<string, unknown>
    this.asked.push({ kind, window: given.length > 1 ? given[0] : undefined, options })
    return options
  }
  reset(): void {
    this.asked.length = 0
    this.paths = []
    this.buttons = []
  }
}
export const dialog = new DialogDouble()

type Template = Electron.MenuItemConstructorOptions[]
export const Menu = {
  current: [] as Template,
  buildFromTemplate: (template: Template): Template => template,
  setApplicationMenu(template: Template): void {
    this.current = template
  },
}

/** One end of a channel: what is posted at one arrives at the other once that has started. */
export class MessagePortDouble
  extends EventEmitter
  implements Pick<Electron.MessagePortMain, 'postMessage' | 'start' | 'close'>
{
  other: MessagePortDouble | undefined
  #waiting: unknown[] = []
  #isStarted = false

  postMessage(data: unknown): void {
    this.other?.take(structuredClone(data))
  }
  take(data: unknown): void {
    if (this.#isStarted) this.emit('message', { data, ports: [] })
    else this.#waiting.push(data)
  }
  start(): void {
    this.#isStarted = true
    for (const data of this.#waiting.splice(0)) this.take(data)
  }
  close(): void {
    this.emit('close')
    this.other?.emit('close')
  }
}
export class MessageChannelMain {
  readonly port1 = new MessagePortDouble()
  readonly port2 = new MessagePortDouble()
  constructor() {
    this.port1.other = this.port2
    this.port2.other = this.port1
  }
}

const PRIMARY: Electron.Rectangle = { x: 0, y: 0, width: 1920, height: 1040 }
export const screen = {
  areas: [PRIMARY],
  getAllDisplays: (): { workArea: Electron.Rectangle }[] => screen.areas.map((workArea) => ({ workArea })),
  getPrimaryDisplay: (): { workArea: Electron.Rectangle } => ({ workArea: screen.areas[0]! }),
  /** The one that shares most with a rectangle, else the nearest; as Electron does it. */
  getDisplayMatching: ({ x, y, width, height }: Electron.Rectangle): { workArea: Electron.Rectangle } => {
    const shared = (area: Electron.Rectangle): number => {
      const w = Math.min(x + width, area.x + area.width) - Math.max(x, area.x)
      const h = Math.min(y + height, area.y + area.height) - Math.max(y, area.y)
      return w > 0 && h > 0 ? w * h : Math.min(w, 0) + Math.min(h, 0)
    }
    return { workArea: screen.areas.toSorted((a, b) => shared(b) - shared(a))[0]! }
  },
}

export const nativeTheme = { shouldUseDarkColors: true }
export const shell = {
  shown: [] as string[],
  showItemInFolder(path: string): void {
    this.shown.push(path)
  },
}

/** The preload's side. */
export const contextBridge = {
  exposed: {} as Record<string, unknown>,
  exposeInMainWorld(name: string, value: unknown): void {
    this.exposed[name] = value
  },
}
class IpcRendererDouble extends EventEmitter {
  readonly calls: unknown[][] = []
  send(...given: unknown[]): void {
    this.calls.push(['send', ...given])
  }
  async invoke(...given: unknown[]): Promise<unknown> {
    this.calls.push(['invoke', ...given])
    return undefined
  }
}
export const ipcRenderer = new IpcRendererDouble()
export const webUtils = {
  /** Files of the tests carry their path under another name than the page could read. */
  getPathForFile: (file: File): string => (file as File & { onDisk?: string }).onDisk ?? '',
}

export const powerSaveBlocker = {
  /** What keeps the machine awake now, by its id, and how often anything has. */
  running: new Map<number, string>(),
  starts: 0,
  start(type: Parameters<Electron.PowerSaveBlocker['start']>[0]): number {
    this.running.set(++this.starts, type)
    return this.starts
  },
  stop(id: number): boolean {
    return this.running.delete(id)
  },
}

/** As after the start of the program. */
export function resetElectron(userData: string): void {
  app.reset()
  app.userData = userData
  ipcMain.removeAllListeners()
  ipcMain.handlers.clear()
  session.defaultSession = new SessionDouble()
  protocol.schemes = []
  BrowserWindow.all = []
  BrowserWindow.focused = null
  dialog.reset()
  Menu.current = []
  screen.areas = [PRIMARY]
  shell.shown = []
  powerSaveBlocker.running.clear()
  powerSaveBlocker.starts = 0
}
