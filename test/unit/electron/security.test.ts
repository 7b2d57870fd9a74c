import { afterEach, beforeEach, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import type { IpcMainInvokeEvent, Session } from 'electron'
import {
  answer,
  CONTENT_SECURITY_POLICY,
  hear,
  isOwnSender,
  restrictContents,
  restrictSession,
} from '../../../src-main/shells/electron/security.ts'
import {
  app,
  BrowserWindow,
  ipcMain,
  Preventable,
  resetElectron,
  session,
  type WebContentsDouble,
} from '../../drivers/electron-double.ts'

beforeEach(() => {
  resetElectron('/nowhere')
  restrictSession(session.defaultSession as unknown as Session)
  restrictContents(app as never)
})
afterEach(() => vi.unstubAllEnvs())

const page = (): WebContentsDouble => new BrowserWindow().webContents
const asEvent = (event: unknown) => event as IpcMainInvokeEvent

test.each([
  'app://cellbrush/index.html',
  'app://data/1/image/1/0/0/0/0/0',
  'blob:app://cellbrush/9f',
  'data:image/png;base64,AA==',
])('a request for %s is let through', (url) => expect(session.defaultSession.lets(url)).toBe(true))

test.each([
  'https://example.org/track.gif',
  'http://127.0.0.1:8080/',
  'ws://example.org/',
  'file:///etc/passwd',
  'app://elsewhere/index.html',
  'app://cellbrush.example.org/index.html',
  'ftp://example.org/',
  'not an address',
])('a request for %s never leaves', (url) => expect(session.defaultSession.lets(url)).toBe(false))

test('the development server is reached only when the program is not packaged', () => {
  vi.stubEnv('ELECTRON_RENDERER_URL', 'http://localhost:5173')
  expect(session.defaultSession.lets('http://localhost:5173/main.ts')).toBe(false)
  app.isPackaged = false
  expect(session.defaultSession.lets('http://localhost:5173/main.ts')).toBe(true)
  expect(session.defaultSession.lets('ws://localhost:5173/?token=1')).toBe(true)
  expect(session.defaultSession.lets('http://localhost:5174/')).toBe(false)
})

test('every permission is denied, asked or looked up, and every device', () => {
  const { permissionRequest, permissionCheck, devicePermission } = session.defaultSession
  const answers: boolean[] = []
  for (const permission of [
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'openExternal',
    'fileSystem',
  ] as const) {
    permissionRequest!({} as never, permission, (isGranted) => answers.push(isGranted), {} as never)
    answers.push(permissionCheck!(null, permission as 'media', 'app://cellbrush', {} as never))
  }
  expect(answers).toEqual(Array(12).fill(false))
  expect(devicePermission!({} as never)).toBe(false)
})

test('downloads that the page starts are refused', () => {
  const event = new Preventable()
  session.defaultSession.emit('will-download', event)
  expect(event.defaultPrevented).toBe(true)
})

test.each(['https://example.org/', 'app://cellbrush/other.html', 'file:///etc/passwd', 'javascript:alert(1)'])(
  'the page cannot go to %s, nor can a frame in it',
  (url) => {
    expect(page().navigates(url)).toBe(false)
    expect(page().navigates(url, false)).toBe(false)
  },
)

test('while it is developed the page may reload itself, and nothing else', () => {
  vi.stubEnv('ELECTRON_RENDERER_URL', 'http://localhost:5173')
  app.isPackaged = false
  expect(page().navigates('http://localhost:5173/')).toBe(true)
  expect(page().navigates('http://localhost:5173/', false)).toBe(false)
  expect(page().navigates('http://localhost:9/')).toBe(false)
})

test('new windows, redirects and webviews are denied', () => {
  const contents = page()
  expect(contents.openHandler!({ url: 'https://example.org/' } as never)).toEqual({ action: 'deny' })
  for (const name of ['will-redirect', 'will-attach-webview']) {
    const event = new Preventable()
    contents.emit(name, event)
    expect(event.defaultPrevented, name).toBe(true)
  }
})

test.each([
  ['a page of another site', { url: 'https://example.org/' }],
  ['a host that begins like ours', { url: 'app://cellbrush.example.org/index.html' }],
  ['the host of the data', { url: 'app://data/1/thumbnail/1' }],
  ['a blank page', { url: 'about:blank' }],
  ['an empty address', { url: '' }],
  ['a frame inside the page', { parent: {} }],
])('a message of %s is refused', async (_who, of) => {
  let isCalled = false
  answer('secret', () => {
    isCalled = true
  })
  hear('told', () => {
    isCalled = true
  })
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const event = page().event(of)
  await expect(ipcMain.invoke('secret', event)).rejects.toThrow('Refused "secret"')
  ipcMain.emit('told', event)
  expect(isCalled).toBe(false)
  expect(warn.mock.calls).toEqual([[expect.stringContaining('Refused "told"')]])
  warn.mockRestore()
})

test('a message of a frame that is gone is refused', () => {
  expect(isOwnSender(asEvent({ sender: { id: 1 }, senderFrame: null }))).toBe(false)
})

test('a message of the page itself is answered', async () => {
  answer('sum', (_event, a, b) => Number(a) + Number(b))
  expect(await ipcMain.invoke('sum', page().event(), 2, 3)).toBe(5)
})

test('no script but the page’s files, no default for anything, nothing from the network', () => {
  const rules = new Map(CONTENT_SECURITY_POLICY.split('; ').map((rule) => [rule.split(' ')[0], rule]))
  expect(rules.get('default-src')).toBe("default-src 'none'")
  expect(rules.get('script-src')).toBe("script-src 'self'")
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|wss?:|\*|unsafe-eval/)
})
