/** How a window tells copies of one project apart. */
import { cpSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openSession, reopenSession } from '../../drivers/session.ts'

test('a copy of a project has another folder id, a link to it the same, and none tells where it is', async () => {
  const { session, window, folder, project } = await openSession({ images: 1 })
  const { createdAt, folderId } = await window.ask('project.view', {})
  await session.close()
  const [copy, link] = [path.join(folder, 'copy.cellbrush'), path.join(folder, 'link.cellbrush')]
  cpSync(project, copy, { recursive: true })
  symlinkSync(project, link)
  const viewOf = async (of: string) => {
    const opened = await reopenSession(of)
    const view = await opened.window.ask('project.view', {})
    await opened.session.close()
    return view
  }
  expect(await viewOf(link)).toMatchObject({ createdAt, folderId })
  const { folderId: another, ...copied } = await viewOf(copy)
  expect(copied).toMatchObject({ createdAt })
  expect(another).not.toBe(folderId)
  expect([folderId, another]).toEqual([
    expect.stringMatching(/^[0-9a-f]{16}$/),
    expect.stringMatching(/^[0-9a-f]{16}$/),
  ])
})
