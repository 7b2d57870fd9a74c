import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collect, lastLine } from './command.mjs'
import { SetupProblem } from './problems.mjs'
import { Progress } from './progress.mjs'

/**
 * The built window, shell and core in `dist/`, made again only when a source of theirs has changed: a look at some
 * hundred files costs a few milliseconds, a build some seconds. `node scripts/window-build.mjs` builds and does no more.
 */

const sources = ['src-main', 'src-renderer', 'src-shared']
const settings = ['electron.vite.config.ts', 'vite.config.ts', 'svelte.config.js', 'package-lock.json']
const products = [
  ['renderer', 'index.html'],
  ['preload', 'preload.cjs'],
  ['src-main', 'shells', 'electron', 'main.js'],
]
const stampPath = (root) => join(root, 'dist', 'build.json')

/** One value for the names, sizes and times of all that is built from. */
export function sourcesKey(root) {
  const hash = createHash('sha256')
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path))
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  for (const path of settings.filter((path) => existsSync(join(root, path)))) add(path)
  for (const folder of sources) {
    if (!existsSync(join(root, folder))) continue
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((of) => of.isFile())
    for (const path of files.map((of) => join(of.parentPath, of.name)).sort()) add(path.slice(root.length + 1))
  }
  return hash.digest('hex')
}

export function isBuilt(root) {
  if (!products.every((path) => existsSync(join(root, 'dist', ...path)))) return false
  try {
    return JSON.parse(readFileSync(stampPath(root), 'utf8')).key === sourcesKey(root)
  } catch {
    return false
  }
}

/**
 * Builds where something has changed.
 * @param {{ root: string, node: string, progress: import('./progress.mjs').Progress, run?: typeof collect }} of
 * @throws {SetupProblem} 'build-failed' with the last thing the build said
 */
export async function buildWindow({ root, node, progress, run = collect }) {
  if (isBuilt(root)) return
  const key = sourcesKey(root) // as of now: what is changed while it builds is built the next time
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  // electron-vite looks for Electron's binary before it builds, and does not use it; any file will do.
  const env = { ...process.env, ELECTRON_EXEC_PATH: node }
  const args = [builder, 'build', '--logLevel', 'warn']
  await progress.during({ what: 'Building the window' }, async () => {
    const answer = await run(node, args, { cwd: root, env })
    if (answer.code !== 0) throw new SetupProblem('build-failed', { reason: lastLine(answer.output) })
  })
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stampPath(root), JSON.stringify({ key }))
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  try {
    await buildWindow({ root, node: process.execPath, progress: new Progress() })
  } catch (error) {
    console.error(error instanceof SetupProblem ? error.message : error)
    process.exitCode = 1
  }
}
