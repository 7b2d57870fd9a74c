/** The whole shell, with the real core behind it and the double of Electron before it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { createProject } from '../../../src-main/core/projects.ts'
import { runShell } from '../../../src-main/shells/electron/shell.ts'
import { FolderLock } from '../../../src-main/store/index.ts'
import type { ServerMessage } from '../../../src-shared/api.ts'
import type { OfferedFile } from '../../../src-shared/desktop.ts'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  type MessagePortDouble,
  Preventable,
  powerSaveBlocker,
  resetElectron,
  session,
} from '../../drivers/electron-double.ts'
import { newFolder, root } from './folders.ts'

const places = newFolder()
let userData: string

beforeEach(() => {
  userData = mkdtempSync(join(places, 'user-'))
  vi.stubEnv('CELLBRUSH_DATA', userData)
  resetElectron(userData)
})
afterEach(async () => {
  app.quit()
  await vi.waitFor(() => expect(app.hasQuit).toBe(true), 15_000)
  process.removeAllListeners('uncaughtException')
  process.removeAllListeners('unhandledRejection')
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Starts the program as the system would, with arguments. */
function start(...given: string[]): void {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
  runShell(given, '/')
  app.becomeReady()
}

const windows = (count: number): Promise<BrowserWindow[]> =>
  vi.waitFor(() => {
    expect(BrowserWindow.all).toHaveLength(count)
    return BrowserWindow.all
  }, 8_000)

async function newProject(name: string): Promise<string> {
  const folder = join(userData, `${name}.cellbrush`)
  await createProject(folder)
  return folder
}

/** The page's end: connects, and talks as the window does. */
class Page {
  readonly window: BrowserWindow
  readonly port: MessagePortDouble
  readonly messages: ServerMessage[] = []
  #id = 0

  constructor(window: BrowserWindow, client: unknown = 'page') {
    this.window = window
    const { posted } = window.webContents
    const before = posted.length
    ipcMain.emit('connect', window.webContents.event(), client)
    expect(posted).toHaveLength(before + 1)
    expect(posted.at(-1)!.channel).toBe('port')
    this.port = posted.at(-1)!.ports[0]!
    this.port.on('message', ({ data }) => this.messages.push(data))
    this.port.start()
  }
  async ask(method: string, params: unknown = {}): Promise<unknown> {
    const id = ++this.#id
    this.port.postMessage({ id, method, params })
    return vi.waitFor(() => {
      const found = this.messages.find((message) => 'id' in message && message.id === id)
      if (!found || 'event' in found) throw new Error('no answer yet')
      return found.ok ? found.value : found.error
    }, 8_000)
  }
  invoke(channel: string, ...given: unknown[]): Promise<unknown> {
    return ipcMain.invoke(channel, this.window.webContents.event(), ...given)
  }
  get dataRoot(): string {
    const argument = this.window.options.webPreferences!.additionalArguments![0]!
    return argument.replace('--cellbrush-data=', '')
  }
}

test('the first start opens the sample project in a window that can do nothing but show its page', async () => {
  start()
  const [window] = await windows(1)
  expect(app.isSandboxed).toBe(true)
  expect(window!.options.webPreferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    preload: expect.stringMatching(/preload\.cjs$/),
  })
  expect(window!.addresses).toEqual(['app://cellbrush/index.html'])
  expect([window!.isShown, window!.emit('ready-to-show'), window!.isShown]).toEqual([false, true, true])
  expect(await new Page(window!).ask('project.view')).toMatchObject({ isSample: true, readOnly: false })
})

test('a page gets a port, asks over it and hears events; a reload gets another', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const page = new Page(window!)
  expect(await page.ask('project.view')).toMatchObject({ name: 'cells', images: [] })
  expect(await page.ask('class.add', { name: 'nucleus', colour: '#ff0000' })).toMatchObject({ name: 'nucleus' })
  await vi.waitFor(() => {
    const events = page.messages.flatMap((message) => ('event' in message ? [message.event.type] : []))
    expect(events).toContain('project-changed')
  })
  page.port.close()
  const again = new Page(window!)
  expect(await again.ask('project.view')).toMatchObject({ classes: [expect.anything(), { name: 'nucleus' }] })
})

test('events name the page that asked by the name it chose; what is no name is not taken', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const page = new Page(window!, 'my-page')
  const other = new Page(window!, { not: 'a name' })
  const file = join(newFolder(), 'a.png')
  writeFileSync(file, encode({ width: 20, height: 10, data: new Uint8Array(200), channels: 1, depth: 8 }))
  const [offered] = (await page.invoke('files.dropped', [file])) as OfferedFile[]
  await page.ask('import.start', { files: [offered!.id] })
  const plane = { imageId: 1, layer: 'objects', z: 0, t: 0 }
  const stroke = (id: string) => ({ tool: 'brush', id, label: 'new', path: [[5, 5]], radiusPx: 2 })
  await page.ask('plane.stroke', { plane, stroke: stroke('a') })
  await other.ask('plane.stroke', { plane, stroke: stroke('b') })
  const by = other.messages.flatMap((message) =>
    'event' in message && message.event.type === 'plane-changed' ? [message.event.by] : [],
  )
  expect(by).toEqual(['my-page', expect.stringMatching(/^[\w-]{36}$/)])
})

test('what is no message closes that port and no other', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const [bad, good] = [new Page(window!), new Page(window!)]
  let isClosed = false
  bad.port.on('close', () => {
    isClosed = true
  })
  bad.port.postMessage({ id: 'one', method: 'constructor' })
  expect(isClosed).toBe(true)
  expect(await good.ask('project.rename', { name: '' })).toMatchObject({ code: 'request-invalid' })
})

test('pages elsewhere get neither a port nor a dialog', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const foreign = window!.webContents.event({ url: 'https://example.org/' })
  ipcMain.emit('connect', foreign)
  expect(window!.webContents.posted).toEqual([])
  for (const channel of ipcMain.handlers.keys()) {
    await expect(ipcMain.invoke(channel, foreign, 'images'), channel).rejects.toThrow('Refused')
  }
  expect(dialog.asked).toEqual([])
})

test('chosen files become ids that can be imported, and their tiles and thumbnails are data', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const page = new Page(window!)
  const file = join(root, 'resources', 'samples', 'nuclei', 'images', 'IXMtest_A02_s1.tif')
  dialog.paths = [[file]]
  const chosen = (await page.invoke('files.choose', 'images')) as OfferedFile[]
  expect(chosen).toEqual([{ id: expect.any(String), name: 'IXMtest_A02_s1.tif' }])
  expect(JSON.stringify(chosen)).not.toContain('resources')
  expect(dialog.asked[0]).toMatchObject({
    kind: 'open',
    window,
    options: { properties: ['openFile', 'multiSelections'] },
  })
  const { outcomes } = (await page.ask('import.start', { files: [chosen[0]!.id] })) as {
    outcomes: { state: string; imageId: number }[]
  }
  expect(outcomes).toMatchObject([{ state: 'imported' }])
  const { imageId } = outcomes[0]!
  const tile = await session.defaultSession.fetch(`${page.dataRoot}image/${imageId}/0/0/0/0/0`)
  expect([tile.status, (await tile.arrayBuffer()).byteLength % (256 * 256)]).toEqual([200, 0])
  const labels = await session.defaultSession.fetch(`${page.dataRoot}labels/${imageId}/objects/0/0/0/0/0/0`)
  expect([labels.status, labels.headers.get('x-revision')]).toEqual([200, expect.stringMatching(/^\d+$/)])
  const thumbnail = await session.defaultSession.fetch(`${page.dataRoot}thumbnail/${imageId}`)
  expect(thumbnail.headers.get('content-type')).toBe('image/png')
  for (const wrong of ['image/99/0/0/0/0/0', 'image/1', '../project.db', '%2e%2e/project.db', '']) {
    expect((await session.defaultSession.fetch(page.dataRoot + wrong)).status, wrong).toBe(404)
  }
  expect((await session.defaultSession.fetch(`app://data/other/thumbnail/${imageId}`)).status).toBe(404)
})

test('text that is written in a window has the undo of that window, and no other method of it', async () => {
  start(await newProject('cells'))
  const { webContents } = (await windows(1))[0]!
  for (const how of ['undo', 'redo', 'reload']) ipcMain.emit('text.edit', webContents.event(), how)
  ipcMain.emit('text.edit', webContents.event({ url: 'https://example.org/' }), 'undo')
  expect([webContents.edits, webContents.reloads]).toEqual([['undo', 'redo'], 0])
})

test('a chosen folder is imported with all its images, and the machine stays awake for it and no longer', async () => {
  start(await newProject('cells'))
  const page = new Page((await windows(1))[0]!)
  dialog.paths = [[join(root, 'resources', 'samples', 'nuclei', 'images')]]
  const [folder] = (await page.invoke('files.choose', 'folder')) as OfferedFile[]
  expect(powerSaveBlocker.starts).toBe(0)
  const { outcomes } = (await page.ask('import.start', { files: [folder!.id] })) as { outcomes: { state: string }[] }
  expect(outcomes.map(({ state }) => state)).toEqual(Array(8).fill('imported'))
  expect([powerSaveBlocker.starts, powerSaveBlocker.running.size]).toEqual([1, 0])
})

test('new and opened projects come from dialogs, and get the ending that projects have', async () => {
  start(await newProject('cells'))
  const page = new Page((await windows(1))[0]!)
  dialog.paths = [[join(userData, 'fresh')], [join(userData, 'fresh.cellbrush')]]
  await page.invoke('project.new')
  const [, fresh] = await windows(2)
  expect(fresh!.options.title).toBe('fresh – Cellbrush')
  await page.invoke('project.open')
  expect([BrowserWindow.all.length, BrowserWindow.focused]).toEqual([2, fresh])
  dialog.paths = [[join(userData, 'fresh.cellbrush')]]
  await page.invoke('project.new')
  expect(dialog.asked.at(-1)).toMatchObject({
    kind: 'message',
    options: { message: expect.stringContaining('already') },
  })
})

test('a cancelled dialog answers nothing', async () => {
  start(await newProject('cells'))
  const page = new Page((await windows(1))[0]!)
  expect(await page.invoke('files.choose', 'folder')).toEqual([])
  await page.invoke('project.open')
  await page.invoke('project.new')
  expect(dialog.asked.map(({ kind }) => kind)).toEqual(['open', 'open', 'save'])
  expect(BrowserWindow.all).toHaveLength(1)
  await expect(page.invoke('files.choose', 'anything')).rejects.toThrow()
  expect(dialog.asked).toHaveLength(3)
})

test('an export is saved where the user says, whole, and not where they cancel', async () => {
  start(await newProject('cells'))
  const page = new Page((await windows(1))[0]!)
  const samples = join(root, 'resources', 'samples', 'nuclei')
  const name = 'IXMtest_A02_s1'
  const offered = (await page.invoke('files.dropped', [
    join(samples, 'images', `${name}.tif`),
    join(samples, 'masks', `${name}.png`),
  ])) as OfferedFile[]
  await page.ask('import.start', { files: [offered[0]!.id], masks: [offered[1]!.id] })
  const { download } = (await page.ask('export.start', { format: 'labels-png', source: 'annotation' })) as {
    download: string
  }
  const target = join(userData, 'labels.zip')
  expect(await page.invoke('download.save', download)).toBe(false)
  dialog.paths = [[target]]
  expect(await page.invoke('download.save', download)).toBe(true)
  expect(dialog.asked.at(-1)!.options.defaultPath).toMatch(/^.*downloads\/cells-annotation\.zip$/)
  expect(readFileSync(target).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004')
  await expect(page.invoke('download.save', '../../project.db')).rejects.toThrow()
})

test('a dropped project is opened in a window of its own, other files are offered', async () => {
  start(await newProject('cells'))
  const page = new Page((await windows(1))[0]!)
  const other = await newProject('others')
  const file = join(userData, 'a.tif')
  const offered = await page.invoke('files.dropped', [other, file])
  expect(offered).toEqual([{ id: expect.any(String), name: 'a.tif' }])
  const [, second] = await windows(2)
  expect(second!.options.title).toBe('others – Cellbrush')
  expect(await new Page(second!).ask('project.view')).toMatchObject({ name: 'others' })
})

test('a second start hands its project over; the same project is shown, not opened twice', async () => {
  const cells = await newProject('cells')
  const others = await newProject('others')
  start(cells)
  const [first] = await windows(1)
  app.emit('second-instance', {}, ['cellbrush', '--flag', 'others.cellbrush'], userData)
  await windows(2)
  expect(existsSync(join(others, 'project.db'))).toBe(true)
  first!.isSmall = true
  app.emit('second-instance', {}, ['cellbrush', join(cells, 'project.db')], '/')
  await vi.waitFor(() => expect(BrowserWindow.focused).toBe(first))
  expect([first!.isSmall, BrowserWindow.all.length]).toEqual([false, 2])
})

test('a program that is not the first ends at once', async () => {
  app.isFirst = false
  start(await newProject('cells'))
  expect(app.hasQuit).toBe(true)
  expect(BrowserWindow.all).toEqual([])
})

test('a project opened from the file manager before the program is ready waits for it', async () => {
  const cells = await newProject('cells')
  runShell([], '/')
  const event = new Preventable()
  app.emit('open-file', event, cells)
  expect(event.defaultPrevented).toBe(true)
  app.becomeReady()
  expect((await windows(1))[0]!.options.title).toBe('cells – Cellbrush')
})

test('the last project opens again, and stands in the menu', async () => {
  const cells = await newProject('cells')
  mkdirSync(userData, { recursive: true })
  writeFileSync(join(userData, 'recent.json'), JSON.stringify([join(userData, 'gone.cellbrush'), cells]))
  start()
  expect((await windows(1))[0]!.options.title).toBe('cells – Cellbrush')
  expect(app.recentDocuments).toEqual([cells])
  const labels = JSON.stringify(Menu.current)
  expect(labels).toContain(`"toolTip":${JSON.stringify(cells)}`)
  expect(labels).not.toContain('gone')
})

test('a project in use elsewhere opens to be looked at', async () => {
  const cells = await newProject('cells')
  const lock = FolderLock.acquire(cells, 'cellbrush train')
  start(cells)
  const page = new Page((await windows(1))[0]!)
  expect(await page.ask('project.view')).toMatchObject({
    readOnly: true,
    holder: { program: 'cellbrush train', pid: process.pid },
  })
  lock.release()
})

test('a damaged project is told in one sentence, and the sample opens instead', async () => {
  const cells = await newProject('cells')
  writeFileSync(join(cells, 'project.db'), 'no database')
  start(cells)
  const [window] = await windows(1)
  expect(window!.options.title).toBe('Sample – Cellbrush')
  expect(dialog.asked).toMatchObject([{ kind: 'message', options: { message: expect.stringContaining('damaged') } }])
})

test('closing the last window gives the project back and ends the program', async () => {
  const cells = await newProject('cells')
  start(cells)
  const [window] = await windows(1)
  window!.close()
  await vi.waitFor(() => expect(app.hasQuit).toBe(true), 15_000)
  FolderLock.acquire(cells, 'test').release()
  expect(JSON.parse(readFileSync(join(userData, 'window.json'), 'utf8'))).toMatchObject({ isMaximized: false })
})

test('a start just after the last window has closed opens the project again, and nothing ends', async () => {
  const cells = await newProject('cells')
  start(cells)
  const [window] = await windows(1)
  window!.close()
  app.emit('second-instance', {}, ['cellbrush', cells], '/')
  const [again] = await windows(1)
  expect([app.hasQuit, again!.options.title]).toEqual([false, 'cells – Cellbrush'])
  expect(await new Page(again!).ask('project.view')).toMatchObject({ name: 'cells', readOnly: false })
  again!.close()
  await vi.waitFor(() => expect(app.hasQuit).toBe(true), 15_000)
})

test('an opening that outlives the last window and brings none ends the program once its message is read', async () => {
  const [cells, damaged] = [await newProject('cells'), await newProject('damaged')]
  writeFileSync(join(damaged, 'project.db'), 'no database')
  start(cells)
  const [window] = await windows(1)
  const isRead = Promise.withResolvers<Electron.MessageBoxReturnValue>()
  const message = vi.spyOn(dialog, 'showMessageBox').mockReturnValueOnce(isRead.promise)
  app.emit('open-file', new Preventable(), damaged)
  await vi.waitFor(() => expect(message).toHaveBeenCalledOnce(), 15_000)
  window!.close()
  await vi.waitFor(() => FolderLock.acquire(cells, 'test').release(), 15_000)
  expect(app.hasQuit).toBe(false)
  isRead.resolve({ response: 0, checkboxChecked: false })
  await vi.waitFor(() => expect(app.hasQuit).toBe(true), 15_000)
})

test('quitting waits until every project is given back', async () => {
  const [cells, others] = [await newProject('cells'), await newProject('others')]
  start(cells, others)
  await windows(2)
  app.quit()
  expect(app.hasQuit).toBe(false)
  await vi.waitFor(() => expect(app.hasQuit).toBe(true), 15_000)
  for (const folder of [cells, others]) FolderLock.acquire(folder, 'test').release()
})

test('a crashed page is loaded again when the user says so, and the project stays open', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  dialog.buttons = [0]
  window!.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  await vi.waitFor(() => expect(window!.webContents.reloads).toBe(1))
  expect(await new Page(window!).ask('project.view')).toMatchObject({ name: 'cells' })
  window!.webContents.emit('render-process-gone', {}, { reason: 'clean-exit', exitCode: 0 })
  expect(dialog.asked).toHaveLength(1)
})

test('a hanging page is waited for, asked about once, and the question goes when it answers again', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  window!.emit('unresponsive')
  window!.emit('unresponsive')
  expect(dialog.asked).toHaveLength(1)
  window!.emit('responsive')
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(window!.webContents.crashes).toBe(0)
  dialog.buttons = [1]
  window!.emit('unresponsive')
  await vi.waitFor(() => expect([window!.webContents.crashes, window!.webContents.reloads]).toEqual([1, 1]))
})

test('a hanging page that is loaded again is not asked about as a crash; what ends after it is', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  const messages = () => dialog.asked.map(({ options }) => options.message)
  dialog.buttons = [1]
  const isGone = new Promise((resolve) => window!.webContents.once('render-process-gone', resolve))
  window!.emit('unresponsive')
  await isGone
  expect([messages(), BrowserWindow.all]).toEqual([['The window does not answer.'], [window]])
  dialog.buttons = [0]
  window!.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  expect(messages()).toEqual(['The window does not answer.', 'The window stopped working.'])
})

test('a page that had gone before it was ended is asked about when it crashes after it was loaded', async () => {
  start(await newProject('cells'))
  const [window] = await windows(1)
  vi.spyOn(window!.webContents, 'forcefullyCrashRenderer').mockReturnValue()
  dialog.buttons = [1]
  window!.emit('unresponsive')
  await vi.waitFor(() => expect(window!.webContents.reloads).toBe(1))
  window!.webContents.emit('did-finish-load')
  dialog.buttons = [0]
  window!.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 })
  expect(dialog.asked).toHaveLength(2)
})
