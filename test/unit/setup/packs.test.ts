import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isWhole, unpackPack } from '../../../scripts/native.mjs'
import { choosePacks, packFolderName, packs } from '../../../scripts/native-packs.mjs'
import { FakePip, fixture, newFolder, Recorder } from './driver.ts'

const kinds = (of: object) => {
  const { packs: chosen, problem } = choosePacks({ hasNvidia: false, wanted: 'auto', ...of } as never)
  return [chosen.map((pack) => (pack as { kind: string }).kind).join('+'), problem]
}

describe('the pack for a machine', () => {
  test.each([
    ['Linux on x64', { platform: 'linux', arch: 'x64' }, ['cpu', undefined]],
    ['Linux on ARM', { platform: 'linux', arch: 'arm64' }, ['cpu', undefined]],
    ['a Mac with Apple’s processor', { platform: 'darwin', arch: 'arm64' }, ['cpu', undefined]],
    ['an Intel Mac', { platform: 'darwin', arch: 'x64' }, ['', 'platform-unsupported']],
    ['Windows', { platform: 'win32', arch: 'x64' }, ['', 'platform-unsupported']],
    ['Alpine', { platform: 'linux', arch: 'x64', libc: 'musl' }, ['', 'musl-unsupported']],
    ['an NVIDIA card', { platform: 'linux', arch: 'x64', hasNvidia: true }, ['cpu+cuda', undefined]],
    ['a card and --cpu', { platform: 'linux', arch: 'x64', hasNvidia: true, wanted: 'cpu' }, ['cpu', undefined]],
    ['no card and --cuda', { platform: 'linux', arch: 'x64', wanted: 'cuda' }, ['cpu+cuda', undefined]],
    ['a card on ARM', { platform: 'linux', arch: 'arm64', hasNvidia: true }, ['cpu', undefined]],
    ['--cuda on ARM', { platform: 'linux', arch: 'arm64', wanted: 'cuda' }, ['cpu', 'cuda-unsupported']],
  ])('%s', (_name, machine, expected) => expect(kinds(machine)).toEqual(expected))
})

test('every wheel is pinned by a sha256, and no folder name is used twice', () => {
  const names = new Set<string>()
  for (const [where, byKind] of Object.entries(packs)) {
    for (const pack of Object.values(byKind)) {
      for (const wheel of pack.wheels) expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/)
      for (const wheel of pack.wheels) expect(wheel.file).toContain(wheel.version)
      const [platform = '', arch = ''] = where.split('-')
      names.add(packFolderName(pack, platform, arch))
    }
  }
  expect(names.size).toBe(4)
})

function wheelOf(file: string, project: string, takes: (string | RegExp)[]) {
  const bytes = readFileSync(fixture(file))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    project,
    version: '1.0',
    tags: ['any'],
    abi: 'none',
    file,
    bytes: bytes.length,
    unpackedBytes: 20_000,
    sha256,
    takes,
  }
}

const cudaPack = {
  kind: 'cuda',
  libraries: [],
  wheels: [
    wheelOf('tensorflow-1.0-fake.whl', 'tensorflow', [
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
      'tensorflow/include/tensorflow/c/c_api.h',
    ]),
    wheelOf('nvidia_cublas_cu12-1.0-fake.whl', 'nvidia-cublas-cu12', packs['linux-x64'].cuda.wheels[1]!.takes),
  ],
}
const answers = cudaPack.wheels.map(({ file }) => ({ copy: fixture(file), as: file }))

function arrange(pack: object = cudaPack, given = answers, freeBytes?: number) {
  const cache = newFolder()
  const folder = join(cache, 'native', 'pack')
  const recorder = new Recorder()
  const pip = new FakePip(...given)
  const unpack = () => unpackPack({ pack, folder, cache, progress: recorder.progress, pip: pip.command, freeBytes })
  return { cache, folder, recorder, pip, unpack }
}

test('a CUDA pack lies as siblings, with shared libraries only, and its wheels are gone', async () => {
  const { cache, folder, recorder, unpack } = arrange()
  await unpack()
  const { files } = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'))
  expect(Object.keys(files).sort()).toEqual([
    'nvidia/cublas/lib/libcublas.so.12',
    'tensorflow/include/tensorflow/c/c_api.h',
    'tensorflow/libtensorflow_cc.so.2',
    'tensorflow/libtensorflow_framework.so.2',
  ])
  expect(await isWhole(folder)).toBe(true)
  expect(existsSync(join(cache, 'downloads', cudaPack.wheels[0]!.file))).toBe(false)
  expect(recorder.lines[0]).toContain('to download')
})

test('a pack with a missing or a shortened library is not whole', async () => {
  const { folder, unpack } = arrange()
  await unpack()
  writeFileSync(join(folder, 'tensorflow/libtensorflow_cc.so.2'), 'short')
  expect(await isWhole(folder)).toBe(false)
  rmSync(join(folder, 'tensorflow/libtensorflow_cc.so.2'))
  expect(await isWhole(folder)).toBe(false)
})

test('an interrupted pack never has the folder’s name, keeps what was downloaded, and can be finished', async () => {
  const { cache, folder, unpack, pip } = arrange(cudaPack, answers.slice(0, 1))
  await expect(unpack()).rejects.toMatchObject({ code: 'download-failed' })
  expect(existsSync(folder)).toBe(false)
  const again = new FakePip(...answers.slice(1))
  await unpackPack({ pack: cudaPack, folder, cache, progress: new Recorder().progress, pip: again.command })
  expect(await isWhole(folder)).toBe(true)
  expect([pip.calls.length, again.calls.length]).toEqual([2, 1])
})

test('a wheel without a file that is needed is refused', async () => {
  const [first] = cudaPack.wheels
  const pack = { ...cudaPack, wheels: [{ ...first, takes: ['tensorflow/absent.so'] }] }
  await expect(arrange(pack).unpack()).rejects.toMatchObject({ code: 'wheel-unreadable' })
})

test('a disk without room is told before anything is downloaded', async () => {
  const { pip, unpack } = arrange(cudaPack, answers, 1_000_000)
  await expect(unpack()).rejects.toMatchObject({ code: 'disk-space' })
  expect(pip.calls).toEqual([])
})
