import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { become } from './command.mjs'
import { provideElectron, whyNoWindow } from './electron-binary.mjs'
import { findNode } from './packages.mjs'
import { SetupProblem } from './problems.mjs'
import { Progress } from './progress.mjs'
import { buildWindow } from './window-build.mjs'

/**
 * Opens the workstation: in an Electron window, else in the default browser from the local server. To be run by Node
 * 24 when the packages are there: `node scripts/start-window.mjs [--browser] [PROJECT]`.
 */

/** An Electron that ends sooner than this, and not by being closed, could not start, in milliseconds. */
const startMs = 10_000

/**
 * @param {{ root: string, node: string, given: string[], progress?: Progress }} of `given`: the user's own arguments
 * @param {{ build?: typeof buildWindow, provide?: typeof provideElectron, run?: typeof become,
 *   whyNot?: typeof whyNoWindow, now?: () => number }} parts what a test replaces
 * @returns {Promise<number>} exit code
 */
export async function startWindow(
  { root, node, given, progress = new Progress() },
  { build = buildWindow, provide = provideElectron, run = become, whyNot = whyNoWindow, now = Date.now } = {},
) {
  const wantsBrowser = given.includes('--browser')
  const rest = given.filter((argument) => argument !== '--browser')
  await build({ root, node, progress })
  const inBrowser = (reason) => {
    if (reason) progress.say(`No window of its own: ${reason}; Cellbrush opens in your browser instead.`)
    return run(node, [join(root, 'bin', 'cellbrush.mjs'), 'serve', '--open', ...rest])
  }
  if (wantsBrowser) return inBrowser()
  const obstacle = whyNot()
  if (obstacle) return inBrowser(obstacle)
  const electron = await provide({ root, node, progress })
  if (electron.reason) return inBrowser(`Electron is not here (${electron.reason})`)
  const start = now()
  const projects = rest.map((argument) => (argument.startsWith('-') ? argument : resolve(argument)))
  const main = join(root, 'dist', 'src-main', 'shells', 'electron', 'main.js')
  const code = await endOf(run(electron.path, [main, ...projects], { env: withoutNodeMode(), sharesSignal: false }))
  const couldNotStart = code !== 0 && now() - start < startMs
  return couldNotStart ? inBrowser('Electron did not start here') : code
}

/** A program that is not one for this machine cannot even be run. */
const endOf = (running) => running.catch(() => 1)

function withoutNodeMode() {
  const { ELECTRON_RUN_AS_NODE, NODE_OPTIONS, ...rest } = process.env
  return rest
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  try {
    process.exitCode = await startWindow({
      root,
      node: findNode(root) ?? process.execPath,
      given: process.argv.slice(2),
    })
  } catch (error) {
    console.error(error instanceof SetupProblem ? error.message : error)
    process.exitCode = error instanceof SetupProblem ? 4 : 1
  }
}
