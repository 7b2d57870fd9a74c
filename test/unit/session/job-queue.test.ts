import { expect, test } from 'vitest'
import { Stopped } from '../../../src-main/core/job.ts'
import { JobQueue, type Lane, PRIORITY } from '../../../src-main/core/session/job-queue.ts'
import type { ApiEvent } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { gate } from '../../drivers/session.ts'

/** A queue whose jobs run until they are let go, and a diary of what happened in which order. */
function watched() {
  const diary: string[] = []
  const events: ApiEvent[] = []
  const queue = new JobQueue((event) => events.push(event))
  const add = (name: string, priority: number, { lane = 'device' as Lane, canHold = false } = {}) => {
    const { promise, resolve } = gate()
    const holding = { hold: () => void diary.push(`hold ${name}`), release: () => void diary.push(`release ${name}`) }
    const run = async () => {
      diary.push(`begin ${name}`)
      await promise
      diary.push(`end ${name}`)
    }
    const queued = queue.add({ title: name, lane, priority, run, ...(canHold ? holding : {}) })
    queued.done.catch(() => {})
    const finish = () => {
      resolve()
      return queued.done
    }
    return { ...queued, finish }
  }
  return { queue, add, diary, events }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a lane does one job at a time, the most urgent first, equals in the order they came', async () => {
  const { add, diary } = watched()
  const first = add('first', 0)
  const low = add('low', 0)
  const [a, b] = [add('a', 2), add('b', 2)]
  await first.finish()
  await a.finish()
  await b.finish()
  await low.finish()
  expect(diary.filter((line) => line.startsWith('begin'))).toEqual(['begin first', 'begin a', 'begin b', 'begin low'])
})

test('lanes do not wait for each other', async () => {
  const { add, diary } = watched()
  add('training', PRIORITY.training)
  add('import', PRIORITY.plain, { lane: 'import' })
  await turn()
  expect(diary).toEqual(['begin training', 'begin import'])
})

test('training gives way to predictions, one after the other, and goes on when the last has ended', async () => {
  const { add, diary } = watched()
  const training = add('training', PRIORITY.training, { canHold: true })
  await turn()
  const one = add('one', PRIORITY.prediction)
  const two = add('two', PRIORITY.prediction)
  await turn()
  await one.finish()
  await turn()
  await two.finish()
  await turn()
  await training.finish()
  expect(diary.filter((line, index) => line !== diary[index - 1])).toEqual([
    ...['begin training', 'hold training', 'begin one', 'end one'],
    ...['hold training', 'begin two', 'end two', 'release training', 'end training'],
  ])
})

test('a job that ends while it holds is not released, and the next one begins', async () => {
  const { add, diary } = watched()
  const training = add('training', PRIORITY.training, { canHold: true })
  await turn()
  const prediction = add('prediction', PRIORITY.prediction)
  await turn()
  await training.finish()
  await prediction.finish()
  const later = add('later', PRIORITY.training)
  await turn()
  await later.finish()
  expect(diary).not.toContain('release training')
  expect(diary.at(-1)).toBe('end later')
})

test('a job cancelled before its turn never runs; one under way hears of it', async () => {
  const { add, queue, diary, events } = watched()
  const first = add('first', 0)
  const second = add('second', 0)
  second.cancel()
  await expect(second.done).rejects.toThrow(Stopped)
  await first.finish()
  await turn()
  expect(diary).toEqual(['begin first', 'end first'])
  const heard = gate()
  const running = queue.add({
    ...{ title: 'running', lane: 'device', priority: 0 },
    run: async ({ signal }) => {
      signal.addEventListener('abort', () => heard.resolve())
      await heard.promise
      signal.throwIfAborted()
    },
  })
  await turn()
  running.cancel()
  await expect(running.done).rejects.toThrow(Stopped)
  expect(queue.list()).toEqual([])
  expect(events.at(-1)).toMatchObject({ title: 'running', state: 'done' })
})

test('progress becomes a share and a time left; a failure one sentence; what is over is not listed', async () => {
  const events: ApiEvent[] = []
  const queue = new JobQueue((event) => events.push(event))
  const failing = queue.add({
    ...{ title: 'Reading', lane: 'import', priority: 0 },
    run: async ({ progress, note }) => {
      progress({ label: '', done: 1, total: 4, unit: '' })
      note('one file was skipped')
      expect(queue.list()).toMatchObject([{ share: 0.25, message: 'one file was skipped' }])
      throw new AppError('file-missing', { path: '/home/me/a.tif' })
    },
  })
  await expect(failing.done).rejects.toMatchObject({ code: 'file-missing' })
  expect(events.map((event) => event.type === 'job' && event.state)).toEqual([
    'waiting',
    'running',
    'running',
    'running',
    'failed',
  ])
  expect(events.at(-1)).toMatchObject({
    message: 'The file a.tif is no longer where it was; find it again or import it once more.',
  })
  expect(queue.list()).toEqual([])
})

test('closing cancels all, and waits for what is under way', async () => {
  const { queue, add, diary } = watched()
  const running = add('running', 0)
  const waiting = add('waiting', 0)
  await turn()
  const closed = queue.close().then(() => diary.push('closed'))
  await expect(waiting.done).rejects.toThrow(Stopped)
  await turn()
  expect(diary).toEqual(['begin running'])
  await running.finish()
  await closed
  expect(diary).toEqual(['begin running', 'end running', 'closed'])
})
