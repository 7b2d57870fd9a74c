/**
 * The engine process: `node process.ts`, frames on stdin and stdout (docs/architecture.md). It owns TensorFlow and the
 * graphics card, may be killed at any time, and ends when stdin ends, so that it never outlives the host.
 */
import { Console } from 'node:console'
import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { AppError } from '../../src-shared/errors.ts'
import { jobHandlers } from './jobs.ts'
import { EngineServer } from './serve.ts'

const writeToHost = process.stdout.write.bind(process.stdout)
keepStdoutForFrames()
bePolite()

const server = new EngineServer({
  handlers: jobHandlers(),
  send: (frame) => writeToHost(frame),
  onDamage: () => leave(1),
})

process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
// Ctrl+C, a closed terminal and a cluster's time limit reach the whole group: the host says what is to happen.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

process.stdin.on('data', (chunk: Buffer) => server.push(chunk)) // what is not a frame ends in `fail`
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(0))
process.stdout.on('error', () => process.exit(0)) // nobody listens any more
server.begin()

/** Anything printed by this program or a library would destroy the frames. */
function keepStdoutForFrames(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write
  globalThis.console = new Console(process.stderr)
}

/** Computes when nobody else wants the processor, and is the first to go when memory runs out: the host has the strokes. */
function bePolite(): void {
  try {
    setPriority(process.platform === 'win32' ? constants.priority.PRIORITY_BELOW_NORMAL : 5)
    if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '500')
  } catch (error) {
    console.error('the engine keeps its priority:', error)
  }
}

function fail(error: unknown): void {
  console.error(error)
  const reason = error instanceof Error ? error.message : String(error)
  server.failAll(new AppError('engine-lost', { reason }, { cause: error }))
  leave(1)
}

/** Ends once all answers are written. */
function leave(code: number): void {
  writeToHost('', () => process.exit(code))
}
