/** A project served as `cellbrush serve` serves it, and windows on it in a real browser that must not complain. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import WebSocket from 'ws'
import type { Method, Params, Result, ServerMessage } from '../../src-shared/api.ts'
import { DEFAULT_LAYER, type PlaneKey } from '../../src-shared/planes.ts'
import { MAIN } from '../drivers/command-line.ts'
import { enginesOf } from '../drivers/processes.ts'
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts'
import { type Client, type LabelMap, labelMapOf } from './desk.ts'

export type { LabelMap }

export const planeOf = (imageId: number, z = 0): PlaneKey => ({ imageId, layer: DEFAULT_LAYER, z, t: 0 })

/** A temporary folder with an empty project in it, and the command line to put things there. */
export class Bench {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-e2e-'))
  readonly project = this.at('walk.cellbrush')

  at(...names: string[]): string {
    return path.join(this.folder, ...names)
  }

  /** Runs a command as a person would. */
  cellbrush(...args: string[]): string {
    return execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** `cellbrush serve` as a process of its own. */
export class Serving implements Client {
  readonly child: ChildProcess
  readonly url: string
  readonly readOnly: boolean
  readonly #said: { stdout: string; stderr: string }

  private constructor(child: ChildProcess, said: { stdout: string; stderr: string }) {
    const { url, readOnly } = JSON.parse(said.stdout.trim().split('\n').at(-1)!)
    this.child = child
    this.#said = said
    this.url = url
    this.readOnly = readOnly
  }

  static async start(project: string, port = 0, more: readonly string[] = []): Promise<Serving> {
    const child = spawn(process.execPath, [MAIN, 'serve', project, '--port', String(port), '--json', ...more])
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (said.stdout += chunk))
    child.stderr.on('data', (chunk) => (said.stderr += chunk))
    while (!said.stdout.includes('\n')) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${said.stdout}${said.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return new Serving(child, said)
  }

  get origin(): string {
    return new URL(this.url).origin
  }
  get port(): number {
    return Number(new URL(this.url).port)
  }
  get token(): string {
    return new URL(this.url).searchParams.get('token')!
  }
  get stderr(): string {
    return this.#said.stderr
  }

  /** Pids of its engines, once something has computed. Linux only. */
  get children(): number[] {
    return enginesOf(this.child.pid!)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill(signal)
    await ended
  }

  // --- a client of our own, beside the window ---------------------------------------------------------------------

  /** One request over a connection of its own; rejects with the sentence of a failure. */
  async ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const headers = { authorization: `Bearer ${this.token}` }
    const socket = new WebSocket(`${this.origin.replace('http', 'ws')}/api?client=test`, { headers })
    try {
      return await new Promise<Result<M>>((resolve, reject) => {
        socket.on('error', reject)
        socket.on('open', () => socket.send(JSON.stringify({ id: 1, method, params })))
        socket.on('message', (data) => {
          const message = JSON.parse(String(data)) as ServerMessage
          if ('event' in message || message.id !== 1) return
          if (message.ok) resolve(message.value as Result<M>)
          else reject(new Error(message.error.message))
        })
      })
    } finally {
      socket.close()
    }
  }

  async data(address: string): Promise<Buffer> {
    const response = await fetch(`${this.origin}/data/${address}`, {
      headers: { authorization: `Bearer ${this.token}` },
    })
    if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`)
    return Buffer.from(await response.arrayBuffer())
  }

  /** The stored label map of a plane, put together from its tiles. */
  labels(plane: PlaneKey): Promise<LabelMap> {
    return labelMapOf(this, plane)
  }
}

export interface WindowOptions {
  width?: number
  height?: number
  theme?: 'dark' | 'light'
  /** Pixels of the screen to one of the page. */
  scale?: number
  /** A script that runs in the page before its own. */
  prepare?: string
}

/** One browser for all windows of a file of tests. */
export class Browsing {
  readonly browser: Browser

  private constructor(browser: Browser) {
    this.browser = browser
  }

  static async start(): Promise<Browsing> {
    return new Browsing(await chromium.launch({ executablePath: chromiumPath()!, args: CHROMIUM_ARGUMENTS }))
  }

  async open(url: string, options: WindowOptions = {}): Promise<WorkWindow> {
    const page = await this.page(options)
    const window = new WorkWindow(page)
    await page.goto(url)
    return window
  }

  /** A page with nothing in it yet, in a browser profile of its own. */
  async page({ width = 1440, height = 900, theme = 'dark', scale = 1, prepare }: WindowOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      colorScheme: theme,
      reducedMotion: 'reduce',
      acceptDownloads: true,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    if (prepare) await page.addInitScript({ path: prepare })
    return page
  }

  close(): Promise<void> {
    return this.browser.close()
  }
}

export interface Point {
  x: number
  y: number
}

/** A window of the workstation, as hands and eyes have it. */
export class WorkWindow {
  readonly page: Page
  /** Errors of scripts and what the console had to say against them. */
  readonly complaints: string[] = []

  /** Without what the browser itself says on the console of a server that is not there, or refuses it. */
  get complaintsButOfTheLine(): string[] {
    return this.complaints.filter((text) => !/WebSocket|ERR_CONNECTION|status of 401/.test(text))
  }

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} (${message.location().url})`)
    })
  }

  /** Until the plane is there and drawn. */
  async settled(): Promise<void> {
    await this.page.waitForSelector('section.plane[data-state="ready"]')
    await this.painted()
  }

  /** Until everything painted is stored. */
  async painted(): Promise<void> {
    await this.page.waitForSelector('footer [data-saved="true"]')
  }

  /** Where the plane is on the screen when all of it is shown (key 0): 94 % of the canvas, in its middle. */
  async fitted({ width, height }: { width: number; height: number }): Promise<Placement> {
    await this.page.keyboard.press('0')
    const box = await this.page.locator('section.plane').boundingBox()
    if (!box) throw new Error('there is no plane')
    const zoom = Math.min((box.width * 0.94) / width, (box.height * 0.94) / height)
    const [left, top] = [box.x + box.width / 2 - (width / 2) * zoom, box.y + box.height / 2 - (height / 2) * zoom]
    return {
      zoom,
      toScreen: ({ x, y }) => ({ x: left + x * zoom, y: top + y * zoom }),
      toPlane: ({ x, y }) => ({ x: (x - left) / zoom, y: (y - top) / zoom }),
    }
  }

  /** Draws with the left button through points of the screen; answers when the pointer has been lifted. */
  async drag(path: readonly Point[], { steps = 4, isLifted = true } = {}): Promise<void> {
    const { mouse } = this.page
    await mouse.move(path[0]!.x, path[0]!.y)
    await mouse.down()
    for (const point of path.slice(1)) await mouse.move(point.x, point.y, { steps })
    if (isLifted) await mouse.up()
  }

  /** Types a number into the field beside a slider. */
  async setNumber(label: string, value: number): Promise<void> {
    const field = this.page.getByRole('textbox', { name: new RegExp(`^${label}, as a number`) })
    await field.fill(String(value))
    await field.press('Enter')
  }

  /** The position that the status bar tells. */
  async place(): Promise<Point> {
    const [x, y] = (await this.page.locator('footer .place').textContent())!.split(',').map(Number.parseFloat)
    return { x: x!, y: y! }
  }

  /** What a person would have seen when a test failed. */
  async picture(name: string): Promise<void> {
    const file = path.join(tmpdir(), `cellbrush-e2e-${name}.png`)
    await this.page.screenshot({ path: file })
    console.error(`The window is pictured in ${file}`)
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}

export interface Placement {
  zoom: number
  toScreen(point: Point): Point
  toPlane(point: Point): Point
}
