/** A session beside another process that has the project. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { PreviewFiles } from '../../../src-main/engine/preview-files.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import type { PreviewRegion } from '../../../src-shared/previews.ts'
import { brush, labelsOf, type Opened, openSession, paintSome, reopenSession, until } from '../../drivers/session.ts'

class Holder {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor(project: string) {
    this.#child = spawn(process.execPath, [path.join(import.meta.dirname, 'holder.ts'), project])
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    onTestFinished(() => void this.#child.kill())
  }
  /** Resolves when it has done it. */
  async does(line?: string): Promise<void> {
    if (line) this.#child.stdin.write(`${line}\n`)
    const { value } = await this.#lines.next()
    expect(value).toBe(line ? line.split(' ')[0] : 'open')
  }
  async dies(): Promise<void> {
    const over = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await over
  }
}

/** A project that another process has, as `before` left it, and a session that looks at it. */
async function beside(
  before: (opened: Opened) => Promise<void> = async () => {},
): Promise<Omit<Opened, 'folder'> & { holder: Holder }> {
  const opened = await openSession({ images: 2 })
  await before(opened)
  const { session, project } = opened
  await session.close()
  const holder = new Holder(project)
  await holder.does()
  return { ...(await reopenSession(project, { watchMs: 20 })), holder }
}

test('what the other process paints and renames is told to the windows, plane by plane', async () => {
  const { window, session, plane, holder } = await beside()
  expect(await window.ask('project.view', {})).toMatchObject({ readOnly: true })
  await holder.does('paint 30')
  await until(() => window.of('plane-changed').length > 0)
  expect(window.of('plane-changed')).toMatchObject([
    { by: 'elsewhere', change: { plane, revision: 1, rect: { x: 0, y: 0, w: 96, h: 64 } }, history: { undo: 1 } },
  ])
  expect(window.of('image-changed')).toMatchObject([{ image: { id: 1, objects: 1 } }])
  expect(labelsOf(session, plane)[20 * 96 + 30]).toBe(16)
  expect(window.of('project-changed')).toEqual([])
  await holder.does('rename Liver')
  await until(() => window.of('project-changed').length > 0)
  expect(window.of('project-changed').at(-1)).toMatchObject({ project: { name: 'Liver', readOnly: true } })
  expect(window.of('plane-changed')).toHaveLength(1)
})

test('when the other process leaves, this one may write, and what was painted last is there', async () => {
  const { window, session, plane, holder } = await beside()
  const stroke = (x: number) => window.failure('plane.stroke', { plane, stroke: brush('new', [[x, 40]], 4) })
  expect(await stroke(60)).toMatchObject({ code: 'project-busy' })
  await holder.does('paint 30')
  await holder.does('leave')
  await until(() => window.of('project-changed').some(({ project }) => !project.readOnly))
  expect(window.of('project-changed').at(-1)!.project.holder).toBeUndefined()
  expect(window.of('plane-changed').at(-1)).toMatchObject({ by: 'elsewhere', change: { revision: 1 } })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 40]], 4) })
  const labels = labelsOf(session, plane)
  expect([labels[20 * 96 + 30], labels[40 * 96 + 60]]).toEqual([16, 17])
  expect(session.store.holder()).toMatchObject({ program: 'Cellbrush test', pid: process.pid })
})

test('a process that dies leaves the project to the one that waits, and only to one', async () => {
  const { session, project, holder } = await beside()
  const other = await reopenSession(project, { watchMs: 20 })
  await holder.dies()
  await until(() => !session.store.isReadOnly || !other.session.store.isReadOnly)
  await new Promise((resolve) => setTimeout(resolve, 200)) // both have looked again
  const sessions = [session, other.session]
  expect(sessions.filter(({ store }) => store.isReadOnly)).toHaveLength(1)
  const writer = sessions.find(({ store }) => !store.isReadOnly)!
  const reader = sessions.find(({ store }) => store.isReadOnly)!
  await writer.close()
  await until(() => !reader.store.isReadOnly)
})

test('what only looks is answered while the other process has the project; what changes it is refused', async () => {
  const region: PreviewRegion = {
    ...{ format: 1, imageId: 1, name: 'image-1', z: 0, t: 0 },
    ...{ rect: { x: 0, y: 0, w: 2, h: 1 }, classes: 2 },
  }
  const { window, plane } = await beside(async ({ window, engine, plane }) => {
    engine.whileTraining = (folder) => {
      const base = { grey: new Uint8Array(2), truth: new Uint8Array(2) }
      new PreviewFiles(folder).save(25, region, new Uint8Array(4), () => base)
    }
    await paintSome(window, plane)
    await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
    await until(() => window.of('run').some(({ event }) => event.type === 'state'))
    await window.ask('prediction.start', { imageIds: [1] })
    await until(() => window.of('prediction').some(({ state }) => state === 'finished'))
  })
  const { predictions } = await window.ask('project.view', {})
  expect(predictions).toMatchObject([{ id: 'prediction-1', planes: [{ imageId: 1, z: 0, t: 0 }] }])
  expect(await window.ask('run.previews', { id: 'run-1' })).toEqual({ region, steps: [25], modelStep: 3 })
  expect(await window.ask('run.details', { id: 'run-1' })).toMatchObject({ id: 'run-1', state: 'finished' })
  expect(await window.ask('plane.objects', { plane })).toHaveLength(2)
  expect(await window.ask('prediction.objects', { id: 'prediction-1', aim: 'regions' })).toEqual(DEFAULT_OBJECTS)
  for (const [method, params] of [
    ['run.rename', { id: 'run-1', name: 'other' }],
    ['run.discard', { id: 'run-1' }],
    ['prediction.start', { imageIds: [1] }],
    ['prediction.accept', { id: 'prediction-1', plane, objects: DEFAULT_OBJECTS }],
    ['training.start', { preset: 'fast' }],
  ] as const) {
    expect([method, (await window.failure(method, params)).code]).toEqual([method, 'project-busy'])
  }
})
