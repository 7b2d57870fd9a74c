import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AskError } from '../../../src-renderer/state/ask-error.ts'
import { CAN_RESEND } from '../../../src-renderer/state/resending.ts'
import { aProject, FakeHost, settled } from '../../drivers/fake-connection.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms)
  await settled()
}

describe('requests', () => {
  test('an answer goes to the request it belongs to, whatever the order', async () => {
    const waiting: (() => void)[] = []
    const host = new FakeHost({
      'image.range': (params) => new Promise((done) => waiting.push(() => done([params.channel, params.channel + 1]))),
    })
    const of = { id: 1, z: 0, t: 0, low: 0, high: 100 }
    const first = host.connection.ask('image.range', { ...of, channel: 0 })
    const second = host.connection.ask('image.range', { ...of, channel: 5 })
    await pass(0)
    waiting[1]!()
    waiting[0]!()
    expect(await Promise.all([first, second])).toEqual([
      [0, 1],
      [5, 6],
    ])
  })

  test('a request asked before the line is open is sent once it is', async () => {
    const host = new FakeHost({ 'project.view': () => aProject() })
    const asked = host.connection.ask('project.view', {})
    expect(host.asked).toEqual([])
    await pass(0)
    expect((await asked).name).toBe('Nuclei')
  })

  test('what is asked by those who hear that the line is open is sent once, too', async () => {
    const host = new FakeHost({ 'project.view': () => aProject() })
    host.connection.onState((state) => {
      if (state === 'open') void host.connection.ask('project.view', {})
    })
    await pass(0)
    expect(host.asked).toEqual([{ method: 'project.view', params: {} }])
  })

  test('a failure carries code and sentence of the host', async () => {
    const host = new FakeHost({
      'project.view': () => {
        throw { code: 'project-busy', message: 'It is open elsewhere.' }
      },
    })
    const failure = await host.connection.ask('project.view', {}).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AskError)
    expect(failure).toMatchObject({ code: 'project-busy', message: 'It is open elsewhere.' })
  })

  test('giving up tells the host and drops the late answer', async () => {
    const host = new FakeHost({ 'project.view': () => new Promise(() => {}) })
    const stop = new AbortController()
    const asked = host.connection.ask('project.view', {}, { signal: stop.signal })
    await pass(0)
    stop.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    expect(host.aborted).toEqual([1])
  })

  test('where the host answers a stopped request, too, its answer is waited for', async () => {
    const ends = Promise.withResolvers<unknown>()
    const host = new FakeHost({ 'import.start': () => ends.promise })
    const stop = new AbortController()
    const asked = host.connection.ask('import.start', { files: ['a'] }, { signal: stop.signal, answersStop: true })
    await pass(0)
    stop.abort()
    expect(host.aborted).toEqual([1])
    const answer = { outcomes: [], unmatchedMasks: [], left: { files: ['a'], masks: [] } }
    ends.resolve(answer)
    expect(await asked).toEqual(answer)
  })

  test('a request that was given up before it began is never sent', async () => {
    const host = new FakeHost({ 'project.view': () => aProject() })
    await expect(
      host.connection.ask('project.view', {}, { signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no')
    await pass(0)
    expect(host.asked).toEqual([])
  })
})

describe('a lost line', () => {
  test('what may be asked twice is asked again on the next line', async () => {
    const host = new FakeHost({ 'project.view': () => aProject() })
    host.isSilent = true
    const asked = host.connection.ask('project.view', {})
    await pass(0)
    host.drop()
    host.isSilent = false
    await pass(300)
    expect((await asked).name).toBe('Nuclei')
    expect(host.asked.map(({ method }) => method)).toEqual(['project.view', 'project.view'])
  })

  test('what would happen twice is reported instead', async () => {
    const host = new FakeHost({ 'training.start': () => null })
    host.isSilent = true
    const asked = host.connection.ask('training.start', { preset: 'fast' })
    const failure = asked.catch((error: unknown) => error)
    await pass(0)
    host.drop()
    await pass(6000)
    expect(await failure).toMatchObject({ code: 'connection-lost' })
    expect(host.asked).toHaveLength(1)
  })

  test('what had not been sent yet is sent once, even where it may not be repeated', async () => {
    const host = new FakeHost({ 'class.add': () => ({ id: 2, name: 'nucleus', colour: '#56b4e9' }) })
    await pass(0)
    host.drop()
    const asked = host.connection.ask('class.add', { name: 'nucleus', colour: '#56b4e9' })
    await pass(300)
    expect((await asked).id).toBe(2)
    expect(host.asked).toHaveLength(1)
  })

  test('attempts come at growing intervals and start anew after success', async () => {
    const host = new FakeHost()
    await pass(0)
    host.refusesWith = 'lost'
    host.drop()
    const counts: number[] = []
    for (const ms of [250, 500, 1000, 2000, 5000, 5000]) {
      await pass(ms - 1)
      const before = host.attempts
      await pass(1)
      counts.push(host.attempts - before)
    }
    expect(counts).toEqual([1, 1, 1, 1, 1, 1])
    host.refusesWith = null
    await pass(5000)
    expect(host.connection.state).toBe('open')
    host.drop()
    const before = host.attempts
    await pass(250)
    expect(host.attempts).toBe(before + 1)
  })

  test('a host that refuses the window is not asked again, and everything waiting fails', async () => {
    const host = new FakeHost()
    host.refusesWith = 'refused'
    const failure = host.connection.ask('project.view', {}).catch((error: unknown) => error)
    await pass(60_000)
    expect(host.attempts).toBe(1)
    expect(await failure).toMatchObject({ code: 'connection-refused' })
    await expect(host.connection.ask('project.view', {})).rejects.toMatchObject({ code: 'connection-refused' })
  })

  test('a host with another project than the window shows gets nothing of what waits, and is not asked again', async () => {
    const host = new FakeHost()
    await pass(0)
    host.connection.project = 'the one'
    host.isSilent = true
    void host.connection.ask('project.rename', { name: 'x' })
    host.drop()
    await pass(250)
    expect([host.dialled, host.attempts]).toEqual(['the one', 2])
    const before = host.asked.length
    host.drop('elsewhere')
    void host.connection.ask('project.view', {})
    await pass(60_000)
    expect([host.connection.state, host.attempts, host.asked.length]).toEqual(['elsewhere', 2, before])
  })

  test('what was asked of it while it had another project is asked again when it is tried again and has the right one', async () => {
    const host = new FakeHost({ 'project.rename': () => null })
    await pass(0)
    host.connection.project = 'the one'
    host.isSilent = true
    const answer = host.connection.ask('project.rename', { name: 'x' })
    host.drop('elsewhere') // it is never heard
    host.isSilent = false
    host.connection.retry()
    await pass(0)
    expect([await answer, host.attempts, host.dialled]).toEqual([null, 2, 'the one'])
  })

  test('a message that the host cannot take is not sent for ever', async () => {
    const host = new FakeHost()
    host.isSilent = true
    const failure = host.connection.ask('project.view', {}).catch((error: unknown) => error)
    await pass(0)
    host.drop('rejected')
    await pass(1000)
    expect(await failure).toMatchObject({ code: 'connection-rejected' })
    expect(host.asked).toHaveLength(1)
    expect(host.connection.state).toBe('open')
  })
})

test('events reach every listener until it stops listening', async () => {
  const host = new FakeHost()
  await pass(0)
  const heard: string[] = []
  const stop = host.connection.onEvent(({ type }) => heard.push(`a ${type}`))
  host.connection.onEvent(({ type }) => heard.push(`b ${type}`))
  host.tell({ type: 'engine', state: 'busy' })
  stop()
  host.tell({ type: 'engine', state: 'idle' })
  expect(heard).toEqual(['a engine', 'b engine', 'b engine'])
})

test('nothing that makes a run, a prediction or an action undone may be sent twice', () => {
  for (const method of [
    'training.start',
    'training.resume',
    'prediction.start',
    'history.undo',
    'history.redo',
  ] as const) {
    expect([method, CAN_RESEND[method]]).toEqual([method, false])
  }
  expect(CAN_RESEND['plane.stroke']).toBe(true)
})
