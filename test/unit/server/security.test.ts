import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { Guard, isLoopback, newToken } from '../../../src-main/shells/server/guard.ts'
import { get, Line, type Served, served } from './driver.ts'

const ADDRESSES = [
  '/',
  '/index.html',
  '/data/image/1/0/0/0/0/0',
  '/data/thumbnail/1',
  '/download/x',
  '/nothing',
  '/api',
]

/** A refusal says one sentence and shows nothing of the project. */
async function expectRefused(of: Served, asked: object, status: number): Promise<void> {
  for (const address of ADDRESSES) {
    const answer = await get(of, address, asked)
    expect([address, answer.status]).toEqual([address, status])
    expect(JSON.parse(answer.text)).toEqual({ code: 'refused', message: expect.stringMatching(/^[^/]+\.$/) })
    expect(answer.headers['set-cookie']).toBeUndefined()
  }
  const upload = await get(of, '/upload?name=a.png', { method: 'POST', body: 'x', ...asked })
  expect(upload.status).toBe(status)
}

test('without the token nothing answers but a refusal', async () => {
  const of = await served()
  await expectRefused(of, { isStranger: true }, 401)
  await expect(Line.open(of, { isStranger: true })).rejects.toThrow('refused 401')
})

test.each([
  { authorization: 'Bearer ' },
  { authorization: 'Bearer wrong' },
  { authorization: 'Basic wrong' },
  { cookie: 'cellbrush-1=wrong' },
])('a wrong token is none: %j', async (headers) => {
  const of = await served()
  await expectRefused(of, { isStranger: true, headers }, 401)
  await expect(Line.open(of, { isStranger: true, headers })).rejects.toThrow('refused 401')
})

test('a token that only begins like the real one, or is longer, is wrong', async () => {
  const of = await served()
  for (const token of [of.token.slice(0, -1), `${of.token}x`, of.token.toUpperCase(), '']) {
    const answer = await get(of, `/?token=${token}`, { isStranger: true })
    expect([token, answer.status]).toEqual([token, 401])
  }
})

test('a foreign host name is refused even with the token: that is DNS rebinding', async () => {
  const of = await served()
  for (const host of [
    'evil.example',
    `evil.example:${of.server.port}`,
    `127.0.0.1.evil.example:${of.server.port}`,
    '127.0.0.1:1',
  ]) {
    await expectRefused(of, { headers: { host } }, 403)
    await expect(Line.open(of, { headers: { host } })).rejects.toThrow('refused 403')
  }
  for (const host of [`localhost:${of.server.port}`, `127.0.0.1:${of.server.port}`, `[::1]:${of.server.port}`]) {
    expect((await get(of, '/', { headers: { host } })).status).toBe(200)
  }
})

test('a foreign origin is refused even with the token: that is another site asking', async () => {
  const of = await served()
  const { port } = of.server
  for (const origin of [
    'http://evil.example',
    `https://evil.example:${port}`,
    'null',
    `http://127.0.0.1:${port + 1}`,
    'file://',
    `http://localhost:${port}`,
  ]) {
    await expectRefused(of, { headers: { origin } }, 403) // the host is 127.0.0.1: localhost is another site too
    await expect(Line.open(of, { headers: { origin } })).rejects.toThrow('refused 403')
  }
  const origin = `http://127.0.0.1:${port}`
  expect((await get(of, '/', { headers: { origin } })).status).toBe(200)
  await Line.open(of, { headers: { origin } })
})

test('other addresses are refused when bound to this machine', () => {
  const guard = new Guard({ token: 'key', host: '127.0.0.1', port: 80 })
  const from = (remoteAddress: string) =>
    guard.judge({
      socket: { remoteAddress },
      headers: { host: '127.0.0.1:80', authorization: 'Bearer key' },
      url: '/',
    } as never)
  expect(from('127.0.0.1')).toEqual({ ok: true })
  expect(from('::ffff:127.0.0.1')).toEqual({ ok: true })
  for (const address of ['10.0.0.5', '::ffff:10.0.0.5', 'fe80::1', '', '128.0.0.1']) {
    expect(from(address)).toMatchObject({ ok: false, status: 403 })
  }
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true, true, true])
  expect(['0.0.0.0', '::', '127.0.0.1.evil', '1.127.0.0'].map(isLoopback)).toEqual([false, false, false, false])
})

test('from another address of this machine the loopback server cannot be reached at all', async () => {
  const outer = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  const of = await served()
  const answer = await fetch(`http://${outer?.address ?? '127.1.2.3'}:${of.server.port}/`).catch(() => undefined)
  expect(answer).toBeUndefined()
})

test('a visit, also a second one, turns the key in the address into a cookie that scripts and other sites cannot use', async () => {
  const of = await served()
  const first = await get(of, `/?token=${of.token}`, { isStranger: true })
  expect(first.status).toBe(303)
  expect(first.headers.location).toBe('/')
  const [cookie] = first.headers['set-cookie']!
  expect(cookie).toMatch(new RegExp(`^cellbrush-${of.server.port}=[^;]+; HttpOnly; SameSite=Strict; Path=/$`))
  const headers = { cookie: cookie!.split(';')[0]! }
  const page = await get(of, '/', { isStranger: true, headers })
  expect([page.status, page.text]).toEqual([200, '<!doctype html><title>Cellbrush</title>'])
  await Line.open(of, { isStranger: true, headers })
  const again = await get(of, `/?token=${of.token}`, { isStranger: true, headers })
  expect([again.status, again.headers.location, again.headers['set-cookie']]).toEqual([303, '/', [cookie]])
})

test('every answer, refusals too, forbids inline script, framing and guessing of types', async () => {
  const of = await served()
  for (const asked of [{}, { isStranger: true }]) {
    const { headers } = await get(of, '/', asked)
    const policy = Object.fromEntries(
      String(headers['content-security-policy'])
        .split('; ')
        .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
    )
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
    })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
})

test.each([
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '//secret.txt',
  '//[/',
  'http://127.0.0.1/index.html',
  '/assets',
  '/index.html%00.js',
  '/%',
])('the page at %s is not there', async (address) => {
  const answer = await get(await served(), address)
  expect(answer.status).toBe(404)
  expect(answer.text).not.toContain('secret')
})

test('addresses that only read refuse to be written', async () => {
  const of = await served()
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    expect([method, (await get(of, '/data/thumbnail/1', { method })).status]).toEqual([method, 405])
  }
})

test('tokens are long and never the same', () => {
  const tokens = new Set(Array.from({ length: 100 }, newToken))
  expect(tokens.size).toBe(100)
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
})
