/** Builds the window once before all tests, where a source is newer than what was built. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { Progress } from '../../scripts/progress.mjs'
import { buildWindow as buildForElectron } from '../../scripts/window-build.mjs'
import { chromiumPath } from './chromium.ts'
import { electronObstacle } from './electron.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

export default async function buildWindow(): Promise<void> {
  if (electronObstacle() === undefined) {
    await buildForElectron({ root: ROOT, node: process.execPath, progress: new Progress() })
    return // the page is among what it has built
  }
  if (!chromiumPath()) return
  const built = changedAt(path.join(ROOT, 'dist/renderer/index.html'))
  const sources = ['src-renderer', 'src-shared', 'vite.config.ts', 'svelte.config.js']
  if (built > Math.max(...sources.map((name) => newest(path.join(ROOT, name))))) return
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, 'build'], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the window cannot be built:\n${stdout}${stderr}`)
}

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** When the youngest file of a folder, or the file, was changed. */
function newest(place: string): number {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return changedAt(place)
  return Math.max(0, ...readdirSync(place).map((name) => newest(path.join(place, name))))
}
