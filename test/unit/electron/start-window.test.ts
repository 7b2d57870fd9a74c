import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { findElectron, provideElectron, reasonOf, whyNoWindow } from '../../../scripts/electron-binary.mjs'
import { Progress } from '../../../scripts/progress.mjs'
import { startWindow } from '../../../scripts/start-window.mjs'
import { buildWindow, isBuilt } from '../../../scripts/window-build.mjs'
import { newFolder } from './folders.ts'

const said: string[] = []
const progress = new Progress({ stream: { isTTY: false, write: (text: string) => said.push(text) } as never })

function checkout(): string {
  const root = newFolder()
  for (const path of [
    'src-main/shells/electron/main.ts',
    'src-renderer/index.html',
    'src-shared/api.ts',
    'vite.config.ts',
  ])
    write(root, path)
  write(root, 'node_modules/electron/install.js')
  return root
}
function write(root: string, path: string, text = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
function product(root: string): void {
  for (const path of ['renderer/index.html', 'preload/preload.cjs', 'src-main/shells/electron/main.js'])
    write(join(root, 'dist'), path)
}
function installElectron(root: string): string {
  write(root, 'node_modules/electron/path.txt', 'electron')
  write(root, 'node_modules/electron/dist/electron')
  return join(root, 'node_modules', 'electron', 'dist', 'electron')
}

test('the window is built once, and again after a source has changed, gone or come', async () => {
  const root = checkout()
  let builds = 0
  const run = async () => {
    builds++
    product(root)
    return { code: 0, output: '' }
  }
  const build = () => buildWindow({ root, node: 'node', progress, run })
  await build()
  await build()
  expect(builds).toBe(1)
  const source = join(root, 'src-shared', 'api.ts')
  utimesSync(source, new Date(), new Date(Date.now() + 5000))
  await build()
  expect(builds).toBe(2)
  write(root, 'src-renderer/views/Paint.svelte')
  expect(isBuilt(root)).toBe(false)
  await build()
  expect([builds, isBuilt(root)]).toEqual([3, true])
})

test('a failed build is one sentence with what it last said, and is not taken for done', async () => {
  const root = checkout()
  const run = async () => ({ code: 1, output: 'transforming\nError: Failed to resolve ./main.ts\n' })
  await expect(buildWindow({ root, node: 'node', progress, run })).rejects.toThrow(/could not be built .*main\.ts/)
  expect(isBuilt(root)).toBe(false)
})

test('Electron is fetched once, and a failure is remembered for a day', async () => {
  const root = checkout()
  let tries = 0
  const fails = async () => {
    tries++
    return { code: 1, output: 'RequestError: getaddrinfo ENOTFOUND example.org' }
  }
  const provide = (now: number, run: typeof fails) => provideElectron({ root, node: 'node', progress, now, run })
  const reason = { reason: 'its download cannot be reached' }
  expect(await provide(0, fails)).toEqual(reason)
  expect(await provide(3600_000, fails)).toEqual(reason)
  expect(tries).toBe(1)
  const works = async () => {
    installElectron(root)
    return { code: 0, output: '' }
  }
  expect(await provide(25 * 3600_000, works)).toEqual({ path: findElectron(root) })
  expect(existsSync(findElectron(root)!)).toBe(true)
  expect(await provide(26 * 3600_000, fails)).toEqual({ path: findElectron(root) })
  expect(tries).toBe(1)
})

test.each([
  [{ output: 'HTTPError: Response code 403 (Forbidden)' }, 'its download was refused with status 403'],
  [{ output: 'TypeError: fetch failed' }, 'its download cannot be reached'],
  [{ output: 'Generated checksum for electron.zip did not match' }, 'its download is not the file it should be'],
  [{ output: 'ENOSPC: no space left on device' }, 'the disk is full'],
  [{ output: '', signal: 'SIGTERM' }, 'its download took too long'],
])('%j means that %s', (answer, reason) => expect(reasonOf(answer)).toBe(reason))

test.each([
  [{ platform: 'linux', environment: {}, uid: 1000 }, 'there is no screen'],
  [{ platform: 'linux', environment: { DISPLAY: ':0' }, uid: 0 }, 'Electron’s sandbox does not work for the user root'],
  [{ platform: 'linux', environment: { WAYLAND_DISPLAY: 'wayland-0' }, uid: 1000 }, undefined],
  [{ platform: 'darwin', environment: {}, uid: 501 }, undefined],
  [{ platform: 'win32', environment: {}, uid: undefined }, undefined],
] as const)('with %j a window is refused because %s', (where, reason) => {
  // Left out and undefined are one: the running user's id must not stand in for it on another platform.
  expect(whyNoWindow(where as Parameters<typeof whyNoWindow>[0])).toBe(reason)
})

/** Starts with parts that only note what they are asked, at a clock that tells how long Electron ran. */
async function start(
  given: string[],
  of: { obstacle?: string; electron?: object; code?: number; ranMs?: number } = {},
) {
  const runs: { program: string; args: string[] }[] = []
  said.length = 0
  let time = 0
  const exit = await startWindow(
    { root: '/checkout', node: '/node', given, progress },
    {
      build: async () => {},
      provide: async () => (of.electron ?? { path: '/electron' }) as { path: string },
      whyNot: () => of.obstacle,
      now: () => time,
      run: async (program: string, args: string[]) => {
        runs.push({ program, args })
        time += of.ranMs ?? 60_000
        return program === '/electron' ? (of.code ?? 0) : 0
      },
    },
  )
  return { exit, runs, said: said.join('') }
}
const main = '/checkout/dist/src-main/shells/electron/main.js'
const serve = ['/checkout/bin/cellbrush.mjs', 'serve', '--open']

test('where Electron is, it is started with the project', async () => {
  const { runs, said } = await start(['/data/a.cellbrush'])
  expect(runs).toEqual([{ program: '/electron', args: [main, '/data/a.cellbrush'] }])
  expect(said).toBe('')
})

test.each([
  [{ electron: { reason: 'its download cannot be reached' } }, 'its download cannot be reached'],
  [{ obstacle: 'there is no screen' }, 'there is no screen'],
])('without it (%j) one sentence is said and the same workstation opens in the browser', async (of, reason) => {
  const { runs, said, exit } = await start(['a.cellbrush'], of)
  expect(runs).toEqual([{ program: '/node', args: [...serve, 'a.cellbrush'] }])
  expect(said.trim().split('\n')).toEqual([expect.stringContaining(reason)])
  expect(said).toContain('opens in your browser')
  expect(exit).toBe(0)
})

test('an Electron that cannot start gives way to the browser; one that ends later does not', async () => {
  expect((await start([], { code: 1, ranMs: 800 })).runs.map(({ program }) => program)).toEqual(['/electron', '/node'])
  const later = await start([], { code: 1, ranMs: 60_000 })
  expect([later.runs.length, later.exit]).toEqual([1, 1])
  expect((await start([], { code: 0, ranMs: 800 })).runs).toHaveLength(1)
})

test('the browser can be asked for', async () => {
  const { runs, said } = await start(['--browser', 'a.cellbrush'])
  expect(runs).toEqual([{ program: '/node', args: [...serve, 'a.cellbrush'] }])
  expect(said).toBe('')
})

test('what is kept about a failed download can be read', async () => {
  const root = checkout()
  const run = async () => ({ code: 1, output: '' })
  await provideElectron({ root, node: 'node', progress, now: 5, run })
  const kept = readFileSync(join(root, 'node_modules', '.cache', 'cellbrush-electron.json'), 'utf8')
  expect(JSON.parse(kept)).toEqual({ at: 5, reason: 'its download cannot be reached' })
})
