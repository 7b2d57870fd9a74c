/** The process behind `cellbrush`, started by bin/cellbrush.mjs under Node 24. */
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
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
// `cellbrush ... | head` closes our stdout: nobody reads on, so end quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  kill: kill.signal,
})
process.off('SIGINT', onSignal)
process.off('SIGTERM', onSignal)
