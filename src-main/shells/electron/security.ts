/**
 * What the window may do: show the page of this program and talk to this process, nothing else. Follows Electron's
 * security checklist; https://www.electronjs.org/docs/latest/tutorial/security numbers its points.
 */
import { type App, app, type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, type Session } from 'electron'

/** Own scheme and host of the page, and of binary tiles. */
export const SCHEME = 'app'
export const PAGE_ORIGIN = 'app://cellbrush'
export const DATA_ORIGIN = 'app://data'

/** Origin of the page: the development server's while that runs, and then also of its hot-reload socket. */
export const pageOrigin = (): string => {
  const address = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  return address ? new URL(address).origin : PAGE_ORIGIN
}

/** Scripts only from files of the page, never inline; data only from this process (point 7). */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'", // positions and sizes that the page computes
  `img-src 'self' ${DATA_ORIGIN} data: blob:`,
  `connect-src 'self' ${DATA_ORIGIN}`,
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** No permission, no device, no download, and no request that leaves this process (points 5 and 15). */
export function restrictSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event) => event.preventDefault()) // exports are saved by dialogs.ts
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isOwnAddress(url) }))
}

function isOwnAddress(address: string): boolean {
  if (/^(devtools|blob|data):/.test(address)) return true
  const origin = originOf(address)
  const socket = (from: string) => from.replace(/^http/, 'ws')
  return [PAGE_ORIGIN, DATA_ORIGIN, pageOrigin(), socket(pageOrigin())].includes(origin)
}

/** Like `URL.origin`, which is "null" for a scheme that Node does not know. */
function originOf(address: string): string {
  try {
    const { protocol, host } = new URL(address)
    return `${protocol}//${host}`
  } catch {
    return ''
  }
}

/** For every page there will ever be: no navigation, no new windows, no webviews (points 12 to 14). */
export function restrictContents(application: App): void {
  application.on('web-contents-created', (_created, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    // Vite reloads the page itself while it is developed.
    contents.on('will-frame-navigate', (event) => {
      const isReload = pageOrigin() !== PAGE_ORIGIN && event.isMainFrame && originOf(event.url) === pageOrigin()
      if (!isReload) event.preventDefault()
    })
  })
}

/** The top frame of the page itself, and not something that came to stand in its window (point 17). */
export function isOwnSender({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && originOf(senderFrame.url) === pageOrigin()
}

/** `ipcMain.handle` for own senders only; others get an error and leave a line in the log. */
export function answer(channel: string, handler: (event: IpcMainInvokeEvent, ...given: unknown[]) => unknown): void {
  ipcMain.handle(channel, (event, ...given: unknown[]) => {
    if (!isOwnSender(event)) throw refusal(channel, event)
    return handler(event, ...given)
  })
}

/** `ipcMain.on` for own senders only. */
export function hear(channel: string, handler: (event: IpcMainEvent, ...given: unknown[]) => void): void {
  ipcMain.on(channel, (event, ...given: unknown[]) => {
    if (isOwnSender(event)) handler(event, ...given)
    else console.warn(refusal(channel, event).message)
  })
}

const refusal = (channel: string, { senderFrame }: IpcMainEvent | IpcMainInvokeEvent): Error =>
  new Error(`Refused "${channel}" from ${senderFrame?.url || 'a page that is gone'}`)
