import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { registerScheme, respond } from '../../../src-main/shells/electron/protocol.ts'
import { protocol, resetElectron } from '../../drivers/electron-double.ts'
import { newFolder } from './folders.ts'

const outside = newFolder()
const pageFolder = join(outside, 'renderer')

beforeAll(() => {
  mkdirSync(join(pageFolder, 'assets'), { recursive: true })
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html>')
  writeFileSync(join(pageFolder, 'assets', 'main-B3x_9.js'), 'export {}')
  writeFileSync(join(pageFolder, 'assets', 'page.map'), 'secret')
  writeFileSync(join(pageFolder, '.hidden.js'), 'secret')
  writeFileSync(join(outside, 'secret.js'), 'secret')
  symlinkSync(join(outside, 'secret.js'), join(pageFolder, 'link.js'))
})

const data = vi.fn(
  async (project: string, path: string) => new Response(`${project}:${path}`, { headers: { 'x-revision': '7' } }),
)
const get = (url: string, method = 'GET') => respond({ url, method }, { pageFolder, data })

test('the scheme is like https for the page, and gets around nothing', () => {
  resetElectron('/nowhere')
  registerScheme()
  expect(protocol.schemes).toEqual([
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true },
    },
  ])
})

test.each([
  ['app://cellbrush/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://cellbrush/index.html?x=../../secret.js#y', 'text/html; charset=utf-8', '<!doctype html>'],
  ['app://cellbrush/assets/main-B3x_9.js', 'text/javascript; charset=utf-8', 'export {}'],
])('%s is a file of the page, under its policy', async (url, type, text) => {
  const response = await get(url)
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, type, text])
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test.each([
  'app://cellbrush/../secret.js',
  'app://cellbrush/assets/../../secret.js',
  'app://cellbrush/%2e%2e/secret.js',
  'app://cellbrush/%2e%2e%2fsecret.js',
  'app://cellbrush/..%2fsecret.js',
  'app://cellbrush/..%5csecret.js',
  'app://cellbrush/..\\secret.js',
  'app://cellbrush/assets/%252e%252e/secret.js',
  'app://cellbrush/%00index.html',
  'app://cellbrush/index.html%00.js',
  'app://cellbrush/%E0%A4%A',
  `app://cellbrush/${join(outside, 'secret.js')}`,
  `app://cellbrush//${join(outside, 'secret.js')}`,
  'app://cellbrush/C:/secret.js',
  'app://cellbrush/.hidden.js',
  'app://cellbrush/link.js',
  'app://cellbrush/assets/page.map',
  'app://cellbrush/assets',
  'app://cellbrush/absent.js',
  'app://elsewhere/index.html',
  'app://cellbrush:80/index.html',
  'app://me@cellbrush/index.html',
  'app://cellbrush.data/index.html',
  'app:///index.html',
  'app:index.html',
])('%s is refused', async (url) => {
  const response = await get(url)
  expect([400, 404]).toContain(response.status)
  expect(await response.text()).toBe('')
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not a way to ask', async (method) => {
  expect((await get('app://cellbrush/index.html', method)).status).toBe(405)
})

test('data comes from the project of the address, and only the page may read it', async () => {
  const response = await get('app://data/p1/labels/3/two%20words/0/0/7/0/1/2')
  expect(await response.text()).toBe('p1:labels/3/two%20words/0/0/7/0/1/2')
  expect(response.headers.get('access-control-allow-origin')).toBe('app://cellbrush')
  expect([response.headers.get('x-revision'), response.headers.get('access-control-expose-headers')]).toEqual([
    '7',
    '*',
  ])
})

test('a fault behind an address is a status, and its reason stays in the log', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  data.mockRejectedValueOnce(new Error('/home/ada/secret'))
  const response = await get('app://data/p1/thumbnail/1')
  expect([response.status, await response.text()]).toEqual([500, ''])
  expect(log).toHaveBeenCalledOnce()
  log.mockRestore()
})
