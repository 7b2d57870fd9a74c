import { afterEach, beforeEach, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { Awake } from '../../../src-main/shells/electron/awake.ts'
import type { ApiEvent } from '../../../src-shared/api.ts'
import { powerSaveBlocker, resetElectron } from '../../drivers/electron-double.ts'

type JobState = Extract<ApiEvent, { type: 'job' }>['state']

beforeEach(() => resetElectron('/nowhere'))
afterEach(() => expect(powerSaveBlocker.running.size).toBeLessThan(2))

const job = (id: string, state: JobState, training?: string): ApiEvent => ({
  ...{ type: 'job', id, title: id, state },
  ...(training ? { training } : {}),
})
const run = (id: string, state: 'running' | 'paused' | 'stopped' | 'failed'): ApiEvent => ({
  ...{ type: 'run', run: id },
  event: { type: 'state', state, step: 10 },
})
/** What keeps the machine awake after each event. */
const after = (awake: Awake, events: readonly ApiEvent[]) =>
  events.map((event) => {
    awake.hear(event)
    return [...powerSaveBlocker.running.values()]
  })
const AWAKE = ['prevent-app-suspension']

test('the machine stays awake while anything runs, not for what waits or has ended', () => {
  const events = [
    job('import', 'waiting'),
    job('import', 'running'),
    job('predict', 'running'),
    job('import', 'done'),
    job('predict', 'failed'),
  ]
  expect(after(new Awake(), events)).toEqual([[], AWAKE, AWAKE, AWAKE, []])
})

test('a training that is paused lets the machine sleep, unless something else runs meanwhile', () => {
  const events = [
    job('train', 'running', 'run-1'),
    run('run-1', 'paused'),
    job('train', 'running', 'run-1'), // its place in the queue is told again
    job('export', 'running'),
    job('export', 'done'),
    run('run-1', 'running'),
    run('run-1', 'stopped'),
    job('train', 'done', 'run-1'),
  ]
  expect(after(new Awake(), events)).toEqual([AWAKE, [], [], AWAKE, [], AWAKE, AWAKE, []])
})

test('a project that is closed in the middle of its work lets the machine sleep', () => {
  const awake = new Awake()
  awake.hear(job('train', 'running', 'run-1'))
  awake.end()
  awake.end()
  expect([...powerSaveBlocker.running]).toEqual([])
})
