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
const lint = [packaged('@biomejs', 'biome', 'bin', 'biome'), 'check', root]
const unitTests = [packaged('vitest', 'vitest.mjs'), 'run']

/** Each command: arguments for Node 24, one list a step. The user's own arguments go to the last step. */
const commands = {
  setup: { steps: [] },
  start: { steps: [[join(root, 'bin', 'cellbrush.mjs'), 'demo']] },
  test: { steps: [unitTests] },
  check: { steps: [types, lint, unitTests] },
  'check:quick': { steps: [types, lint], needsNative: false },
  bench: { steps: [[join(root, 'test', 'bench', 'main.ts')]] },
  build: {
    steps: [[packaged('typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')]],
    needsNative: false,
  },
}

async function main([name, ...given]) {
  const command = commands[name]
  if (!command) throw new Error(`Expected one of ${Object.keys(commands).join(', ')}, found "${name}"`)
  const flag = given.find((argument) => ['--cpu', '--cuda', '--auto'].includes(argument))
  const rest = given.filter((argument) => argument !== flag)
  const node = await setUp({ root, wanted: flag?.slice(2), needsNative: command.needsNative })
  for (const [index, step] of command.steps.entries()) {
    const isLast = index === command.steps.length - 1
    const code = await become(node, isLast ? [...step, ...rest] : step)
    if (code !== 0) return code
  }
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof SetupProblem ? error.message : error)
  process.exitCode = error instanceof SetupProblem ? 4 : 1
}
