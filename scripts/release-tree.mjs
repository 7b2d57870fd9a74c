import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from './cache-folder.mjs'
import { readStatus } from './native.mjs'

/**
 * What an installer contains, laid out as it will lie on the user's disk:
 *
 *   OUT/tree/   becomes `resources/cellbrush/`: the built program, its packages (Node 24 among them), native TensorFlow.
 *               It is complete without Electron: `node bin/cellbrush.mjs` is the command line and the local server.
 *   OUT/app/    becomes `resources/app.asar`: a package.json and one line that starts the tree's Electron shell.
 *   OUT/build/  the icon, from which electron-builder makes what each system wants.
 *
 * `node scripts/release-tree.mjs [OUT]`, after `npx electron-vite build`; OUT is `release/` where left out.
 * docs/release.md says why it is laid out so.
 */

/** Own files besides the packages: folders (all in them) and single files. */
const own = [
  'bin',
  'resources',
  'scripts/command.mjs',
  'scripts/packages.mjs',
  'scripts/peers',
  'scripts/problems.mjs',
  'scripts/progress.mjs',
  'studies',
  'LICENSE',
]

/** In packages: what is not needed to run them. Paths are relative to `node_modules/`, with slashes. */
const leftOut = [
  /\.(d\.[cm]?ts|[cm]?ts|map|tsbuildinfo)$/,
  /^(@[^/]+\/)?[^/]+\/(test|tests|__tests__|example|examples|benchmark|coverage|\.github)\//,
  /(^|\/)(tsconfig[^/]*\.json|\.git[^/]*)$/,
  /^@tensorflow\/.*(\.(min|fesm|es2017)(\.min)?\.js|_test\.js|\/miniprogram\/.*)$/, // for browsers, and tests
  /^@tensorflow\/tfjs-node-gpu\/(binding|deps|scripts)\//,
  /^node-[^/]+\/(include|share|CHANGELOG\.md|README\.md)/,
  /^better-sqlite3\/(deps|src)\//,
  /^webgpu\/build\//,
]

/** A prebuilt binary for another platform, by its name or its folder's: `darwin-arm64.node`, `linux-x64/dawn.node` … */
function isForeign(path, platform, arch) {
  const found = /[/.](darwin|linux|linuxmusl|win32)-(x64|arm64|universal)(?:\/[^/]+)?\.node$/.exec(path)
  if (!found) return false
  return found[1] !== platform || (found[2] !== arch && found[2] !== 'universal')
}

/** Every file of the tree as `{ from, to }`: where it lies now, and its path in the tree with slashes. */
export function listReleaseFiles({
  root,
  dist = join(root, 'dist'),
  platform = process.platform,
  arch = process.arch,
}) {
  const files = [...below(dist, 'dist'), ...own.flatMap((path) => below(join(root, path), path))]
  for (const path of productionPackages(root)) {
    const isWanted = ({ to }) => {
      const inside = to.slice('node_modules/'.length)
      return !leftOut.some((pattern) => pattern.test(inside)) && !isForeign(inside, platform, arch)
    }
    files.push(...below(join(root, path), path, (name) => name === 'node_modules').filter(isWanted))
  }
  return files.filter(({ to }) => to !== 'dist/build.json')
}

/** Folders of the packages that run in a release and are installed here: those of this platform. */
function productionPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const isProduction = ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional
  const paths = Object.entries(packages)
    .filter(isProduction)
    .map(([path]) => path)
  return paths.filter((path) => existsSync(join(root, path)))
}

function below(folder, to, isSkipped = () => false) {
  if (!existsSync(folder)) throw new Error(`${folder} is missing: build and install before a release`)
  const entries = readdirSyncOrFile(folder)
  if (!entries) return [{ from: folder, to }]
  return entries.flatMap((entry) => {
    if (isSkipped(entry.name) || ['.bin', '.DS_Store', '__pycache__'].includes(entry.name)) return []
    const [from, target] = [join(folder, entry.name), `${to}/${entry.name}`]
    return entry.isDirectory() ? below(from, target, isSkipped) : [{ from, to: target }]
  })
}

function readdirSyncOrFile(path) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Native TensorFlow as the set-up left it on this machine: the compiled addon and the libraries it loads. */
export function listNativeFiles(addon) {
  if (!addon) return []
  const folder = dirname(addon)
  const isLibrary = ({ to }) => !to.includes('/include/')
  return [
    { from: addon, to: 'native/addon.node' },
    ...below(join(folder, 'tensorflow'), 'native/tensorflow').filter(isLibrary),
  ]
}

/** What the packaged Electron runs: the shell of the tree beside it. */
const starter = `import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

await import(pathToFileURL(join(process.resourcesPath, 'cellbrush', 'dist', 'src-main', 'shells', 'electron', 'main.js')).href)
`

/**
 * Writes the folders described above.
 * @param {{ root: string, out: string, dist?: string, addon?: string, icon?: (to: string) => Promise<unknown> }} of
 *   `addon`: native TensorFlow to carry, none where left out; `icon`: draws the icon into a file
 * @returns {Promise<{ files: number }>}
 */
export async function buildReleaseTree({ root, out, dist, addon, icon = (to) => drawIcon(root, to) }) {
  for (const name of ['tree', 'app', 'build']) rmSync(join(out, name), { recursive: true, force: true })
  const { name, version, description, license, author } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const about = { name, version, description, license, author, type: 'module' }
  const files = [...listReleaseFiles({ root, dist }), ...listNativeFiles(addon)]
  for (const { from, to } of files) place(from, join(out, 'tree', ...to.split('/')))
  writeJson(join(out, 'tree', 'package.json'), about)
  writeJson(join(out, 'app', 'package.json'), { ...about, productName: 'Cellbrush', main: 'main.js' })
  writeFileSync(join(out, 'app', 'main.js'), starter)
  mkdirSync(join(out, 'build'), { recursive: true })
  await icon(join(out, 'build', 'icon.png'))
  return { files: files.length }
}

/** A second name for the same file where that works, else a copy: the tree of a build machine costs no room. */
function place(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE)
  }
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

async function drawIcon(root, to) {
  const { default: sharp } = await import('sharp')
  await sharp(join(root, 'src-renderer', 'styles', 'icon.svg'), { density: 1200 })
    .resize(1024, 1024)
    .png()
    .toFile(to)
}

/** The addon that the set-up recorded, when it is for any processor of this kind: a CUDA pack is not carried. */
function recordedAddon() {
  const { isReady, kind, addon } = readStatus(cacheFolder())
  return isReady && kind === 'cpu' ? addon : undefined
}

if (process.argv[1] && basename(process.argv[1]) === 'release-tree.mjs') {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const out = process.argv[2] ?? join(root, 'release')
  const addon = recordedAddon()
  const { files } = await buildReleaseTree({ root, out, addon })
  const native = addon ? 'with native TensorFlow' : 'without native TensorFlow: the release computes by WebGPU'
  console.log(`${files} files in ${relative(process.cwd(), join(out, 'tree')).split(sep).join('/')}, ${native}.`)
}
