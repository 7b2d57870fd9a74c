/** The process behind `cellbrush`, started by bin/cellbrush.mjs under Node 24. */
import { isatty } from 'node:tty'
import { runCommandLine } from './program.ts'

const stop = new AbortController()
const kill = new AbortController()

/** The first signal asks for a clean end; the second ends at once (the engine is killed with its pipe). */
function onSignal(): void {
  if (!stop.signal.aborted) {
    process.stderr.write('\nStopping; what is done will be kept. Once more ends at once.\n')
    stop.abort()
  } else {
    kill.abort()
    setTimeout(() => process.exit(1), 1000)
  }
}

/** Stdin does not count: nohup takes stdout and stderr off the terminal, but that of macOS leaves stdin on it. */
const isHeardOnTerminal = [1, 2].some((stream) => isatty(stream))

/**
 * The terminal was closed or its line dropped: a clean end, and no more than that however often it is said, as shell
 * and system both say it. Where we say nothing on a terminal somebody has seen to it that we outlive one: under nohup,
 * whose wish Node forgets at its start.
 */
function onHangUp(): void {
  if (isHeardOnTerminal && !stop.signal.aborted) onSignal()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
process.on('SIGHUP', onHangUp)
// `cellbrush ... | head` closes our stdout: nobody reads on, so end quietly; but not in the middle of a clean end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!stop.signal.aborted) process.exit(error.code === 'EPIPE' ? 0 : 1)
})
process.stderr.on('error', () => {}) // remarks that nobody reads are no reason to end

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  kill: kill.signal,
})
process.off('SIGINT', onSignal)
process.off('SIGTERM', onSignal)
process.off('SIGHUP', onHangUp)
