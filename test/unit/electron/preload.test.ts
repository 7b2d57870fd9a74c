import { beforeAll, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import type { DesktopBridge } from '../../../src-shared/desktop.ts'
import { contextBridge, ipcRenderer } from '../../drivers/electron-double.ts'

let bridge: DesktopBridge
const posted: unknown[][] = []

beforeAll(async () => {
  vi.stubGlobal('window', { postMessage: (...given: unknown[]) => posted.push(given) })
  vi.stubGlobal('location', { origin: 'app://cellbrush' })
  process.argv.push('--cellbrush-data=app://data/p1/')
  await import('../../../src-main/shells/electron/preload.ts')
  process.argv.pop()
  bridge = contextBridge.exposed.cellbrush as DesktopBridge
  vi.unstubAllGlobals()
})

test('the page gets this bridge and nothing of Electron or Node', () => {
  expect(Object.keys(contextBridge.exposed)).toEqual(['cellbrush'])
  const members = [
    'chooseFiles',
    'connect',
    'dataRoot',
    'editText',
    'newProject',
    'offerDropped',
    'onCommand',
    'openProject',
    'saveDownload',
  ]
  expect(Object.keys(bridge).sort()).toEqual(members)
  expect(bridge.dataRoot).toBe('app://data/p1/')
})

test('the port goes to the page itself, as the message it waits for', () => {
  const port = { isPort: true }
  vi.stubGlobal('window', { postMessage: (...given: unknown[]) => posted.push(given) })
  vi.stubGlobal('location', { origin: 'app://cellbrush' })
  ipcRenderer.emit('port', { ports: [port] })
  vi.unstubAllGlobals()
  expect(posted).toEqual([['cellbrush-port', 'app://cellbrush', [port]]])
})

test('a connection is asked for under the name that the page has chosen', () => {
  bridge.connect('page-1')
  expect(ipcRenderer.calls.at(-1)).toEqual(['send', 'connect', 'page-1'])
})

test('undo of the text that is written goes to the main process', () => {
  bridge.editText('undo')
  expect(ipcRenderer.calls.at(-1)).toEqual(['send', 'text.edit', 'undo'])
})

test('paths of dropped files go to the main process; what is no file is left out', async () => {
  const onDisk = Object.assign(new File([], 'a.tif'), { onDisk: '/data/a.tif' })
  await bridge.offerDropped([onDisk, new File([], 'made by a page.png')])
  expect(ipcRenderer.calls.at(-1)).toEqual(['invoke', 'files.dropped', ['/data/a.tif']])
})

test('commands of the menu are heard until they are no longer wanted, without Electron’s event', () => {
  const heard: unknown[][] = []
  const stop = bridge.onCommand((...given) => heard.push(given))
  ipcRenderer.emit('command', { sender: 'electron' }, 'undo')
  stop()
  ipcRenderer.emit('command', { sender: 'electron' }, 'redo')
  expect(heard).toEqual([['undo']])
})
