import path from 'node:path'
import { expect, test } from 'vitest'
import { dataFolder, ensureSampleProject } from '../../../src-main/core/session/sample-project.ts'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { reopenSession, temporaryFolder } from '../../drivers/session.ts'

test('the sample project has painted images to learn from and others to paint; Train can be pressed at once', async () => {
  process.env.CELLBRUSH_DATA = path.join(temporaryFolder(), 'data')
  const folder = await ensureSampleProject()
  const { window } = await reopenSession(folder)
  const view = await window.ask('project.view', {})
  expect(view.isSample).toBe(true)
  expect(view.findings).toEqual([])
  expect(view.images.map(({ painted, complete }) => [painted, complete])).toEqual([
    ...Array(5).fill([1, 1]),
    ...Array(3).fill([0, 0]),
  ])
  expect(await window.ask('training.readiness', { preset: 'fast' })).toMatchObject({ canStart: true, images: 5 })
  delete process.env.CELLBRUSH_DATA
})

test('a second start opens it as the person has left it; one that was never filled is filled', async () => {
  const folder = path.join(temporaryFolder(), 'Sample.cellbrush')
  const begun = await ProjectStore.create(folder, { name: 'Sample: nuclei' })
  begun.close()
  await ensureSampleProject(folder)
  const store = await ProjectStore.open(folder)
  expect(store.images.count()).toBe(8)
  for (const { id } of store.images.list().slice(1)) store.images.trash(id)
  store.close()
  await ensureSampleProject(folder)
  const again = await ProjectStore.open(folder, { readOnly: true })
  expect(again.images.count()).toBe(1)
  again.close()
})

test('the folder for it is the one each system keeps for programs', () => {
  expect(dataFolder({ CELLBRUSH_DATA: '/data/cb' })).toBe(path.resolve('/data/cb'))
  const home = { XDG_DATA_HOME: '/x', APPDATA: '/a' }
  const expected = { darwin: /Application Support\/Cellbrush$/, win32: /^\/a.Cellbrush$/, linux: /^\/x\/cellbrush$/ }
  expect(dataFolder(home)).toMatch(expected[process.platform as 'linux'] ?? expected.linux)
})
