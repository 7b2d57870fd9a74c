import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { leftBehind, withLock } from '../../../scripts/lock.mjs'
import { newFolder, root } from './driver.ts'

test('two holders of a lock never work at the same time', async () => {
  const path = join(newFolder(), 'a.lock')
  const events: string[] = []
  const work = (name: string) =>
    withLock({ path, pauseMs: 2, onWait: (holder: string) => events.push(`${name} waits for ${holder}`) }, async () => {
      events.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 30))
      events.push(`${name} ends`)
    })
  await Promise.all([work('one'), work('two')])
  const holder = `process ${process.pid} on ${hostname()}, which holds ${path}`
  expect(events).toEqual(['one begins', `two waits for ${holder}`, 'one ends', 'two begins', 'two ends'])
  expect(existsSync(path)).toBe(false)
})

test('the lock of a process that died is taken over', async () => {
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.once('close', resolve))
  const path = join(newFolder(), 'a.lock')
  writeFileSync(path, JSON.stringify({ pid: dead.pid, host: hostname() }))
  expect(await withLock({ path, pauseMs: 2 }, async () => JSON.parse(readFileSync(path, 'utf8')).pid)).toBe(process.pid)
})

test('the lock of a killed container, or of before a change of host name, is taken over when nobody touches it', async () => {
  const path = join(newFolder(), 'a.lock')
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: 'another' }))
  const isLeft = leftBehind({ afterMs: 20 })
  expect(await withLock({ path, pauseMs: 2, isLeft }, async () => JSON.parse(readFileSync(path, 'utf8')).host)).toBe(
    hostname(),
  )
})

test('a lock counts as left behind when it was not touched for a minute in which it was watched', () => {
  let seconds = 0
  const isLeft = leftBehind({ now: () => seconds * 1000 })
  const looks = [
    [0, 7],
    [59, 7],
    [59, 8],
    [118, 8],
    [119, 8],
    [120, undefined],
    [121, 9],
  ].map(([at, touched]) => {
    seconds = at!
    return isLeft(touched)
  })
  expect(looks).toEqual([false, false, false, false, true, false, false])
})

test('whoever holds a lock touches it as long as the work lasts', async () => {
  const path = join(newFolder(), 'a.lock')
  await withLock({ path, touchEveryMs: 2 }, async () => {
    utimesSync(path, 1, 1)
    await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(1000))
  })
})

test('a lock is released when the work fails', async () => {
  const path = join(newFolder(), 'a.lock')
  await expect(withLock({ path }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(path)).toBe(false)
})

/** Runs a child through `become`, as bin/cellbrush.mjs does under an old Node, and returns how the parent ended. */
function becoming(childScript: string, onOutput: (parent: ReturnType<typeof spawn>) => void = () => {}) {
  const command = pathToFileURL(join(root, 'scripts', 'command.mjs')).href
  const script = `import(${JSON.stringify(command)}).then(async ({ become }) => { process.exitCode = await become(process.execPath, ['-e', ${JSON.stringify(childScript)}]) })`
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  parent.stdout.on('data', (text) => {
    output += text
    onOutput(parent)
  })
  return new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) =>
    parent.once('close', (code, signal) => resolve({ code, signal, output })),
  )
}

test('the exit code is the child’s', async () => {
  expect(await becoming('console.log("out"); process.exitCode = 3')).toEqual({ code: 3, signal: null, output: 'out\n' })
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s reaches the child, which may end in its own way', async (name) => {
  const child = `process.on(${JSON.stringify(name)}, () => { console.log('saved'); process.exit(5) }); setInterval(() => {}, 1000); console.log('ready')`
  let isSent = false
  const ended = await becoming(child, (parent) => {
    if (!isSent) parent.kill(name)
    isSent = true
  })
  expect(ended).toEqual({ code: 5, signal: null, output: 'ready\nsaved\n' })
})

test('a child killed by a signal is told by the same signal', async () => {
  expect(await becoming('process.kill(process.pid, "SIGKILL")')).toMatchObject({ signal: 'SIGKILL' })
})
