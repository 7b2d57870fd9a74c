/** `cellbrush serve`. */
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../../../src-shared/errors.ts'
import { ensureSampleProject } from '../../../core/session/sample-project.ts'
import { Session } from '../../../core/session/session.ts'
import { describeHolder } from '../../../store/index.ts'
import { collected, wholeNumber } from '../arguments.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, type Shell, subcommand } from '../shell.ts'

interface Options {
  port: number
  host: string
  root?: string[]
  allowHost?: string[]
  open?: true
  tokenFile?: string
}

export const addServe: AddCommand = (program, shell) => {
  subcommand(program, 'serve [DIR]', 'open the workstation in a browser', [
    'serve p.cellbrush --open',
    'serve p.cellbrush --port 4173 --root /data/microscope --root /data/archive',
    'serve                      # the sample project',
  ])
    .option('--port <PORT>', '0 (default): any free one', wholeNumber(0, 65535), 0)
    .option('--host <HOST>', 'the address to listen at; anything but the default opens it to your network', '127.0.0.1')
    .option('--root <FOLDER>', 'a folder whose images may be imported; may be repeated', collected(String))
    .option('--allow-host <NAME>', 'another name of this server, behind a proxy; may be repeated', collected(String))
    .option('--open', 'open it in the default browser')
    .option(
      '--token-file <FILE>',
      'write the address with its key here, readable by you alone; a key that is there is kept',
    )
    .action((folder: string | undefined, options: Options) => serve(folder, options, shell))
}

async function serve(folder: string | undefined, options: Options, shell: Shell): Promise<void> {
  const project = folder ?? (await ensureSampleProject(undefined, shell.console.job(shell.stop)))
  shell.console.endProgress()
  await withEngine(shell, async (engine) => {
    const session = await Session.open(project, { engine, program: 'Cellbrush workstation', roots: options.root })
    try {
      await listen(session, options, shell)
    } finally {
      await session.close()
    }
  })
}

/** Serves until it is told to stop. */
async function listen(session: Session, options: Options, shell: Shell): Promise<void> {
  const { newToken } = await import('../../server/guard.ts') // ws is loaded only by those who serve
  const { serveSession } = await import('../../server/server.ts')
  const { console, stop } = shell
  const { port, host, allowHost: allowHosts } = options
  const log = (text: string) => console.note(console.isVerbose ? text : (text.split('\n')[0] ?? ''))
  const token = keyIn(options.tokenFile) ?? newToken()
  const server = await serveSession(session, { token, port, host, allowHosts, pages: pagesFolder(), log })
  try {
    if (options.tokenFile !== undefined) writeSecret(options.tokenFile, server.url)
    const readOnly = session.store.isReadOnly
    const holder = readOnly ? session.store.holder() : null
    if (readOnly) console.note(`Read-only: ${holder ? describeHolder(holder) : 'the folder cannot be written'}.`)
    const said = { type: 'serving', url: server.url, project: session.store.project.name, readOnly }
    console.result(said, `${session.store.project.name} is open at\n  ${server.url}\nCtrl+C ends it.`)
    if (options.open) openBrowser(server.url)
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      else stop.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    await server.close()
  }
}

/** dist/renderer, beside src-main in a checkout and beside its JavaScript in a release. */
function pagesFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const above = path.resolve(here, '../../../..')
  return path.basename(above) === 'dist' ? path.join(above, 'renderer') : path.join(above, 'dist', 'renderer')
}

/** The key of the last start, so that windows that are open find back. One that others could read is not used again. */
function keyIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    const isPrivate = process.platform === 'win32' || (statSync(file).mode & 0o077) === 0
    const key = new URL(readFileSync(file, 'utf8').trim()).searchParams.get('token') ?? ''
    return isPrivate && /^[\w-]{43}$/.test(key) ? key : undefined
  } catch {
    return undefined // there is none yet
  }
}

function writeSecret(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    chmodSync(file, 0o600) // it may have been there, for others to read
  } catch (error) {
    throw new AppError('not-writable', { path: file }, { cause: error })
  }
}

/** The browser is a convenience: where there is none, the address has been printed. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  spawn(command!, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
