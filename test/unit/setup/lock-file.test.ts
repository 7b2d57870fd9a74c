import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packagedNode } from '../../../scripts/packages.mjs'
import { root } from './driver.ts'

interface Locked {
  version?: string
  resolved?: string
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}

/** Node's rule: the nearest node_modules upwards. */
function find(from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at ? `${at}/` : ''}node_modules/${name}`
    if (packages[path]) return path
    if (!at.includes('node_modules')) return undefined
    if (!at.includes('/node_modules/')) at = ''
  }
}

test('the lock file has an entry for each platform’s package, so that `npm ci` works on all of them', () => {
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter((name) => !find(path, name))
      .map((name) => `${path} -> ${name}`),
  )
  expect(missing).toEqual([])
})

test('the lock file names no registry', () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved)).toEqual([])
})

test('there is a Node 24 for each supported platform', () => {
  const platforms = [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'arm64'],
    ['darwin', 'x64'],
    ['win32', 'x64'],
  ] as const
  for (const [platform, arch] of platforms) {
    const name = packagedNode('', platform, arch).split('/').at(-3)
    expect(packages[`node_modules/${name}`]?.version).toMatch(/^24\./)
  }
})
