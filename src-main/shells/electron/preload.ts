/**
 * Runs in the sandboxed window before the page, and gives it `window.cellbrush` (src-shared/desktop.ts). Built as
 * CommonJS, the only kind a sandboxed preload can be. Paths of dropped files go from here to the main process and
 * never reach the page.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { type DesktopBridge, type MenuCommand, PORT_MESSAGE } from '../../../src-shared/desktop.ts'

/** Of the DOM, this is all that is used here; the page's types stay out of the host's. */
declare const window: { postMessage(message: unknown, origin: string, ports: readonly unknown[]): void }
declare const location: { origin: string }

const DATA_ROOT = '--cellbrush-data='

// Ports cannot cross the bridge as arguments; a message of the window can carry them.
ipcRenderer.on('port', (event) => window.postMessage(PORT_MESSAGE, location.origin, event.ports))

const bridge: DesktopBridge = {
  dataRoot: process.argv.find((argument) => argument.startsWith(DATA_ROOT))?.slice(DATA_ROOT.length) ?? '',
  connect: (client) => ipcRenderer.send('connect', client),
  chooseFiles: (kind) => ipcRenderer.invoke('files.choose', kind),
  offerDropped: (files) =>
    ipcRenderer.invoke(
      'files.dropped',
      files.map(pathOf).filter((path) => path !== ''),
    ),
  saveDownload: (download) => ipcRenderer.invoke('download.save', download),
  editText: (how) => ipcRenderer.send('text.edit', how),
  newProject: () => ipcRenderer.invoke('project.new'),
  openProject: () => ipcRenderer.invoke('project.open'),
  onCommand: (listener) => {
    const hear = (_event: unknown, command: MenuCommand) => listener(command)
    ipcRenderer.on('command', hear)
    return () => void ipcRenderer.off('command', hear)
  },
}

/** Empty for what is no file on the disk, such as a picture dragged from another page. */
const pathOf = (file: File): string => webUtils.getPathForFile(file)

contextBridge.exposeInMainWorld('cellbrush', bridge)
