import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasNvidiaDriver, readStatus } from './native.mjs'
import { packs } from './native-packs.mjs'
import { findNode } from './packages.mjs'

/**
 * The stamp of a finished set-up, kept inside node_modules so that it goes when they go. It says what the set-up was
 * made from; when that is unchanged and its results are there, a start costs a few milliseconds.
 */
const stampPath = (root) => join(root, 'node_modules', '.cache', 'cellbrush-setup.json')

/** One value for all the set-up depends on: packages, platform, pinned wheels, the user's choice, the card. */
export function stampKey({ root, cache, wanted, environment = process.env, hasDriver = hasNvidiaDriver() }) {
  const pinned = JSON.stringify(packs[`${process.platform}-${process.arch}`] ?? {}, (_, value) =>
    value instanceof RegExp ? value.source : value,
  )
  const lock = readFileSync(join(root, 'package-lock.json'))
  const override = environment.CELLBRUSH_TF_ADDON ?? ''
  const rest = JSON.stringify([process.platform, process.arch, pinned, cache, wanted, hasDriver, override])
  return createHash('sha256').update(lock).update(rest).digest('hex')
}

/** What the last set-up recorded; undefined when there was none. */
export function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampPath(root), 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string} root @param {{ key: string, hasNative: boolean, isNativeReady: boolean, addon?: string }} stamp */
export function writeStamp(root, stamp) {
  const path = stampPath(root)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(stamp, null, 2)}\n`)
  renameSync(`${path}.${process.pid}`, path)
}

/**
 * How far the set-up of this checkout is, without starting any program:
 * `packages` (the packages and Node 24 are there) and `native` ("ready", "failed" at the last attempt, or "absent").
 * @returns {{ packages: boolean, native: 'ready' | 'failed' | 'absent' }}
 */
export function lookAtSetup({ root, cache, wanted, environment = process.env, hasDriver }) {
  const stamp = readStamp(root)
  if (!stamp || stamp.key !== stampKey({ root, cache, wanted, environment, hasDriver }) || !findNode(root))
    return { packages: false, native: 'absent' }
  if (environment.CELLBRUSH_TF_ADDON) return { packages: true, native: 'ready' }
  if (!stamp.hasNative) return { packages: true, native: 'absent' }
  if (!stamp.isNativeReady) return { packages: true, native: 'failed' }
  return { packages: true, native: isNativeThere(stamp, cache) ? 'ready' : 'absent' }
}

/** The addon the stamp names is the recorded one, and it and its libraries are on the disk. */
function isNativeThere({ addon }, cache) {
  if (readStatus(cache).addon !== addon || !existsSync(addon)) return false
  try {
    const { files } = JSON.parse(readFileSync(join(dirname(addon), 'pack.json'), 'utf8'))
    return Object.entries(files).every(([name, bytes]) => statSync(join(dirname(addon), name)).size === bytes)
  } catch {
    return false
  }
}
