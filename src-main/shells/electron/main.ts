/** The process that Electron starts. */
import { runShell } from './shell.ts'

runShell(process.argv.slice(1), process.cwd())
