/** The real engine process, in plain JavaScript, so that this runs everywhere. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { EngineClient } from '../../../src-main/engine-client.ts'
import type { DeviceName, RunEvent } from '../../../src-shared/engine-api.ts'
import type { UNetPlan } from '../../../src-shared/network-plan.ts'
import { hasNative, onNative } from '../../drivers/native.ts'
import { discs, type PlanChange, readLog, runFolder } from '../../drivers/run-folder.ts'

const clients: EngineClient[] = []
const folders: string[] = []

function start(): EngineClient {
  const client = EngineClient.start()
  clients.push(client)
  return client
}

type SmallChange = PlanChange & { network?: Partial<UNetPlan> }

/** A tiny run, in plain JavaScript unless another device is named. */
function run(change: SmallChange = {}, device: DeviceName = 'cpu'): string {
  const folder = runFolder([discs(48, 48, 1)], { ...change, network: { depth: 1, baseWidth: 2, ...change.network } })
  const path = join(folder, 'plan.json')
  const plan = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...plan, device }))
  folders.push(folder)
  return folder
}

const long: SmallChange = { optimization: { steps: 100_000, checkpointEvery: 2, validateEvery: 0 } }
const stepReached = (step: number, then: () => void) => (event: RunEvent) => {
  if (event.type === 'step' && event.step === step) then()
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test('lists every device, plain JavaScript always usable, and says before which it looks at', async () => {
  const seen: string[] = []
  const reports = await start().call('devices', { measure: false }, { onEvent: ({ device }) => seen.push(device) })
  expect(seen.sort()).toEqual(['cpu', 'tensorflow', 'webgpu'])
  expect(reports.map(({ device }) => device).sort()).toEqual(['cpu', 'tensorflow', 'webgpu'])
  expect(reports.find(({ device }) => device === 'cpu')).toMatchObject({ isUsable: true, isGpu: false })
  for (const { isUsable, reason } of reports) if (!isUsable) expect(reason).toMatch(/\w.*\./)
})

test('measures a device when asked to', async () => {
  const only = hasNative ? 'tensorflow' : 'cpu' // the fastest that is certain to be there
  const [report, ...others] = await start().call('devices', { measure: true, only })
  expect(others).toEqual([])
  expect(report!.secondsPerStep).toBeGreaterThan(0)
})

test('trains to the planned end, telling every step', async () => {
  const steps: number[] = []
  const folder = run({ optimization: { steps: 4 } })
  const onEvent = (event: RunEvent) => {
    if (event.type === 'step') steps.push(event.step)
  }
  const result = await start().call('train', { folder, resume: false }, { onEvent })
  expect(result).toMatchObject({ state: 'finished', step: 4, model: 'model.cbck' })
  expect(steps).toEqual([1, 2, 3, 4])
})

test('pauses, answers meanwhile, goes on and stops', async () => {
  const client = start()
  const states: string[] = []
  let onPaused = () => {}
  const paused = new Promise<void>((resolve) => {
    onPaused = resolve
  })
  const pauseAtTwo = stepReached(2, () => void client.call('control', { action: 'pause' }))
  const training = client.call(
    'train',
    { folder: run(long), resume: false },
    {
      onEvent: (event) => {
        pauseAtTwo(event)
        if (event.type !== 'state') return
        states.push(event.state)
        if (event.state === 'paused') onPaused()
      },
    },
  )
  await paused
  expect(await client.call('devices', { measure: false, only: 'cpu' })).toHaveLength(1)
  expect(await client.call('control', { action: 'continue' })).toEqual({ state: 'running' })
  expect(await client.call('control', { action: 'stop' })).toEqual({ state: 'stopping' })
  expect(await training).toMatchObject({ state: 'stopped' })
  expect(states).toEqual(['running', 'paused', 'running', 'stopped'])
})

test('control without a training changes nothing', async () => {
  expect(await start().call('control', { action: 'stop' })).toEqual({ state: 'idle' })
})

test('a second training at the same time is refused', async () => {
  const client = start()
  let second: Promise<unknown> | undefined
  const folder = run(long)
  const onEvent = stepReached(1, () => {
    second = client.call('train', { folder: run(), resume: false })
    second.catch(() => {}).finally(() => client.call('control', { action: 'stop' }))
  })
  await client.call('train', { folder, resume: false }, { onEvent })
  await expect(second).rejects.toMatchObject({ code: 'not-ready' })
})

test('an aborted training keeps a checkpoint and leaves the engine alive', async () => {
  const client = start()
  const folder = run(long)
  const controller = new AbortController()
  const onEvent = stepReached(3, () => controller.abort(new Error('enough')))
  const training = client.call('train', { folder, resume: false }, { onEvent, signal: controller.signal })
  await expect(training).rejects.toThrow('enough')
  expect(readLog(folder).at(-1)).toMatchObject({ type: 'state', state: 'stopped' })
  expect(await client.call('control', { action: 'stop' })).toEqual({ state: 'idle' })
})

test('kill -9 during a training loses the engine, and the next call resumes it in a new one', async () => {
  const client = start()
  const folder = run({ optimization: { steps: 8, checkpointEvery: 2 } })
  const onEvent = stepReached(5, () => process.kill(client.pid!, 'SIGKILL'))
  await expect(client.call('train', { folder, resume: false }, { onEvent })).rejects.toMatchObject({
    code: 'engine-lost',
  })
  const first: number[] = []
  const result = await client.call(
    'train',
    { folder, resume: true },
    { onEvent: (event) => void (event.type === 'step' && first.push(event.step)) },
  )
  expect(result).toMatchObject({ state: 'finished', step: 8 })
  expect(first[0]).toBe(5) // after the checkpoint of step 4
})

test.skipIf(!hasNative)(onNative('a job with another number of threads gets an engine that has them'), async () => {
  const client = start()
  const labels: string[] = []
  const pids = new Set<number>()
  for (const threads of [1, 2, 2]) {
    const folder = run({ optimization: { threads, steps: 1 } }, 'tensorflow')
    const onEvent = (event: RunEvent) => void (event.type === 'planned' && labels.push(event.label))
    await client.call('train', { folder, resume: false }, { onEvent })
    pids.add(client.pid!)
  }
  expect(labels.map((label) => label.replace(/.* on /, ''))).toEqual(['1 thread', '2 threads', '2 threads'])
  expect(pids.size).toBe(2)
})

test.skipIf(process.platform === 'win32')('neither Ctrl+C nor the end of the terminal ends the engine', async () => {
  const client = start()
  await client.call('control', { action: 'stop' })
  const { pid } = client
  process.kill(pid!, 'SIGINT')
  process.kill(pid!, 'SIGTERM')
  process.kill(pid!, 'SIGHUP')
  expect(await client.call('devices', { measure: false, only: 'cpu' })).toHaveLength(1)
  expect(client.pid).toBe(pid)
})

test('a folder without a plan is named', async () => {
  await expect(start().call('train', { folder: '/nowhere', resume: false })).rejects.toMatchObject({
    code: 'file-missing',
    of: { path: join('/nowhere', 'plan.json') },
  })
})

test('a device that is not there is refused with its reason', async () => {
  const folder = run({}, 'tensorflow')
  const client = start()
  const before = process.env.CELLBRUSH_TF_ADDON
  process.env.CELLBRUSH_TF_ADDON = '/nowhere/tfjs_binding.node'
  const training = client.call('train', { folder, resume: false })
  if (before === undefined) delete process.env.CELLBRUSH_TF_ADDON
  else process.env.CELLBRUSH_TF_ADDON = before
  await expect(training).rejects.toMatchObject({
    code: 'device-unavailable',
    of: { device: 'tensorflow', reason: expect.stringContaining('/nowhere/tfjs_binding.node') },
  })
})
