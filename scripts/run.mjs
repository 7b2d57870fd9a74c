import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { become } from './command.mjs'
import { SetupProblem } from './problems.mjs'
import { setUp } from './setup.mjs'

/**
 * What `npm start`, `npm test`, `npm run check` … do: set up what is missing, then run the steps, in order, until one
 * fails. `node scripts/run.mjs COMMAND [--cpu|--cuda|--auto] [ARGUMENTS]`.
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packaged = (...path) => join(root, 'node_modules', ...path)
const types = [packaged('typescript', 'bin', 'tsc'), '-p', root]
const windowTypes = [
  packaged('svelte-check', 'bin', 'svelte-check'),
  '--tsconfig',
  join(root, 'tsconfig.renderer.json'),
]
const lint = [packaged('@biomejs', 'biome', 'bin', 'biome'), 'check', root]
const unitTests = [packaged('vitest', 'vitest.mjs'), 'run']
const windowTests = [...unitTests, '--config', join(root, 'vitest.e2e.config.ts')]
const electronMain = join(root, 'dist', 'src-main', 'shells', 'electron', 'main.js')
const window = [join(root, 'scripts', 'start-window.mjs')]

/**
 * Each command: arguments for Node 24, one list a step. The user's own arguments go to the last step, or, where
 * `given` says so, to another list of steps.
 */
const commands = {
  setup: { steps: [] },
  start: { steps: [window] },
  demo: { steps: [[join(root, 'bin', 'cellbrush.mjs'), 'demo']] },
  test: { steps: [unitTests, windowTests], given: [unitTests], runsAll: true },
  check: { steps: [types, windowTypes, lint, unitTests] },
  'check:quick': { steps: [types, windowTypes, lint], needsNative: false },
  dev: { steps: [[packaged('electron-vite', 'bin', 'electron-vite.js'), 'dev', '--entry', electronMain]] },
  bench: { steps: [[join(root, 'test', 'bench', 'main.ts')]] },
  build: { steps: [[join(root, 'scripts', 'window-build.mjs')]], needsNative: false },
}

async function main([name, ...given]) {
  const command = commands[name]
  if (!command) throw new Error(`Expected one of ${Object.keys(commands).join(', ')}, found "${name}"`)
  const flag = given.find((argument) => ['--cpu', '--cuda', '--auto'].includes(argument))
  const rest = given.filter((argument) => argument !== flag)
  const node = await setUp({ root, wanted: flag?.slice(2), needsNative: command.needsNative })
  const steps = (rest.length > 0 && command.given) || command.steps
  let worst = 0
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1
    const code = await become(node, isLast ? [...step, ...rest] : step)
    worst ||= code
    if (code !== 0 && !command.runsAll) return code
  }
  return worst
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof SetupProblem ? error.message : error)
  process.exitCode = error instanceof SetupProblem ? 4 : 1
}
