import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { EngineClient, type EngineClientOptions } from '../../../src-main/engine-client.ts'
import { AppError } from '../../../src-shared/errors.ts'

const script = fileURLToPath(new URL('fake-engine.mjs', import.meta.url))
const clients: EngineClient[] = []
const start = (options: EngineClientOptions = {}): EngineClient => {
  const client = EngineClient.start({ script, graceMs: 200, ...options })
  clients.push(client)
  return client
}
/** What the fake engine is to do travels as the folder of a prediction. */
const ask = (client: EngineClient, act: string, options?: Parameters<typeof client.call<'predict'>>[2], more = {}) =>
  client.call('predict', { folder: act, ...more }, options) as Promise<unknown>

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})

test('a call is answered', async () => {
  expect(await ask(start(), 'hello')).toMatchObject({ label: 'hello' })
})

test('no process runs before the first call', async () => {
  const client = start()
  expect(client.pid).toBeUndefined()
  await ask(client, 'hello')
  expect(isAlive(client.pid!)).toBe(true)
})

test('events come before the answer, in order', async () => {
  const seen: number[] = []
  expect(await ask(start(), 'events', { onEvent: ({ done }) => seen.push(done) })).toBe('done')
  expect(seen).toEqual([1, 2, 3])
})

test('answers out of order reach their own calls', async () => {
  const client = start()
  const ids = await Promise.all(['hold', 'hold', 'hold', 'release'].map((act) => ask(client, act)))
  expect(ids).toEqual([1, 2, 3, 4])
})

test("the engine's failure arrives as the AppError it was, with the engine's stack", async () => {
  const error = await ask(start(), 'refuse').catch((error: unknown) => error)
  expect(error).toBeInstanceOf(AppError)
  expect(error).toMatchObject({ code: 'file-missing', of: { path: 'a.tif' }, stack: 'Error: x\n    at engine' })
})

test('a bug in the engine arrives as a plain error', async () => {
  const error = await ask(start(), 'bug').catch((error: unknown) => error)
  expect(error).not.toBeInstanceOf(AppError)
  expect(error).toMatchObject({ message: 'x is undefined', stack: 'TypeError: x' })
})

test('a crash rejects every call under way with what the engine last said, and the next call works', async () => {
  const client = start()
  const outcomes = await Promise.allSettled(['hold', 'hold', 'crash'].map((act) => ask(client, act)))
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'engine-lost' } })
    expect(String((outcome as PromiseRejectedResult).reason)).toMatch(/exit code 3.*something terrible/)
  }
  expect(await ask(client, 'hello')).toMatchObject({ label: 'hello' })
})

test('kill -9 says that memory probably ran out, and the next call works in a new process', async () => {
  const client = start()
  const { seconds: pid } = (await ask(client, 'hello')) as { seconds: number }
  const call = ask(client, 'hold')
  process.kill(pid, 'SIGKILL')
  await expect(call).rejects.toMatchObject({ code: 'engine-lost', of: { reason: expect.stringContaining('memory') } })
  expect(((await ask(client, 'hello')) as { seconds: number }).seconds).not.toBe(pid)
})

test('an abort signal of the operating system is named', async () => {
  await expect(ask(start(), 'abortSignal')).rejects.toMatchObject({
    code: 'engine-lost',
    of: { reason: expect.stringContaining('SIGABRT') },
  })
})

test('prints between the frames end the engine instead of being guessed at', async () => {
  const client = start()
  await expect(ask(client, 'garbage')).rejects.toMatchObject({ code: 'engine-lost' })
  expect(await ask(client, 'hello')).toMatchObject({ label: 'hello' })
})

test('an aborted call ends with the reason of its signal, and the engine lives on', async () => {
  const client = start()
  await ask(client, 'hello')
  const pid = client.pid!
  const controller = new AbortController()
  const call = ask(client, 'untilAborted', { signal: controller.signal })
  controller.abort(new Error('changed my mind'))
  await expect(call).rejects.toThrow('changed my mind')
  expect(client.pid).toBe(pid)
})

test('a call with an aborted signal is not made', async () => {
  const client = start()
  await expect(ask(client, 'hello', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  expect(client.pid).toBeUndefined()
})

test('an engine that does not let go of an aborted call is ended after the grace', async () => {
  const client = start()
  await ask(client, 'hello')
  const pid = client.pid!
  await expect(ask(client, 'deaf', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(await ask(client, 'hello')).toMatchObject({ label: 'hello' })
})

test('but not while it works for another call', async () => {
  const client = start()
  const other = ask(client, 'hold')
  await expect(ask(client, 'deaf', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
  await ask(client, 'release')
  expect(await other).toBe(1)
})

test('the next call after one that was given up works at once, in a new process', async () => {
  const client = start()
  await ask(client, 'hello')
  const pid = client.pid!
  const ended = ask(client, 'deaf', { signal: AbortSignal.timeout(50) })
  const next = await ended.catch(() => ask(client, 'hello'))
  expect(next).toMatchObject({ label: 'hello', seconds: client.pid })
  expect(client.pid).not.toBe(pid)
})

test.each(['engine-lost', 'out-of-memory'])(
  'the next call after an engine said %s does not meet its end',
  async (code) => {
    const client = start()
    await ask(client, 'hello')
    const pid = client.pid!
    const next = await ask(client, 'damaged', {}, { code }).catch((error) => [error.code, ask(client, 'hello')])
    const [said, answer] = next as [string, Promise<unknown>]
    expect(said).toBe(code)
    expect(await answer).toMatchObject({ label: 'hello', seconds: client.pid })
    await expect.poll(() => isAlive(pid)).toBe(false)
  },
)

test('out of memory for one call does not end an engine that works for another', async () => {
  const client = start()
  const other = ask(client, 'hold')
  const full = ask(client, 'damaged', {}, { code: 'out-of-memory' })
  await expect(full).rejects.toMatchObject({ code: 'out-of-memory' })
  await ask(client, 'release')
  expect(await other).toBe(1)
})

test('a job that needs a new process gets one, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-restart-'))
  const client = start()
  const { seconds: before } = (await ask(client, 'hello')) as { seconds: number }
  const after = await ask(client, 'restart', {}, { marker: join(folder, 'asked') })
  expect(after).not.toBe(before)
  expect(after).toBe(client.pid)
  rmSync(folder, { recursive: true })
})

test('closing ends the process and rejects what is under way', async () => {
  const client = start()
  await ask(client, 'hello')
  const pid = client.pid!
  const call = ask(client, 'hold')
  await Promise.all([expect(call).rejects.toMatchObject({ code: 'engine-lost' }), client.close()])
  expect(isAlive(pid)).toBe(false)
  await expect(ask(client, 'hello')).rejects.toThrow('closed')
})

test('a program that cannot be started is a lost engine, not a crash of the host', async () => {
  await expect(ask(start({ script: '/nowhere/engine.mjs' }), 'hello')).rejects.toMatchObject({ code: 'engine-lost' })
})

test("the engine's environment lets TensorFlow share a card and carries no options of the host's Node", async () => {
  process.env.NODE_OPTIONS = '--max-old-space-size=4096'
  const environment = await ask(start(), 'environment')
  expect(environment).toMatchObject({ TF_FORCE_GPU_ALLOW_GROWTH: 'true', PATH: process.env.PATH })
  expect(environment).not.toHaveProperty('NODE_OPTIONS')
})
