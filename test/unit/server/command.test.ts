import { once } from 'node:events'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { cellbrushJson, cellbrushProcess } from '../../drivers/command-line.ts'
import { temporaryFolder } from '../../drivers/session.ts'

test('serve prints an address with a key, keeps others from writing, and ends cleanly on SIGTERM', async () => {
  const folder = temporaryFolder()
  const project = path.join(folder, 'p.cellbrush')
  const secret = path.join(folder, 'address')
  await cellbrushJson(['project', 'create', project])
  const { child, ended, says } = cellbrushProcess(['serve', project, '--json', '--token-file', secret])
  await says('"serving"')
  const url = readFileSync(secret, 'utf8').trim()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
  if (process.platform !== 'win32') expect(statSync(secret).mode & 0o777).toBe(0o600)
  expect((await fetch(new URL('/data/thumbnail/1', url))).status).toBe(401)
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(303)
  const busy = await cellbrushJson(['annotate', project, 'x', '--undo', '1'])
  expect(busy.error.message).toContain('Cellbrush workstation')
  const second = cellbrushProcess(['serve', project, '--json'])
  await second.says('"readOnly":true')
  expect((await stopped(second)).stderr).toMatch(/Read-only: Cellbrush workstation, process \d+/)
  child.kill('SIGTERM')
  const said = await ended
  expect([said.exitCode, JSON.parse(said.stdout)]).toEqual([0, { type: 'serving', url, project: 'p', readOnly: false }])
})

test('the key of a token file outlives the server, unless others could read it', async () => {
  const folder = temporaryFolder()
  const project = path.join(folder, 'p.cellbrush')
  const secret = path.join(folder, 'address')
  await cellbrushJson(['project', 'create', project])
  const keyOfNext = async () => {
    const serving = cellbrushProcess(['serve', project, '--json', '--token-file', secret])
    await serving.says('"serving"')
    await stopped(serving)
    return new URL(readFileSync(secret, 'utf8').trim()).searchParams.get('token')
  }
  const key = await keyOfNext()
  expect(await keyOfNext()).toBe(key)
  if (process.platform === 'win32') return
  chmodSync(secret, 0o644)
  expect(await keyOfNext()).not.toBe(key)
  expect(statSync(secret).mode & 0o777).toBe(0o600)
})

test('a stranger who asks for a line and tears the connection does not end the server', async () => {
  const folder = temporaryFolder()
  const project = path.join(folder, 'p.cellbrush')
  const secret = path.join(folder, 'address')
  await cellbrushJson(['project', 'create', project])
  const serving = cellbrushProcess(['serve', project, '--json', '--token-file', secret])
  await serving.says('"serving"')
  const { port, href } = new URL(readFileSync(secret, 'utf8').trim())
  const asking = [
    'GET /api?token=wrong HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
  ]
  for (const isAnswerAwaited of [true, false, true, false]) {
    const stranger = connect(Number(port), '127.0.0.1')
    stranger.write([...asking, '', ''].join('\r\n'))
    if (isAnswerAwaited) expect(String((await once(stranger, 'data'))[0])).toMatch(/^HTTP\/1\.1 401/)
    else await once(stranger, 'connect')
    stranger.resetAndDestroy()
    expect((await fetch(href, { redirect: 'manual' })).status).toBe(303)
  }
  expect((await stopped(serving)).exitCode).toBe(0)
})

const stopped = ({ child, ended }: ReturnType<typeof cellbrushProcess>) => {
  child.kill('SIGTERM')
  return ended
}

test.each([
  [['serve', 'none.cellbrush'], 3, /There is no project at none.cellbrush/],
  [['serve', 'none.cellbrush', '--port', '70000'], 2, /from 0 to 65535/],
  [['serve', 'none.cellbrush', '--root', '/nowhere/at/all'], 3, /There is no file at \/nowhere\/at\/all/],
] as const)('%j is refused in one sentence', async (args, code, sentence) => {
  const { error, exitCode } = await cellbrushJson([...args])
  expect([exitCode, error.message]).toEqual([code, expect.stringMatching(sentence)])
})
