import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SetupProblem } from './problems.mjs'

/** How often the holder of a lock touches it, and how long one lies untouched before it counts as left behind. */
const touchMs = 10_000
const deadMs = 60_000

/**
 * Runs `work` while holding the lock file `path`, so that two set-ups do not write the same place at once. The file
 * names its holder, who touches it as long as it works; a lock whose process has died is taken over.
 * @template T
 * @param {{ path: string, onWait?: (holder: string) => void, pauseMs?: number, touchEveryMs?: number, isLeft?: ReturnType<typeof leftBehind> }} of
 * @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(
  { path, onWait = () => {}, pauseMs = 500, touchEveryMs = touchMs, isLeft = leftBehind() },
  work,
) {
  let hasSaid = false
  while (!take(path)) {
    const holder = holderOf(path)
    if (holder && (isDead(holder) || isLeft(touchedAt(path))) && (await takeOver(path))) break
    if (!hasSaid && holder) onWait(`process ${holder.pid} on ${holder.host}, which holds ${path}`)
    hasSaid ||= holder !== undefined
    await wait(pauseMs)
  }
  const touching = setInterval(touch, touchEveryMs, path).unref()
  const release = () => {
    clearInterval(touching)
    rmSync(path, { force: true })
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/**
 * Tells whether a lock that is looked at again and again was left behind: nobody has touched it all the while. By the
 * watcher's own clock, since the clock of another computer that holds it may be wrong.
 */
export function leftBehind({ afterMs = deadMs, now = () => performance.now() } = {}) {
  let [touched, since] = [undefined, 0]
  return (touchedAt) => {
    if (touchedAt !== touched) [touched, since] = [touchedAt, now()]
    return touchedAt !== undefined && now() - since >= afterMs
  }
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // The folder is gone, or lies on a disk that does not answer: whoever waits decides.
  }
}

function touchedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
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
  const touched = touchedAt(path)
  return touched !== undefined && Date.now() - touched > 10_000
}

function isDead({ pid, host, isBroken }) {
  if (isBroken) return true
  if (host !== hostname()) return false // another machine, or container: only its touches tell
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
