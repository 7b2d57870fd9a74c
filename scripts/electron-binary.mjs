import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { collect } from './command.mjs'

/**
 * Electron's binary, which its npm package fetches from elsewhere at first use. Where that cannot be had, or cannot
 * run, there is a reason in words and the workstation opens in a browser instead.
 */

/** A failed download is not tried again at every start. */
const patienceMs = 24 * 3600 * 1000
const failurePath = (root) => join(root, 'node_modules', '.cache', 'cellbrush-electron.json')

/**
 * Why no Electron window could open here however it is installed, or undefined.
 * @param {{ platform?: NodeJS.Platform, environment?: NodeJS.ProcessEnv, uid?: number }} [of]
 * @returns {string | undefined}
 */
export function whyNoWindow({ platform = process.platform, environment = process.env, uid = process.getuid?.() } = {}) {
  if (platform !== 'linux') return undefined
  if (!environment.DISPLAY && !environment.WAYLAND_DISPLAY) return 'there is no screen'
  if (uid === 0) return 'Electron’s sandbox does not work for the user root'
  return undefined
}

/** Path of the binary that is there, or undefined. Looks as the package `electron` does. */
export function findElectron(root, environment = process.env) {
  const folder = join(root, 'node_modules', 'electron')
  try {
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim()
    const path = join(environment.ELECTRON_OVERRIDE_DIST_PATH || join(folder, 'dist'), name)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/**
 * The binary, fetched now where it is absent.
 * @param {{ root: string, node: string, progress: import('./progress.mjs').Progress, now?: number, run?: typeof collect }} of
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
export async function provideElectron({ root, node, progress, now = Date.now(), run = collect }) {
  const found = findElectron(root)
  if (found) return { path: found }
  const before = readFailure(root)
  if (before && now - before.at < patienceMs) return { reason: before.reason }
  const script = join(root, 'node_modules', 'electron', 'install.js')
  if (!existsSync(script)) return { reason: 'its package is not installed' }
  progress.say('Fetching Electron, about 120 MB, this once …')
  const answer = await run(node, [script], { cwd: root, timeoutMs: 15 * 60_000 })
  const path = findElectron(root)
  if (answer.code === 0 && path) {
    rmSync(failurePath(root), { force: true })
    return { path }
  }
  const reason = reasonOf(answer)
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true })
  writeFileSync(failurePath(root), JSON.stringify({ at: now, reason }))
  return { reason }
}

/**
 * In a person's words, from what the download said.
 * @param {{ output: string, signal?: string }} of
 */
export function reasonOf({ output, signal }) {
  if (signal) return 'its download took too long'
  if (/ENOSPC/.test(output)) return 'the disk is full'
  const status = /(?:status|code|Response)\D{0,12}([45]\d\d)/i.exec(output)?.[1]
  if (status) return `its download was refused with status ${status}`
  if (/checksum|sha256/i.test(output)) return 'its download is not the file it should be'
  return 'its download cannot be reached'
}

function readFailure(root) {
  try {
    const { at, reason } = JSON.parse(readFileSync(failurePath(root), 'utf8'))
    return typeof at === 'number' && typeof reason === 'string' ? { at, reason } : undefined
  } catch {
    return undefined
  }
}
