/**
 * The page as Electron shows it, in Chromium: with `window.cellbrush`, ports instead of a socket, and dialogs instead of
 * uploads. Behind the bridge is a server. So everything of the walks but Electron's main process can be tried where there
 * is no Electron; that process runs against its own double in test/unit/electron.
 */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PORT_MESSAGE } from '../../src-shared/desktop.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import type { Desk, Shell } from './desk.ts'
import { PageDesk } from './page-desk.ts'
import { Browsing, Serving, WorkWindow } from './workstation.ts'

/** What the preload does, over a socket of the page's own server. */
const BRIDGE = `window.cellbrush = {
  dataRoot: location.origin + '/data/',
  connect(client = crypto.randomUUID()) {
    const { port1, port2 } = new MessageChannel()
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/api?client=' + client)
    const waiting = []
    port1.onmessage = ({ data }) => (socket.readyState === 1 ? socket.send(JSON.stringify(data)) : waiting.push(data))
    socket.onopen = () => { for (const data of waiting.splice(0)) socket.send(JSON.stringify(data)) }
    socket.onmessage = ({ data }) => port1.postMessage(JSON.parse(data))
    window.postMessage('${PORT_MESSAGE}', location.origin, [port2])
  },
  chooseFiles: () => window.answerOpen(),
  offerDropped: async () => [],
  saveDownload: (download) => window.answerSave(download),
  editText: (how) => document.execCommand(how),
  newProject: async () => {},
  openProject: async () => {},
  onCommand: () => () => {},
}`

class DoubledDesk extends PageDesk {
  readonly #browsing: Browsing
  readonly #project: string
  #serving!: Serving
  #window!: WorkWindow
  /** What the dialog is answered with. */
  #files: readonly string[] = []
  #saved = Promise.withResolvers<Buffer>()

  static async open(project: string): Promise<Desk> {
    const desk = new DoubledDesk(project, await Browsing.start())
    await desk.#start()
    return desk
  }

  private constructor(project: string, browsing: Browsing) {
    super()
    this.#project = project
    this.#browsing = browsing
  }

  get window(): WorkWindow {
    return this.#window
  }
  get hostPid(): number {
    return this.#serving.child.pid!
  }

  async restart(): Promise<WorkWindow> {
    await this.#window.close()
    await this.#serving.stop()
    await this.#start()
    return this.#window
  }

  async chooseFiles(files: readonly string[], open: () => Promise<unknown>): Promise<void> {
    this.#files = files
    await open()
  }

  async saved(save: () => Promise<unknown>): Promise<Buffer> {
    this.#saved = Promise.withResolvers<Buffer>()
    await save()
    return this.#saved.promise
  }

  async close(): Promise<void> {
    await this.#browsing.close()
    await this.#serving.stop()
  }

  async #start(): Promise<void> {
    this.#serving = await Serving.start(this.#project)
    const page = await this.#browsing.page()
    await page.exposeFunction('answerOpen', () => Promise.all(this.#files.map((file) => this.#offer(file))))
    await page.exposeFunction('answerSave', (download: string) => this.#save(download))
    await page.addInitScript(BRIDGE)
    this.#window = new WorkWindow(page)
    await page.goto(this.#serving.url)
  }

  async #offer(file: string): Promise<{ id: string; name: string }> {
    const name = path.basename(file)
    const address = `${this.#serving.origin}/upload?name=${encodeURIComponent(name)}`
    const headers = { authorization: `Bearer ${this.#serving.token}` }
    const answer = await fetch(address, { method: 'POST', headers, body: new Uint8Array(await readFile(file)) })
    return { id: ((await answer.json()) as { id: string }).id, name }
  }

  async #save(download: string): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.#serving.token}` }
    const answer = await fetch(new URL(download, `${this.#serving.origin}/`), { headers })
    this.#saved.resolve(Buffer.from(await answer.arrayBuffer()))
    return answer.ok
  }
}

export const doubledShell: Shell = {
  title: `in a browser, with the bridge of Electron (skipped where ${WITHOUT_CHROMIUM})`,
  isAbsent: !chromiumPath(),
  open: DoubledDesk.open,
}
