/** What every command of the command line shares. */
import type { Command } from 'commander'
import type { Console } from './console.ts'

/** What a command gets besides its own arguments. */
export interface Shell {
  console: Console
  /** Aborted by the first SIGINT or SIGTERM: end cleanly, keep what was saved. */
  stop: AbortSignal
  /** Aborted by the second: end now. */
  kill: AbortSignal
  /** What the process will end with when nothing throws. */
  exitCode: number
}

/** A command file exports one of these; `commands/index.ts` lists them. */
export type AddCommand = (program: Command, shell: Shell) => void

/** A subcommand with the options all of them have, and examples under its help. */
export function subcommand(parent: Command, usage: string, description: string, examples: readonly string[]): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'write JSON to stdout, all else to stderr')
    .option('--verbose', 'show where in the program an error arose')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ cellbrush ${example}`).join('\n')}`)
}

/** Says, file by file, why some of several failed. */
export function tellFailures(console: Console, files: readonly { error?: { message: string } }[]): void {
  for (const { error } of files) if (error) console.note(error.message)
}
