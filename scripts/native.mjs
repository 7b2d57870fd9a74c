import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { addonPath, compileAddon, findCompiler, tryAddon } from './addon.mjs'
import { collect } from './command.mjs'
import { expectRegistry, findPip, provideWheel } from './download.mjs'
import { withLock } from './lock.mjs'
import { choosePacks, downloadBytes, packFolderName, tensorflowVersion, unpackedBytes } from './native-packs.mjs'
import { asProblem, SetupProblem } from './problems.mjs'
import { bytesText } from './progress.mjs'
import { unzip } from './unzip.mjs'

/**
 * Provides native TensorFlow: wheels from the Python package registry, the needed files out of them, the addon
 * compiled against those. What came of it stands in `native-status.json` of the cache folder, which
 * src-main/native-location.ts reads. A failure never stops the program: it then uses the next backend.
 */

export const statusPath = (cache) => join(cache, 'native-status.json')

/** @returns {{ isReady?: boolean, addon?: string, kind?: string, reason?: string, wanted?: string }} */
export function readStatus(cache) {
  try {
    return JSON.parse(readFileSync(statusPath(cache), 'utf8'))
  } catch {
    return {}
  }
}

/** A driver is there; a cheap look that needs no program. */
export const hasNvidiaDriver = () => existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidiactl')

/** A card that answers. */
export async function hasNvidiaCard() {
  const answer = await collect('nvidia-smi', ['-L'], { timeoutMs: 20_000 })
  return answer.code === 0 && /^GPU \d/m.test(answer.output)
}

/** What this machine is, as choosePacks wants it. */
async function thisMachine(wanted) {
  const header = process.platform === 'linux' ? process.report.getReport().header : {}
  const libc = process.platform !== 'linux' || header.glibcVersionRuntime ? 'glibc' : 'musl'
  const hasNvidia = wanted === 'auto' && (await hasNvidiaCard())
  return { platform: process.platform, arch: process.arch, wanted, libc, hasNvidia }
}

/**
 * @param {{ root: string, cache: string, wanted: 'auto'|'cpu'|'cuda', node: string, progress: import('./progress.mjs').Progress }} of
 * @returns {Promise<object>} the status, which is also written
 */
export async function provideNative({ root, cache, wanted, node, progress }) {
  const status = await attempt({ root, cache, wanted, node, progress })
  if (status.reason) progress.say(status.reason)
  try {
    await writeStatus(cache, status)
  } catch (error) {
    const { message } = asProblem(error, cache)
    if (message !== status.reason) progress.say(message)
  }
  return status
}

async function attempt({ root, cache, wanted, node, progress }) {
  let status = { isReady: false, wanted }
  try {
    const machine = await thisMachine(wanted)
    const { packs, problem } = choosePacks(machine)
    if (problem) status.reason = new SetupProblem(problem, machine).message
    await makeFolder(cache)
    const onWait = (holder) => progress.say(`Another set-up (${holder}) is at work; waiting for it.`)
    await withLock({ path: join(cache, 'set-up.lock'), onWait }, async () => {
      await removeLeftovers(cache)
      for (const pack of packs) {
        const addon = await providePack({ pack, root, cache, node, progress, isExtra: status.isReady })
        status = { isReady: true, addon, version: tensorflowVersion, kind: pack.kind, wanted, reason: status.reason }
        await writeStatus(cache, status) // usable from here on, while a larger pack is still on its way
      }
    })
    return status
  } catch (error) {
    const { message } = asProblem(error, cache)
    return { ...status, reason: message }
  }
}

async function makeFolder(cache) {
  try {
    await mkdir(cache, { recursive: true })
  } catch (error) {
    throw new SetupProblem('cache-unwritable', { path: cache, reason: error.code })
  }
}

/** `isExtra`: the program works without this pack. */
async function providePack({ pack, root, cache, node, progress, isExtra }) {
  const folder = join(cache, 'native', packFolderName(pack, process.platform, process.arch))
  const hasFiles = await isWhole(folder)
  const isCompiled = hasFiles && existsSync(addonPath(root, folder))
  const compiler = isCompiled ? undefined : await findCompiler() // before a download that would be for nothing
  if (!hasFiles && isExtra) await expectRegistry({ wheel: pack.wheels[0], pip: await findPip() })
  if (!hasFiles) await unpackPack({ pack, folder, cache, progress })
  const addon = await compileAddon({ root, packFolder: folder, libraries: pack.libraries, compiler, progress })
  await tryAddon(node, addon)
  return addon
}

/** The pack's files are there with the sizes they had when they were unpacked. */
export async function isWhole(folder) {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'))
    for (const [name, bytes] of Object.entries(files)) if ((await stat(join(folder, name))).size !== bytes) return false
    return true
  } catch {
    return false
  }
}

/**
 * Downloads a pack's wheels and unpacks what it takes from them, all into one folder: sibling folders `tensorflow` and
 * `nvidia`, as in a Python environment. The folder gets its name when it is complete; then the wheels are deleted.
 * @param {{ pack: object, folder: string, cache: string, progress: object, pip?: string[], freeBytes?: number }} of
 */
export async function unpackPack({ pack, folder, cache, progress, pip, freeBytes }) {
  const downloads = join(cache, 'downloads')
  await makeFolder(downloads)
  await checkSpace({ pack, downloads, freeBytes })
  const pipCommand = pip ?? (await findPip())
  announce(pack, downloads, progress)
  const partial = join(cache, 'native', `partial-${basename(folder)}`)
  await rm(partial, { recursive: true, force: true })
  const paths = []
  for (const wheel of pack.wheels) {
    const path = await provideWheel({ wheel, folder: downloads, pip: pipCommand, progress })
    await takeFiles({ wheel, path, partial, progress })
    paths.push(path)
  }
  await writeFile(
    join(partial, 'pack.json'),
    JSON.stringify({ kind: pack.kind, files: await sizesBelow(partial) }, null, 1),
  )
  await rm(folder, { recursive: true, force: true }) // a damaged one
  await rename(partial, folder)
  for (const path of paths) await rm(path)
}

function announce(pack, downloads, progress) {
  const what = pack.kind === 'cuda' ? 'TensorFlow with CUDA for your NVIDIA card' : 'Native TensorFlow'
  const sizes = `${bytesText(downloadBytes(pack))} to download, ${bytesText(unpackedBytes(pack))} on the disk`
  progress.say(`${what}: ${sizes}, in ${dirname(downloads)}.`)
}

async function takeFiles({ wheel, path, partial, progress }) {
  const wants = (name) => wheel.takes.some((taken) => (typeof taken === 'string' ? taken === name : taken.test(name)))
  try {
    const names = await progress.during({ what: `Unpacking ${wheel.project}`, total: wheel.unpackedBytes }, (show) =>
      unzip({ path, folder: partial, wants, onBytes: show }),
    )
    const absent = wheel.takes.find(
      (taken) => !names.some((name) => (typeof taken === 'string' ? taken === name : taken.test(name))),
    )
    if (absent) throw new Error(`it has no ${absent}`)
  } catch (error) {
    if (error.code === 'ENOSPC') throw error
    throw new SetupProblem('wheel-unreadable', { file: path, reason: error.message })
  }
}

/** Room for the wheels not yet there, what is unpacked from all, and a little to breathe. */
async function checkSpace({ pack, downloads, freeBytes }) {
  const toDownload = pack.wheels.filter(({ file }) => !existsSync(join(downloads, file)))
  const needed = toDownload.reduce((sum, { bytes }) => sum + bytes, 0) + unpackedBytes(pack) + 200e6
  const disk = await statfs(downloads)
  const free = freeBytes ?? disk.bavail * disk.bsize
  if (free < needed) throw new SetupProblem('disk-space', { path: downloads, free, needed })
}

async function sizesBelow(folder, prefix = '') {
  const sizes = {}
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix ? `${prefix}/${entry.name}` : entry.name
    if (entry.isDirectory()) Object.assign(sizes, await sizesBelow(folder, name))
    else sizes[name] = (await stat(join(folder, name))).size
  }
  return sizes
}

/** What an interrupted set-up left under temporary names; called with the lock held. */
async function removeLeftovers(cache) {
  for (const folder of [cache, join(cache, 'native')]) {
    if (!existsSync(folder)) continue
    for (const name of await readdir(folder))
      if (name.startsWith('partial-')) await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function writeStatus(cache, status) {
  await mkdir(cache, { recursive: true })
  const temporary = `${statusPath(cache)}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(status, null, 2)}\n`)
  await rename(temporary, statusPath(cache))
}
