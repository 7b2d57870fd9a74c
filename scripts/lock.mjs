import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SetupProblem } from './problems.mjs'

/**
 * Runs `work` while holding the lock file `path`, so that two set-ups do not write the same place at once. The file
 * names its holder; a lock whose process has died is taken over.
 * @template T @param {{ path: string, onWait?: (holder: string) => void, pauseMs?: number }} of
 * @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock({ path, onWait = () => {}, pauseMs = 500 }, work) {
  let hasSaid = false
  while (!take(path)) {
    const holder = holderOf(path)
    if (holder && isDead(holder) && (await takeOver(path))) break
    if (!hasSaid && holder) onWait(`process ${holder.pid} on ${holder.host}`)
    hasSaid ||= holder !== undefined
    await wait(pauseMs)
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function take(path) {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new SetupProblem('lock-unwritable', { path, reason: error.code })
  }
}

/** Replaces a dead holder's lock; of several that try, the last to write has it, so look again after a moment. */
async function takeOver(path) {
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, host: hostname() }))
  renameSync(mine, path)
  await wait(50)
  return holderOf(path)?.pid === process.pid
}

/** Nothing when the lock has just gone, or its holder is still writing it. */
function holderOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return isOld(path) ? { pid: 0, host: hostname(), isBroken: true } : undefined
  }
}

/** A lock file that has been unreadable for ten seconds was left by a process killed while it wrote it. */
function isOld(path) {
  try {
    return Date.now() - statSync(path).mtimeMs > 10_000
  } catch {
    return false
  }
}

function isDead({ pid, host, isBroken }) {
  if (isBroken) return true
  if (host !== hostname()) return false // another machine on a shared home: nobody here can tell
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
