import { expect, test } from 'vitest'
import { ProjectStore } from '../../../src-main/store/index.ts'
import type { StrokeInput } from '../../../src-shared/strokes.ts'
import { brush, labelsOf, openSession, reopenSession, until, Window } from '../../drivers/session.ts'

test('a stroke is on disk when it is answered, and the answer says what changed', async () => {
  const { window, plane, project, session } = await openSession()
  const stroke = { ...brush('new', [[30, 20]], 5), label: 'new' as const }
  const answer = await window.ask('plane.stroke', { plane, stroke })
  expect(answer).toMatchObject({ revision: 1, objectId: 16, created: [16] })
  expect(answer.changes).toEqual([{ plane, rect: { x: 25, y: 15, w: 10, h: 10 }, revision: 1 }])
  const other = await ProjectStore.open(project, { readOnly: true })
  const [at] = other.labels.readRegion(plane, { x: 30, y: 20, w: 1, h: 1 }).data
  other.close()
  expect(at).toBe(16)
  const painted = labelsOf(session, plane).filter((label) => label === 16).length
  expect(await window.ask('plane.objects', { plane })).toEqual([
    {
      id: 16,
      classId: 1,
      origin: 'hand',
      state: 'accepted',
      areaPx: painted,
      box: answer.changes[0]!.rect,
      z: 0,
      t: 0,
    },
  ])
})

test('the tiles in which something is painted are told, and those alone', async () => {
  const { window, plane } = await openSession({ width: 1000, height: 600 })
  expect(await window.ask('plane.painted', { plane })).toEqual([])
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[600, 300]], 5) })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[256, 20]], 5) })
  expect(await window.ask('plane.painted', { plane })).toEqual([
    { tx: 0, ty: 0 },
    { tx: 1, ty: 0 },
    { tx: 2, ty: 1 },
  ])
})

test('a stroke sent again after a lost connection gets its answer and is not painted twice', async () => {
  const { session, window, plane } = await openSession()
  const stroke = brush('new', [[30, 20]])
  const first = await window.ask('plane.stroke', { plane, stroke })
  window.close()
  const again = new Window(session, 'window')
  expect(await again.ask('plane.stroke', { plane, stroke })).toEqual(first)
  expect(await again.ask('plane.view', { plane })).toEqual({ revision: 1, isComplete: false, undo: 1, redo: 0 })
  expect(await again.ask('plane.objects', { plane })).toHaveLength(1)
  expect(again.of('plane-changed')).toEqual([]) // nothing changed the second time
})

test('a stroke that changes nothing is answered with the revision that there is, and no change', async () => {
  const { window, plane } = await openSession()
  const complete = (id: string) => ({ tool: 'complete', id, isComplete: true }) as const
  const first = await window.ask('plane.stroke', { plane, stroke: complete('first') })
  const second = await window.ask('plane.stroke', { plane, stroke: complete('second') })
  const nowhere = { x: 0, y: 0, w: 0, h: 0 }
  expect(first).toEqual({ revision: 1, changes: [{ plane, rect: nowhere, revision: 1 }], created: [] })
  expect(second).toEqual({ revision: 1, changes: [], created: [] })
  expect(window.of('plane-changed')).toHaveLength(1)
})

test('two windows on one session both hear of every change, and who asked for it', async () => {
  const { session, window, plane } = await openSession()
  const other = new Window(session, 'other')
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  await other.ask('history.undo', { imageId: 1, layer: 'objects' })
  for (const events of [window.of('plane-changed'), other.of('plane-changed')]) {
    expect(events.map(({ by, change, history }) => [by, change.revision, history])).toEqual([
      ['window', 1, { undo: 1, redo: 0 }],
      ['other', 2, { undo: 0, redo: 1 }],
    ])
  }
  const progress = other.of('image-changed').map(({ image }) => [image.painted, image.objects])
  expect(progress).toEqual([
    [1, 1],
    [0, 0],
  ])
})

test('undo and redo survive a restart', async () => {
  const { session, window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  const painted = labelsOf(session, plane)
  await session.close()
  const later = await reopenSession(project)
  const undone = await later.window.ask('history.undo', { imageId: 1, layer: 'objects' })
  expect(undone).toMatchObject({ kind: 'brush' })
  expect(labelsOf(later.session, plane).every((label) => label === 0)).toBe(true)
  await later.window.ask('history.redo', { imageId: 1, layer: 'objects' })
  expect(labelsOf(later.session, plane)).toEqual(painted)
  expect(await later.window.ask('history.redo', { imageId: 1, layer: 'objects' })).toBeNull()
})

test('a class of an object, which has no pixels, is told too', async () => {
  const { window, plane } = await openSession()
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  const added = await window.ask('class.add', { name: 'nucleus', colour: '#0000FF' })
  expect(added).toEqual({ id: 2, name: 'nucleus', colour: '#0000ff' })
  const stroke: StrokeInput = { tool: 'setClass', id: 'c', objectIds: [objectId!], classId: 2 }
  await window.ask('plane.stroke', { plane, stroke })
  expect(await window.ask('plane.objects', { plane })).toMatchObject([{ id: objectId, classId: 2 }])
  expect(window.of('plane-changed').at(-1)).toMatchObject({ history: { undo: 2 }, change: { rect: { w: 0 } } })
})

test('ids are reserved for one window alone', async () => {
  const { window, plane } = await openSession()
  const reserve = () => window.ask('object.reserve', { imageId: 1, layer: 'objects', count: 10 })
  expect([await reserve(), await reserve()]).toEqual([{ first: 16 }, { first: 26 }])
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  expect(objectId).toBe(36)
})

test('failures are sentences without a path, and change nothing', async () => {
  const { window, plane, session } = await openSession()
  expect(await window.failure('plane.view', { plane: { ...plane, imageId: 99 } })).toMatchObject({
    code: 'image-unknown',
  })
  expect(await window.failure('plane.view', { plane: { ...plane, z: 3 } })).toMatchObject({ code: 'plane-missing' })
  const stroke = { tool: 'delete', id: 'd', objectIds: [77] }
  expect(await window.failure('plane.stroke', { plane, stroke })).toMatchObject({ code: 'object-missing' })
  expect(await window.failure('run.details', { id: 'run-9' })).toMatchObject({ code: 'run-missing' })
  const { message } = await window.failure('training.resume', { run: 'run-9' })
  expect(message).not.toContain(session.store.folder)
  expect(session.store.labels.planes()).toEqual([])
})

test('a project that another program has is shown, says who has it, and cannot be changed', async () => {
  const { window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  const second = await reopenSession(project)
  const view = await second.window.ask('project.view', {})
  expect(view).toMatchObject({ readOnly: true, images: [{ painted: 1, objects: 1 }] })
  expect(view.holder).toMatchObject({ program: 'Cellbrush test', pid: process.pid })
  for (const [method, params] of [
    ['plane.stroke', { plane, stroke: brush('new', [[60, 30]]) }],
    ['project.rename', { name: 'x' }],
    ['training.start', { preset: 'fast' }],
    ['import.start', { files: ['x'] }],
  ] as const) {
    expect(await second.window.failure(method, params)).toMatchObject({ code: 'project-busy' })
  }
  // What the holder paints is there at the next look.
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 30]]) })
  expect(await second.window.ask('plane.objects', { plane })).toHaveLength(2)
  expect(await second.window.ask('project.view', {})).toMatchObject({ images: [{ objects: 2 }] })
})

test('names, roles, notes and trash of images; many changes are one event', async () => {
  const { window } = await openSession({ images: 2 })
  const change = { id: 2, name: 'B', role: 'test', notes: 'out of focus', isTrashed: true } as const
  expect(await window.ask('image.update', change)).toMatchObject({ id: 2, name: 'B', role: 'test', isTrashed: true })
  expect((await window.ask('project.view', {})).images.map(({ name, isTrashed }) => [name, isTrashed])).toEqual([
    ['image-1', false],
    ['B', true],
  ])
  await window.ask('image.update', { id: 2, isTrashed: false })
  await window.ask('project.rename', { name: 'Liver' })
  await window.ask('class.update', { id: 1, name: 'hepatocyte' })
  await until(() => window.of('project-changed').length > 0)
  expect(window.of('project-changed')).toMatchObject([
    { project: { name: 'Liver', classes: [{ name: 'hepatocyte' }] } },
  ])
  await window.ask('class.add', { name: 'nucleus', colour: '#112233' })
  expect(await window.failure('class.update', { id: 2, name: 'hepatocyte' })).toMatchObject({ code: 'class-exists' })
})

test('a class more than a network can tell apart is refused; one that there is already is answered', async () => {
  const { window } = await openSession()
  const first = (await window.ask('project.view', {})).classes.length
  const add = (index: number) => ({ name: `class ${index}`, colour: '#112233' })
  for (let index = first; index < 31; index++) await window.ask('class.add', add(index))
  expect(await window.failure('class.add', add(31))).toEqual({
    code: 'too-many-classes',
    message: 'The project would have 32 classes and a network can tell 31 apart; give several of them one name.',
  })
  expect(await window.ask('class.add', add(30))).toMatchObject({ name: 'class 30' })
  expect((await window.ask('project.view', {})).classes).toHaveLength(31)
})
