/** The command line as a function: arguments in, exit code out. Each command is one file in `commands/`. */
import { Command, CommanderError } from 'commander'
import { AppError } from '../../../src-shared/errors.ts'
import { Stopped } from '../../core/job.ts'
import { VERSION } from '../../core/version.ts'
import { COMMANDS } from './commands/index.ts'
import { Console, type Stream } from './console.ts'
import type { Shell } from './shell.ts'

export interface CliOptions {
  stdout: Stream
  stderr: Stream
  stop?: AbortSignal
  kill?: AbortSignal
}

/** Runs `cellbrush ARGS`; never throws. 0 done, 1 failed, 2 wrong usage, 3 bad input, 4 cannot run here. */
export async function runCommandLine(args: readonly string[], options: CliOptions): Promise<number> {
  const console = new Console(options.stdout, options.stderr)
  console.isJson = isGiven(args, '--json') // known before parsing, for errors of parsing
  console.isVerbose = isGiven(args, '--verbose')
  const never = new AbortController().signal
  const shell: Shell = { console, stop: options.stop ?? never, kill: options.kill ?? never, exitCode: 0 }
  try {
    await buildProgram(shell, options).parseAsync([...args], { from: 'user' })
    return shell.exitCode
  } catch (error) {
    if (error instanceof Stopped || isAbort(error, shell)) return stopped(console)
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : console.failed(usageError(error))
    return console.failed(error)
  } finally {
    console.endProgress()
  }
}

const isGiven = (args: readonly string[], flag: string): boolean => {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).includes(flag)
}

const isAbort = (error: unknown, { stop, kill }: Shell): boolean =>
  (stop.aborted || kill.aborted) && (error as Error)?.name === 'AbortError'

function stopped(console: Console): number {
  console.endProgress()
  console.event({ ok: false, error: { code: 'stopped', message: 'Stopped as asked.' } })
  console.note('Stopped as asked; what was saved before is kept.')
  return 1
}

function usageError(error: CommanderError): AppError {
  if (error.code === 'commander.help')
    return new AppError('usage', { reason: 'Say what to do; --help lists the commands.' })
  const said = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  const sentence = said.charAt(0).toUpperCase() + said.slice(1).replace(/\.$/, '')
  return new AppError('usage', { reason: `${sentence}; --help shows how it is used.` }, { cause: error })
}

function buildProgram(shell: Shell, { stdout }: CliOptions): Command {
  const program = new Command('cellbrush')
    .description('Paint a few cells, train a U-Net on this machine, correct it, export masks.')
    .version(VERSION, '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => {}, // said once, as one sentence, by the caller
    })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
  for (const add of COMMANDS) add(program, shell)
  return program
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input, 4 cannot run here.
Every command takes --json (JSON on stdout, all else on stderr) and --verbose (stacks of errors).`
