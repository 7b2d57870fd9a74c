/** What a session does now and then, unasked: where it fails, the program goes on, and so does the next time. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { brush, openSession, reopenSession, until } from '../../drivers/session.ts'

/** What was logged as a failure. */
function logged(): unknown[] {
  const failures: unknown[] = []
  const log = vi.spyOn(console, 'error').mockImplementation((failure) => void failures.push(failure))
  onTestFinished(() => log.mockRestore())
  return failures
}

function fakeTimers(...toFake: ('setInterval' | 'clearInterval' | 'setTimeout' | 'clearTimeout')[]): void {
  vi.useFakeTimers({ toFake })
  onTestFinished(() => void vi.useRealTimers())
}

const full = new AppError('disk-full', { path: 'project.db' })

test('a look for the runs of commands that fails is logged, and the next one looks again', async () => {
  fakeTimers('setInterval', 'clearInterval')
  const { session, window } = await openSession()
  const failures = logged()
  const { runs } = session.store
  const look = vi.spyOn(runs, 'adoptFolders').mockImplementationOnce(() => {
    throw full
  })
  vi.advanceTimersByTime(15_000)
  expect([failures, look.mock.calls.length]).toEqual([[full], 1])
  look.mockImplementationOnce(() => ['run-1'])
  vi.advanceTimersByTime(15_000)
  await until(() => window.of('project-changed').length > 0)
  expect(failures).toEqual([full])
})

test('a change of the project that cannot be read is logged, and the next one is told', async () => {
  fakeTimers('setTimeout', 'clearTimeout')
  const { session, window } = await openSession()
  const failures = logged()
  vi.spyOn(session.store.classes, 'list').mockImplementationOnce(() => {
    throw full
  })
  session.projectChanged()
  vi.advanceTimersByTime(100)
  expect([failures, window.of('project-changed')]).toEqual([[full], []])
  session.projectChanged()
  vi.advanceTimersByTime(100)
  expect([failures.length, window.of('project-changed').length]).toEqual([1, 1])
})

test('a session that waits for the project goes on waiting after a fault of its own, which is logged', async () => {
  const { session, project } = await openSession()
  await session.close()
  const holder = await ProjectStore.open(project, { program: 'holder' })
  onTestFinished(() => holder.close())
  const waiting = (await reopenSession(project, { watchMs: 20 })).session
  const failures = logged()
  const fault = new TypeError('nobody expected this')
  vi.spyOn(waiting.store, 'becomeWriter').mockRejectedValueOnce(fault)
  await until(() => failures.length > 0)
  expect(failures).toEqual([fault])
  holder.close()
  await until(() => !waiting.store.isReadOnly)
})

test('what was painted is copied in the background after opening, by the one who may write, and told of nowhere', async () => {
  const { session, window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 20]]) })
  await session.close()
  const holder = await ProjectStore.open(project, { program: 'holder' })
  onTestFinished(() => holder.close())
  const waiting = await reopenSession(project, { watchMs: 20 })
  expect(holder.backups()).toEqual([])
  holder.close()
  await until(() => waiting.session.store.backups().length > 0)
  expect(waiting.session.store.backups()).toEqual([expect.stringMatching(/-daily\.db$/)])
  expect(await waiting.window.ask('project.view', {})).toMatchObject({ readOnly: false, findings: [] })
})

test('closing gives a copy up that is under way', async () => {
  const { session, window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 20]]) })
  await session.close()
  const failures = logged()
  const later = await reopenSession(project)
  await later.session.close()
  expect([readdirSync(path.join(project, 'backups')), failures]).toEqual([[], []])
})

test('a copy that fails is logged, and painting goes on', async () => {
  const { session, window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 20]]) })
  await session.close()
  const failures = logged()
  vi.spyOn(ProjectStore.prototype, 'backUpDaily').mockRejectedValueOnce(full)
  const later = await reopenSession(project)
  await until(() => failures.length > 0)
  expect(failures).toEqual([full])
  expect(await later.window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 20]]) })).toMatchObject({
    revision: 2,
  })
})
