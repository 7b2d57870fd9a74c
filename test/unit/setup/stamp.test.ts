import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packagedNode, packagesMatch } from '../../../scripts/packages.mjs'
import { lookAtSetup, stampKey, writeStamp } from '../../../scripts/stamp.mjs'
import { newFolder } from './driver.ts'

/** A checkout and a cache as a finished set-up leaves them. */
function arrange() {
  const root = newFolder()
  const cache = newFolder()
  const pack = join(cache, 'native', 'pack')
  const addon = join(pack, 'binding.node')
  const node = packagedNode(root)
  for (const folder of [join(pack, 'tensorflow'), join(node, '..')]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(root, 'package-lock.json'), '{}')
  for (const path of [addon, node, join(pack, 'tensorflow', 'library.so')]) writeFileSync(path, '12345')
  writeFileSync(join(pack, 'pack.json'), JSON.stringify({ files: { 'tensorflow/library.so': 5 } }))
  writeFileSync(join(cache, 'native-status.json'), JSON.stringify({ isReady: true, addon }))
  const of = { root, cache, wanted: 'auto', environment: {}, hasDriver: false }
  writeStamp(root, { key: stampKey(of), hasNative: true, isNativeReady: true, addon })
  return { root, cache, pack, addon, of, look: (change: object = {}) => lookAtSetup({ ...of, ...change }) }
}

const done = { packages: true, native: 'ready' }
const nothing = { packages: false, native: 'absent' }

test('an unchanged set-up is seen as done', () => expect(arrange().look()).toEqual(done))

test('another lock file, choice, cache or a new card undoes the stamp', () => {
  const { root, look } = arrange()
  expect(look({ wanted: 'cpu' })).toEqual(nothing)
  expect(look({ cache: '/elsewhere' })).toEqual(nothing)
  expect(look({ hasDriver: true })).toEqual(nothing)
  writeFileSync(join(root, 'package-lock.json'), '{"changed":true}')
  expect(look()).toEqual(nothing)
})

test('a missing or shortened native file is noticed, and the packages are kept', () => {
  const { pack, look } = arrange()
  writeFileSync(join(pack, 'tensorflow', 'library.so'), '123')
  expect(look()).toEqual({ packages: true, native: 'absent' })
})

test('a missing addon is noticed', () => {
  const { addon, look } = arrange()
  rmSync(addon)
  expect(look()).toEqual({ packages: true, native: 'absent' })
})

test('a failed attempt is remembered as failed', () => {
  const { root, of, look } = arrange()
  writeStamp(root, { key: stampKey(of), hasNative: true, isNativeReady: false })
  expect(look()).toEqual({ packages: true, native: 'failed' })
})

const lock = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } },
}
const installed = (packages: object) => ({ packages }) as never

test('installed packages match their lock file, but for optional ones of other platforms', () => {
  expect(packagesMatch(lock as never, installed({ 'node_modules/a': { version: '1.0.0' } }))).toBe(true)
  expect(packagesMatch(lock as never, installed({ 'node_modules/a': { version: '1.0.1' } }))).toBe(false)
  expect(packagesMatch(lock as never, installed({}))).toBe(false)
  expect(packagesMatch(lock as never, undefined as never)).toBe(false)
})
