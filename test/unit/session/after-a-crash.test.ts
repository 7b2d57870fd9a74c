/** What a session finds of the trainings of one that ended without a word. */
import { expect, test } from 'vitest'
import { afterCrash, gate, openSession, paintSome, reopenSession, until } from '../../drivers/session.ts'

const SETTINGS = { 'network.depth': 2, 'network.baseWidth': 4 }

test('a first training that was under way is interrupted where its log ends, and can be gone on with', async () => {
  const { engine, window, plane, project } = await openSession()
  await paintSome(window, plane)
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  await window.ask('training.start', { preset: 'fast', steps: 3, name: 'first', settings: SETTINGS })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  const later = await reopenSession(afterCrash(project))
  learnt.resolve()
  const told = { id: 'run-1', name: 'first', preset: 'fast', step: 1, steps: 3, device: 'double', hasModel: false }
  const runs = async () => (await later.window.ask('project.view', {})).runs
  expect(await runs()).toEqual([{ ...told, state: 'interrupted', createdAt: expect.any(String) }])
  await later.window.ask('training.resume', { run: 'run-1' })
  await until(() => later.window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  expect(await runs()).toMatchObject([{ id: 'run-1', state: 'finished', hasModel: true }])
})

test('another training can be begun, and the interrupted one be discarded', async () => {
  const { engine, window, plane, project } = await openSession()
  await paintSome(window, plane)
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  const later = await reopenSession(afterCrash(project))
  learnt.resolve()
  await later.window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await later.window.ask('run.discard', { id: 'run-1' })
  await until(() => later.window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  expect((await later.window.ask('project.view', {})).runs).toMatchObject([{ id: 'run-2', state: 'finished' }])
})
