/** What of the installers can be checked without building one: their settings agree with the rest of the checkout. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './folders.ts'

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
