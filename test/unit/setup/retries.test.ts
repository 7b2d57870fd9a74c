import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { addonPath } from '../../../scripts/addon.mjs'
import { hasNvidiaDriver } from '../../../scripts/native.mjs'
import { packFolderName, packs } from '../../../scripts/native-packs.mjs'
import { packagedNode } from '../../../scripts/packages.mjs'
import { setUp } from '../../../scripts/setup.mjs'
import { lookAtSetup, stampKey, writeStamp } from '../../../scripts/stamp.mjs'
import { root as checkout, newFolder, Recorder } from './driver.ts'

const isHere = process.platform === 'linux' && process.arch === 'x64'
afterEach(() => vi.unstubAllEnvs())

/** A checkout with TensorFlow for the processor, on a computer with an NVIDIA card and without a network. */
function arrange() {
  const [root, cache, programs] = [newFolder(), newFolder(), newFolder()]
  const calls = join(programs, 'pip-calls')
  program('nvidia-smi', 'echo "GPU 0: a card"')
  program('g++', 'exit 0')
  const offline = `WARNING: Retrying after connection broken by 'NewConnectionError'`
  program(
    'python3',
    `case "$*" in *--version) echo pip 24;; *) echo "$@" >> ${calls}; echo "${offline}"; exit 1;; esac`,
  )
  vi.stubEnv('PATH', `${programs}:${process.env.PATH}`)
  vi.stubEnv('CXX', '')
  vi.stubEnv('CELLBRUSH_CACHE', cache)
  vi.stubEnv('CELLBRUSH_TF_ADDON', '')

  mkdirSync(join(root, 'node_modules'))
  symlinkSync(join(checkout, 'node_modules', '@tensorflow'), join(root, 'node_modules', '@tensorflow'))
  writeFileSync(join(root, 'package-lock.json'), '{}')
  mkdirSync(dirname(packagedNode(root)), { recursive: true })
  symlinkSync(process.execPath, packagedNode(root))
  const pack = join(cache, 'native', packFolderName(packs['linux-x64'].cpu, 'linux', 'x64'))
  mkdirSync(pack, { recursive: true })
  writeFileSync(join(pack, 'pack.json'), JSON.stringify({ kind: 'cpu', files: {} }))
  const loadable = join(checkout, 'node_modules', 'better-sqlite3', 'prebuilds', 'linux-x64.node')
  symlinkSync(loadable, addonPath(root, pack)) // any addon does: it is only loaded
  const of = { root, cache, wanted: 'auto', hasDriver: hasNvidiaDriver() }
  writeStamp(root, { key: stampKey(of), hasNative: false, isNativeReady: false })

  function program(name: string, script: string) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(programs, name), 0o755)
  }
  const run = (how: object = {}) => setUp({ root, progress: new Recorder().progress, ...how })
  const status = () => JSON.parse(readFileSync(join(cache, 'native-status.json'), 'utf8'))
  const pipCalls = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])
  return { run, status, pipCalls, look: () => lookAtSetup(of) }
}

describe.skipIf(!isHere)(`CUDA that could not be fetched${isHere ? '' : ' (skipped: only on Linux x64)'}`, () => {
  test('is tried again by the next `npm start`, not by `cellbrush`, and never for long without a network', async () => {
    const { run, status, pipCalls, look } = arrange()
    await run()
    expect(status()).toMatchObject({ isReady: true, kind: 'cpu', reason: expect.stringContaining('run the command') })
    expect(look()).toEqual({ packages: true, native: 'failed' })
    expect(pipCalls()).toEqual([expect.stringContaining('index versions')])
    await run({ retriesNative: false })
    expect(pipCalls()).toHaveLength(1)
    await run()
    expect(pipCalls()).toHaveLength(2)
  })
})
