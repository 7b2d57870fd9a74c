import { spawn } from 'node:child_process'

/**
 * Runs a program to its end and collects what it writes. Never rejects: a program that is absent gives code -1 and
 * its system error ("ENOENT").
 * @param {string} program @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { timeoutMs?: number }} options
 * @returns {Promise<{ code: number, signal?: string, output: string, error?: string }>}
 */
export function collect(program, args, { timeoutMs, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, ...options })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    child.once('error', (error) => resolve({ code: -1, output, error: error.code ?? error.message }))
    child.once('close', (code, signal) => resolve({ code: code ?? -1, signal: signal ?? undefined, output }))
  })
}

/**
 * Runs a program in the foreground, as if it were this process: its input and output, its exit code, and the signals
 * this process gets. A terminal sends Ctrl-C to both, so an interrupt is only passed on where there is no terminal.
 * @param {string} program @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { sharesSignal?: boolean }} options
 * @returns {Promise<number>} its exit code; a program ended by a signal ends this process by the same signal, unless
 *   `sharesSignal` is false: then its code is 1
 */
export function become(program, args, { sharesSignal = true, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
    const forward = {
      SIGINT: () => isOnTerminal || child.kill('SIGINT'),
      SIGTERM: () => child.kill('SIGTERM'),
      SIGHUP: () => child.kill('SIGHUP'),
    }
    for (const [signal, listener] of Object.entries(forward)) process.on(signal, listener)
    const stopForwarding = () => {
      for (const [signal, listener] of Object.entries(forward)) process.off(signal, listener)
    }
    child.once('error', (error) => {
      stopForwarding()
      reject(error)
    })
    child.once('close', (code, signal) => {
      stopForwarding()
      if (signal && sharesSignal) process.kill(process.pid, signal)
      resolve(code ?? 1)
    })
  })
}

/** The last line that says something, for one sentence about a failed program. */
export function lastLine(output) {
  const lines = output.split(/\r?\n/).map((line) => line.trim())
  const errors = lines.filter((line) => /error/i.test(line))
  const line = errors.at(-1) ?? lines.filter(Boolean).at(-1) ?? 'it said nothing'
  return line.replace(/[.\s]+$/, '').slice(0, 300)
}
