/** Runs `cellbrush ARGS` in this process, or as a process of its own, and keeps what it wrote. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runCommandLine } from '../../src-main/shells/cli/program.ts'

export interface Said {
  exitCode: number
  stdout: string
  stderr: string
}

/** A command in this process; with a signal it can be stopped. */
export async function cellbrush(args: readonly string[], stop?: AbortSignal): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const exitCode = await runCommandLine(args, {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    ...(stop ? { stop } : {}),
  })
  return { exitCode, ...said }
}

/** The one JSON object that a command with --json wrote to stdout. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at parts of it
export async function cellbrushJson(args: readonly string[]): Promise<any> {
  const { stdout, stderr, exitCode } = await cellbrush([...args, '--json'])
  const lines = stdout.trimEnd().split('\n')
  if (lines.length !== 1) throw new Error(`expected one line of JSON, exit code ${exitCode}: ${stdout}${stderr}`)
  return { ...JSON.parse(lines[0]!), exitCode }
}

export const MAIN = path.resolve(import.meta.dirname, '../../src-main/shells/cli/main.ts')

/** A command as a process; `prefix` is a shell text in front of it, such as a limit. */
export function cellbrushProcess(args: readonly string[], { prefix = '' }: { prefix?: string } = {}) {
  const command = `${prefix}exec "$0" "$@"`
  const child = spawn('bash', ['-c', command, process.execPath, MAIN, ...args])
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (said.stdout += chunk))
  child.stderr.on('data', (chunk) => (said.stderr += chunk))
  const ended = new Promise<Said>((resolve) => child.on('close', (code) => resolve({ exitCode: code ?? -1, ...said })))
  /** Resolves when stdout or stderr has said this. */
  const says = async (text: string): Promise<void> => {
    while (!(said.stdout + said.stderr).includes(text)) {
      if ((child.exitCode ?? child.signalCode) !== null)
        throw new Error(`it ended before it said "${text}": ${said.stdout}${said.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return { child, ended, says }
}

/** A temporary folder; `remove` takes it away. */
export function temporaryFolder(): { folder: string; at: (...names: string[]) => string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-test-'))
  return {
    folder,
    at: (...names) => path.join(folder, ...names),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Sample images that come with the repository (resources/samples/README.md). */
export const SAMPLES = path.resolve(import.meta.dirname, '../../resources/samples')
