/** A log file, because a window's program has no terminal, and what happens when the program itself is at fault. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { format } from 'node:util'
import { app, dialog } from 'electron'

/** The log of earlier starts is kept beside it once this one is larger, in bytes. */
const MOST_BYTES = 2_000_000

/** From now on what is said on the console also goes to the file, and a fault is told once, in one sentence. */
export function logFaults(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(file, `${file}.old`)
  for (const level of ['warn', 'error'] as const) {
    const print = console[level].bind(console)
    console[level] = (...said: unknown[]) => {
      write(file, `${new Date().toISOString()} ${level}: ${format(...said)}\n`)
      print(...said)
    }
  }
  let isTold = false
  const fault = (error: unknown) => {
    console.error(error)
    if (isTold) return
    isTold = true
    const next = `It can go on; every finished stroke is saved. Please send the log to whoever maintains it: ${file}`
    if (app.isReady()) void dialog.showMessageBox({ type: 'error', message: 'Cellbrush made a mistake.', detail: next })
  }
  process.on('uncaughtException', fault)
  process.on('unhandledRejection', fault)
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') console.warn(`${type} process ended: ${reason}, exit code ${exitCode}`)
  })
}

function write(file: string, line: string): void {
  try {
    appendFileSync(file, line)
  } catch {
    // a full disk must not turn a warning into a fault
  }
}
