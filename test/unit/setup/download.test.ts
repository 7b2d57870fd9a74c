import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pipArguments, provideWheel } from '../../../scripts/download.mjs'
import { FakePip, fixture, newFolder, Recorder } from './driver.ts'

const source = fixture('tensorflow-1.0-fake.whl')
const content = readFileSync(source)
const wheel = {
  project: 'tensorflow',
  version: '1.0',
  tags: ['manylinux_2_27_x86_64'],
  abi: 'cp311',
  file: 'tensorflow-1.0-fake.whl',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}
const good = { copy: source, as: wheel.file }
const damaged = { copy: fixture('outside.whl'), as: wheel.file }
const offline = {
  fail: "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution",
}

function arrange(...answers: (typeof good | typeof offline)[]) {
  const cache = newFolder()
  const folder = join(cache, 'downloads')
  const pip = new FakePip(...answers)
  const recorder = new Recorder()
  const provide = () =>
    provideWheel({ wheel, folder, pip: pip.command, progress: recorder.progress, pauseMs: 1 } as never)
  return { cache, folder, path: join(folder, wheel.file), pip, recorder, provide }
}

test('downloads a wheel once, for the pinned platform, and leaves nothing else behind', async () => {
  const { cache, folder, path, pip, provide } = arrange(good)
  expect(await provide()).toBe(path)
  expect(readFileSync(path)).toEqual(content)
  expect(await provide()).toBe(path)
  expect(pip.calls).toHaveLength(1)
  expect(pip.calls[0]).toEqual(expect.arrayContaining(['--platform', 'manylinux_2_27_x86_64', 'tensorflow==1.0']))
  expect(readdirSync(folder)).toEqual([wheel.file])
  expect(readdirSync(cache)).toEqual(['downloads'])
})

test('a damaged file in the cache is downloaded again', async () => {
  const { folder, path, pip, provide, recorder } = arrange(good)
  await import('node:fs').then(({ mkdirSync }) => mkdirSync(folder, { recursive: true }))
  writeFileSync(path, content.subarray(0, 100))
  expect(await provide()).toBe(path)
  expect(readFileSync(path)).toEqual(content)
  expect(pip.calls).toHaveLength(1)
  expect(recorder.text).toContain('damaged')
})

test('a damaged download is tried once more', async () => {
  const { path, pip, provide } = arrange(damaged, good)
  expect(await provide()).toBe(path)
  expect(pip.calls).toHaveLength(2)
})

test('two damaged downloads are refused, and the file never gets its name', async () => {
  const { path, pip, provide } = arrange(damaged, damaged, good)
  await expect(provide()).rejects.toMatchObject({ code: 'hash-mismatch' })
  expect(pip.calls).toHaveLength(2)
  expect(existsSync(path)).toBe(false)
})

test('a failing network is tried three times and then named', async () => {
  const { pip, provide } = arrange(offline, offline, offline, good)
  await expect(provide()).rejects.toMatchObject({ code: 'offline' })
  expect(pip.calls).toHaveLength(3)
})

test('a network that comes back is enough', async () => {
  const { pip, provide } = arrange(offline, offline, good)
  await provide()
  expect(pip.calls).toHaveLength(3)
})

test('a refusal by pip is not repeated, and its last words are told', async () => {
  const { pip, provide } = arrange({ fail: 'ERROR: No matching distribution found for tensorflow==1.0' })
  await expect(provide()).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringContaining('No matching distribution found for tensorflow==1.0'),
  })
  expect(pip.calls).toHaveLength(1)
})

test('a full disk is named and not tried again', async () => {
  const { pip, provide } = arrange({ fail: 'ERROR: Could not install: [Errno 28] No space left on device' }, good)
  await expect(provide()).rejects.toMatchObject({ code: 'disk-full' })
  expect(pip.calls).toHaveLength(1)
})

test('pip is asked for binaries of a fixed Python, whichever Python runs it', () => {
  const args = pipArguments(wheel, '/folder').join(' ')
  expect(args).toContain('--no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311')
})
