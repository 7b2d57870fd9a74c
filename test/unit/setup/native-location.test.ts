import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheFolder as folderOfScripts } from '../../../scripts/cache-folder.mjs'
import { cacheFolder, nativeStatus } from '../../../src-main/native-location.ts'
import { newFolder } from './driver.ts'

test.each([
  ['linux', {}, '/home/ada/.cache/cellbrush'],
  ['linux', { XDG_CACHE_HOME: '/big' }, '/big/cellbrush'],
  ['darwin', {}, '/home/ada/Library/Caches/cellbrush'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/cellbrush/Cache'],
  ['linux', { CELLBRUSH_CACHE: '/mine', XDG_CACHE_HOME: '/big' }, '/mine'],
] as const)('on %s with %j the cache is %s, for the set-up and for the program', (platform, environment, folder) => {
  expect(cacheFolder(environment, platform, '/home/ada')).toBe(folder)
  expect(folderOfScripts(environment as never, platform, '/home/ada')).toBe(folder)
})

function cacheWith(status: unknown) {
  const cache = newFolder()
  writeFileSync(join(cache, 'native-status.json'), typeof status === 'string' ? status : JSON.stringify(status))
  return { CELLBRUSH_CACHE: cache }
}

test('what the set-up recorded is told', () => {
  const addon = join(newFolder(), 'a.node')
  writeFileSync(addon, '')
  const status = { isReady: true, addon, version: '2.21.0', kind: 'cpu' }
  expect(nativeStatus(cacheWith(status))).toEqual(status)
})

test('a failure keeps its reason', () => {
  const status = { isReady: false, reason: 'No compiler.' }
  expect(nativeStatus(cacheWith(status))).toMatchObject(status)
})

test('an addon that has gone is not ready', () => {
  expect(nativeStatus(cacheWith({ isReady: true, addon: '/gone.node' }))).toMatchObject({
    isReady: false,
    reason: expect.stringContaining('/gone.node'),
  })
})

test.each([['{ half'], ['']])('an unreadable record %j is a reason, not a crash', (text) => {
  expect(nativeStatus(cacheWith(text))).toMatchObject({ isReady: false, reason: expect.stringContaining('npm start') })
})

test('before any set-up the remedy is told', () => {
  expect(nativeStatus({ CELLBRUSH_CACHE: newFolder() })).toMatchObject({ isReady: false, reason: expect.any(String) })
})

test('CELLBRUSH_TF_ADDON wins over the record', () => {
  const addon = join(newFolder(), 'mine.node')
  writeFileSync(addon, '')
  const environment = { ...cacheWith({ isReady: false, reason: 'x' }), CELLBRUSH_TF_ADDON: addon }
  expect(nativeStatus(environment)).toEqual({ isReady: true, addon })
  expect(nativeStatus({ ...environment, CELLBRUSH_TF_ADDON: '/gone.node' }).isReady).toBe(false)
})
