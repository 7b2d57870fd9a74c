/** What of the installers can be checked without building one: their settings agree with the rest of the checkout. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, root } from './folders.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const settings = read('electron-builder.yml')
const value = (name: string): string | undefined => new RegExp(`^\\s*${name}: (\\S+)`, 'm').exec(settings)?.[1]

test('the installers have the Electron that the shell is developed and typed with', () => {
  expect(value('electronVersion')).toBe(JSON.parse(read('package.json')).devDependencies.electron)
})

test.each([
  ['runAsNode', 'false'],
  ['enableNodeOptionsEnvironmentVariable', 'false'],
  ['enableNodeCliInspectArguments', 'false'],
  ['grantFileProtocolExtraPrivileges', 'false'],
  ['loadBrowserProcessSpecificV8Snapshot', 'false'],
  ['onlyLoadAppFromAsar', 'true'],
  ['enableEmbeddedAsarIntegrityValidation', 'true'],
  ['enableCookieEncryption', 'true'],
])('the fuse %s is %s', (fuse, state) => expect(value(fuse)).toBe(state))

test('they pack the tree that release-tree.mjs makes, packages included, and no packages of the checkout', () => {
  const froms = [...settings.matchAll(/from: (\S+)\n\s+to: (\S+)/g)].map(([, from, to]) => [from, to])
  expect(froms).toEqual([
    ['release/tree', 'cellbrush'],
    ['release/tree/node_modules', 'cellbrush/node_modules'],
  ])
  expect(settings).toContain('"!**/node_modules/**"')
})

test('the workflow runs commands and scripts that exist, for all three systems', () => {
  const workflow = read('.github/workflows/release.yml')
  const { scripts } = JSON.parse(read('package.json'))
  for (const [, name] of workflow.matchAll(/npm run (\S+)/g)) expect(scripts, name).toHaveProperty(name!)
  for (const [, path] of workflow.matchAll(/node (scripts\/\S+)/g))
    expect(existsSync(join(root, path!)), path).toBe(true)
  expect([...workflow.matchAll(/target: --(\w+)/g)].map(([, target]) => target)).toEqual(['linux', 'win', 'mac'])
  for (const target of ['linux', 'win', 'mac']) expect(settings).toMatch(new RegExp(`^${target}:`, 'm'))
})

/** The keys that electron-builder would be started with, where the step that makes the installers is given these. */
function keysOfBuilder(given: Record<string, string>): Record<string, string> {
  const step = /- name: Installers\n +shell: bash\n +run: \|\n((?: {10}.*\n)+)/.exec(
    read('.github/workflows/release.yml'),
  )!
  const folder = newFolder()
  writeFileSync(join(folder, 'npx'), '#!/bin/sh\nenv\n', { mode: 0o755 })
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, ...given }
  const script = step[1]!.replace(/\$\{\{.*?\}\}/, '--mac')
  const { stdout } = spawnSync('bash', ['-eo', 'pipefail', '-c', script], { env, encoding: 'utf8' })
  return Object.fromEntries([...stdout.matchAll(/^((?:CSC|APPLE)_\w+)=(.*)$/gm)].map(([, key, text]) => [key, text]))
}

test.skipIf(process.platform === 'win32')('a signing key that the repository lacks is absent, not empty', () => {
  const keys = ['CSC_LINK', 'CSC_KEY_PASSWORD', 'APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID']
  const all = (value: string) => Object.fromEntries(keys.map((key) => [key, value]))
  expect(keysOfBuilder({ ...all(''), CSC_IDENTITY_AUTO_DISCOVERY: 'false' })).toEqual({
    CSC_IDENTITY_AUTO_DISCOVERY: 'false',
  })
  expect(keysOfBuilder(all('a key'))).toEqual(all('a key'))
  expect(keysOfBuilder({ ...all(''), CSC_LINK: 'a key' })).toEqual({ CSC_LINK: 'a key' })
})
