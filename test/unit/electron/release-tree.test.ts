import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildReleaseTree, listNativeFiles, listReleaseFiles } from '../../../scripts/release-tree.mjs'
import { newFolder, root } from './folders.ts'

const run = promisify(execFile)
const place = newFolder()
const dist = join(place, 'dist')
const out = join(place, 'release')
const tree = join(out, 'tree')

beforeAll(async () => {
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const env = { ...process.env, CELLBRUSH_DIST: dist, ELECTRON_EXEC_PATH: process.execPath, VITEST: '' }
  await run(process.execPath, [builder, 'build', '--logLevel', 'warn'], { cwd: root, env })
  await buildReleaseTree({ root, out, dist })
}, 240_000)

describe('the list of files', () => {
  const list = (platform = process.platform, arch: string = process.arch) =>
    listReleaseFiles({ root, dist, platform, arch: arch as NodeJS.Architecture }).map(({ to }) => to)

  test('has the program, its migrations and samples, and the Node that runs the engine', () => {
    const files = list()
    for (const path of [
      'bin/cellbrush.mjs',
      'LICENSE',
      'dist/preload/preload.cjs',
      'dist/renderer/index.html',
      'dist/src-main/shells/electron/main.js',
      'dist/src-main/shells/cli/main.js',
      'dist/src-main/engine/process.js',
      'dist/src-main/engine/probe.js',
      'dist/src-main/engine/batches-worker.js',
      'dist/src-main/imaging/decode-worker.js',
      'dist/src-main/core/session/proposed-objects-worker.js',
      'resources/migrations/0001-project.sql',
      'resources/samples/nuclei/images/IXMtest_A02_s1.tif',
    ]) {
      expect(files, path).toContain(path)
    }
    expect(files.filter((path) => /^node_modules\/node-[^/]+\/bin\/node(\.exe)?$/.test(path))).toHaveLength(1)
    for (const name of ['better-sqlite3', 'sharp', '@tensorflow/tfjs-core', 'webgpu', 'valibot', 'ws']) {
      expect(files, name).toContain(`node_modules/${name}/package.json`)
    }
  })

  test('has no sources, no tests, no tools of the developers, and nothing twice', () => {
    const files = list()
    expect(new Set(files).size).toBe(files.length)
    const unwanted = /^(src-|test|docs|workflows|\.|dist\/build)|\.svelte$|\.(tsx?|mts|cts|map)$|(^|\/)\.git/
    expect(files.filter((path) => unwanted.test(path))).toEqual([])
    for (const name of [
      'electron',
      'electron-vite',
      'vite',
      'vitest',
      'svelte',
      'typescript',
      '@biomejs',
      'playwright-core',
    ]) {
      expect(files.filter((path) => path.startsWith(`node_modules/${name}/`))).toEqual([])
    }
  })

  test('has prebuilt binaries of its platform only', () => {
    const binaries = (platform: NodeJS.Platform, arch: string) =>
      list(platform, arch).filter((path) => /(better-sqlite3|webgpu)\/.*\.node$/.test(path))
    expect(binaries('linux', 'x64')).toEqual([
      'node_modules/better-sqlite3/prebuilds/linux-x64.node',
      'node_modules/webgpu/dist/linux-x64/dawn.node',
    ])
    expect(binaries('darwin', 'arm64')).toEqual([
      'node_modules/better-sqlite3/prebuilds/darwin-arm64.node',
      'node_modules/webgpu/dist/darwin-universal/dawn.node',
    ])
    expect(binaries('win32', 'x64')).toEqual([
      'node_modules/better-sqlite3/prebuilds/win32-x64.node',
      'node_modules/webgpu/dist/win32-x64/dawn.node',
    ])
  })

  test('native TensorFlow comes as the addon and its libraries, without headers', () => {
    const pack = newFolder()
    mkdirSync(join(pack, 'tensorflow', 'include'), { recursive: true })
    for (const name of ['tfjs-1.node', 'pack.json', 'tensorflow/libtensorflow_cc.so.2', 'tensorflow/include/c_api.h'])
      writeFileSync(join(pack, name), '')
    const files = listNativeFiles(join(pack, 'tfjs-1.node')).map(({ to }) => to)
    expect(files).toEqual(['native/addon.node', 'native/tensorflow/libtensorflow_cc.so.2'])
    expect(listNativeFiles(undefined)).toEqual([])
  })
})

describe('the tree, under plain Node and away from the checkout', () => {
  const cellbrush = (...args: string[]) =>
    run(process.execPath, [join(tree, 'bin', 'cellbrush.mjs'), ...args], {
      cwd: place,
      env: { ...process.env, CELLBRUSH_CACHE: join(place, 'cache'), CELLBRUSH_TF_ADDON: '', NODE_PATH: '' },
    })

  test('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect((await cellbrush('--version')).stdout.trim()).toBe(version)
  })

  test('makes a project (migrations) and imports an image into it (decoding in a worker)', async () => {
    const project = join(place, 'p.cellbrush')
    await cellbrush('project', 'create', project)
    const image = join(tree, 'resources', 'samples', 'nuclei', 'images', 'IXMtest_A02_s1.tif')
    await cellbrush('import', project, image)
    const { images } = JSON.parse((await cellbrush('project', 'info', project, '--json')).stdout)
    expect(images).toMatchObject([{ name: 'IXMtest_A02_s1' }])
  })

  test('its engine starts, and finds the TensorFlow that the release carries', async () => {
    const script = `
      const { EngineClient } = await import(${JSON.stringify(join(tree, 'dist', 'src-main', 'engine-client.js'))})
      const engine = new EngineClient()
      const answer = await engine.call('devices', { measure: false })
      await engine.close()
      console.log(JSON.stringify(answer))`
    const env = { ...process.env, CELLBRUSH_CACHE: join(place, 'cache'), CELLBRUSH_TF_ADDON: '' }
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: place, env })
    expect(JSON.parse(stdout).map(({ device }: { device: string }) => device)).toContain('cpu')
    const { nativeStatus } = await import(join(tree, 'dist', 'src-main', 'native-location.js'))
    expect(nativeStatus(env)).toMatchObject({ isReady: false })
    mkdirSync(join(tree, 'native'))
    writeFileSync(join(tree, 'native', 'addon.node'), '')
    expect(nativeStatus(env)).toMatchObject({ isReady: true, addon: join(tree, 'native', 'addon.node') })
  })

  test('beside it lies what starts its shell under Electron', () => {
    const app = JSON.parse(readFileSync(join(out, 'app', 'package.json'), 'utf8'))
    expect(app).toMatchObject({ name: 'cellbrush', productName: 'Cellbrush', main: 'main.js', type: 'module' })
    expect(app.dependencies).toBeUndefined()
    const [, ...path] = /resourcesPath, (.+)\)\)\.href/
      .exec(readFileSync(join(out, 'app', 'main.js'), 'utf8'))![1]!
      .replaceAll("'", '')
      .split(', ')
    expect(existsSync(join(tree, ...path))).toBe(true)
    expect([...readFileSync(join(out, 'build', 'icon.png')).subarray(16, 24)]).toEqual([0, 0, 4, 0, 0, 0, 4, 0])
  })

  test('the preload is CommonJS and needs nothing but Electron', () => {
    const preload = readFileSync(join(tree, 'dist', 'preload', 'preload.cjs'), 'utf8')
    expect([...preload.matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name)).toEqual(['electron'])
    expect(preload).not.toMatch(/^\s*(import|export)\b/m)
  })
})
