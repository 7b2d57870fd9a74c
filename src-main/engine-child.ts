/** One engine process: how it is started, what it says, why it ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../src-shared/errors.ts'
import { type AnswerFrame, FrameReader } from '../src-shared/frames.ts'

const LEAST_NODE = 24
/** How much of what the engine last printed is kept to explain its end. */
const TAIL_CHARACTERS = 4000

export interface EngineChildOptions {
  /** The program to run instead of the engine, for tests. */
  script?: string
  /** What the engine prints: its log, as it comes. */
  onLog?: (text: string) => void
  onFrame: (frame: AnswerFrame) => void
  /** Once, with the reason in a person's words. */
  onExit: (reason: string) => void
}

export class EngineChild {
  readonly #process: ChildProcess
  readonly #reader = new FrameReader()
  readonly #options: EngineChildOptions
  readonly #ended: Promise<void>
  #tail = ''
  #fault: string | undefined

  /** Throws AppError 'engine-lost' when there is no Node that can run the engine. */
  constructor(options: EngineChildOptions) {
    this.#options = options
    const script = options.script ?? enginePath()
    this.#process = spawn(nodePath(), [script], { env: engineEnvironment(), stdio: 'pipe', windowsHide: true })
    const { stdin, stdout, stderr } = this.#process
    stdin!.on('error', () => {}) // a dying process closes its input first; its end tells more
    stdout!.on('data', (chunk: Buffer) => this.#read(chunk))
    stderr!.on('data', (chunk: Buffer) => this.#log(chunk.toString()))
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => {
        this.#fault = error.message
        if (this.#process.pid === undefined) finish(null, null) // never started: there will be no 'close'
      })
      this.#process.once('close', finish)
      let isFinished = false
      const { onExit } = options
      const why = (code: number | null, signal: NodeJS.Signals | null) => this.#reason(code, signal)
      function finish(code: number | null, signal: NodeJS.Signals | null): void {
        if (isFinished) return
        isFinished = true
        resolve()
        onExit(why(code, signal))
      }
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  write(frame: Uint8Array): void {
    this.#process.stdin!.write(frame)
  }

  /** At once. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Closes the engine's input, upon which it ends; kills it after the grace. */
  async end(graceMs: number): Promise<void> {
    this.#process.stdin!.end()
    const timer = setTimeout(() => this.kill(), graceMs)
    await this.#ended
    clearTimeout(timer)
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#options.onFrame(frame as AnswerFrame)
    } catch (error) {
      this.#fault ??= `it said what could not be understood: ${error instanceof Error ? error.message : error}`
      this.kill()
    }
  }

  #log(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS)
    this.#options.onLog?.(text)
  }

  #reason(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#fault) return this.#fault
    if (signal === 'SIGKILL')
      return 'it was killed, most likely because memory ran out: choose a smaller batch or patch'
    if (/bad_alloc|heap out of memory|Cannot allocate memory/i.test(this.#tail)) {
      return 'memory ran out: choose a smaller batch or patch'
    }
    if (signal === 'SIGILL') return 'this processor is too old for this TensorFlow: use --device webgpu or --device cpu'
    const last = this.#tail.trim().split('\n').at(-1) ?? ''
    return `${signal ? `signal ${signal}` : `exit code ${code}`}${last ? `; it last said: ${last.slice(0, 200)}` : ''}`
  }
}

/** TypeScript in a checkout, JavaScript in a release. */
const enginePath = (): string =>
  fileURLToPath(new URL(`engine/process${extname(fileURLToPath(import.meta.url))}`, import.meta.url))

/** This program's own Node where it will do; under Electron, or an older Node, the one installed beside Cellbrush. */
export function nodePath(): string {
  const { electron, node } = process.versions
  if (!electron && Number.parseInt(node, 10) >= LEAST_NODE) return process.execPath
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = packagedNode(folder)
    if (existsSync(path)) return path
    if (dirname(folder) === folder) break
  }
  throw new AppError('engine-lost', { reason: `there is no Node ${LEAST_NODE} beside Cellbrush: run "npm start" once` })
}

/** The platform's Node among the packages; the same rule as scripts/packages.mjs, which runs before this file can. */
export function packagedNode(root: string, platform = process.platform, arch: string = process.arch): string {
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'
  const system = platform === 'win32' ? 'win' : platform
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  return join(root, 'node_modules', `${prefix}-${system}-${arch}`, 'bin', binary)
}

/** The user's environment without what would change the child's Node or print between the frames. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { TF_CPP_MIN_LOG_LEVEL: '2', ...process.env, TF_FORCE_GPU_ALLOW_GROWTH: 'true' }
  for (const name of ['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'ELECTRON_RUN_AS_NODE', 'ONEDNN_VERBOSE', 'DNNL_VERBOSE']) {
    delete env[name]
  }
  return env
}
