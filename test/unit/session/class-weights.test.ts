/** Class weights of the training set, as the window shows them while somebody paints. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { PaintMemory } from '../../../src-main/core/paint-memory.ts'
import type { TrainingRequest } from '../../../src-shared/api.ts'
import type { PlaneKey } from '../../../src-shared/planes.ts'
import { brush, labelsOf, openSession, paintSome, until } from '../../drivers/session.ts'

const SETTINGS = { 'network.depth': 2, 'targets.ringPx': 0, 'targets.carve': false }
const REQUEST: TrainingRequest = { preset: 'fast', steps: 3, settings: SETTINGS }

test('are those of the run that is started with the same request', async () => {
  const { window, plane, project } = await openSession({ images: 2, width: 300, height: 200 })
  await paintSome(window, plane)
  await paintSome(window, { ...plane, imageId: 2 })
  await window.ask('plane.stroke', { plane: { ...plane, imageId: 2 }, stroke: brush('background', [[200, 150]], 40) })
  const request: TrainingRequest = { preset: 'fast', steps: 3, settings: { 'network.depth': 2 }, validationShare: 0.2 }
  const { weights } = await window.ask('training.classWeights', request)
  await window.ask('training.start', request)
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  const plan = JSON.parse(readFileSync(path.join(project, 'runs/run-1/plan.json'), 'utf8'))
  expect(plan.items.flatMap(({ heldOut }: { heldOut: unknown[] }) => heldOut)).not.toEqual([])
  expect(weights).toEqual(plan.targets.classWeights)
})

test('are painted pixels / (classes x painted pixels of the class) over the images that teach, not the open one', async () => {
  const { window, session, plane } = await openSession({ images: 3, width: 120, height: 90 })
  const second = await window.ask('class.add', { name: 'nucleus', colour: '#0000ff' })
  const planes = [1, 2, 3].map((imageId) => ({ ...plane, imageId }))
  for (const of of planes) await paintSome(window, of)
  const nucleus = await window.ask('plane.stroke', { plane: planes[1]!, stroke: brush('new', [[100, 70]], 11) })
  const setClass = { tool: 'setClass' as const, id: 'n', objectIds: [nucleus.objectId!], classId: second.id }
  await window.ask('plane.stroke', { plane: planes[1]!, stroke: setClass })
  await window.ask('image.update', { id: 3, role: 'validation' })
  const counts = [0, 0, 0]
  for (const of of planes.slice(0, 2)) {
    for (const label of labelsOf(session, of)) {
      if (label === 1) counts[0]!++
      if (label >= 16) counts[of.imageId === 2 && label === nucleus.objectId ? 2 : 1]!++
    }
  }
  const all = counts.reduce((sum, count) => sum + count)
  const { weights } = await window.ask('training.classWeights', REQUEST)
  expect(weights).toEqual(counts.map((count) => all / (3 * count)))
  const alone = await window.ask('training.classWeights', { ...REQUEST, imageIds: [1] })
  expect(alone.weights[2]).toBe(0) // nobody has painted a nucleus there
})

test('nothing painted is no failure; a wrong setting is one', async () => {
  const { window, plane } = await openSession()
  expect(await window.ask('training.classWeights', REQUEST)).toEqual({ weights: [] })
  await paintSome(window, plane)
  const wrong = { ...REQUEST, settings: { 'targets.ringPx': -5 } }
  expect(await window.failure('training.classWeights', wrong)).toMatchObject({ code: 'setting-invalid' })
})

test('after a stroke only the windows around it are read again, and the answer is that of counting anew', async () => {
  const { window, session, plane, project } = await openSession({ width: 3200, height: 2100 })
  await paintSome(window, plane)
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[1900, 1500]], 40) })
  const request: TrainingRequest = { preset: 'fast', steps: 3, validationShare: 0.2 }
  const read = vi.spyOn(session.store.labels, 'readRegion')
  await window.ask('training.classWeights', request)
  const first = read.mock.calls.length
  expect(first).toBe(2 * 7 * 5) // to choose what is held out, and to count
  read.mockClear()
  await window.ask('training.classWeights', request)
  expect(read.mock.calls.length).toBe(0)
  await window.ask('plane.stroke', { plane, stroke: brush('background', [[1880, 1420]], 25) })
  read.mockClear()
  const { weights } = await window.ask('training.classWeights', request)
  expect(read.mock.calls.length).toBeLessThan(first / 2) // also where the block to hold out has moved
  await window.ask('training.start', { ...request, settings: { 'network.depth': 2 } })
  const plan = JSON.parse(readFileSync(path.join(project, 'runs/run-1/plan.json'), 'utf8'))
  expect(weights).toEqual(plan.targets.classWeights)
})

const LARGE = { width: 3200, height: 2100 }
const STEPS: TrainingRequest = { preset: 'fast', steps: 3, validationShare: 0.2 }

test('planes that nobody has touched are not looked at again, whatever was painted on another one', async () => {
  const { window, session, plane } = await openSession({ images: 3, width: 300, height: 200 })
  const { labels, objects } = session.store
  const planes = [1, 2, 3].map((imageId) => ({ ...plane, imageId }))
  for (const of of planes) await paintSome(window, of)
  await window.ask('training.classWeights', STEPS)
  await window.ask('training.readiness', STEPS)
  const looks = [
    ...(['areas', 'contentOf', 'valuesNear', 'readRegion'] as const).map((method) => vi.spyOn(labels, method)),
    vi.spyOn(objects, 'list'),
  ]
  const looked = () => looks.flatMap(({ mock }) => mock.calls.map(([of]) => (of as PlaneKey).imageId ?? of))
  await window.ask('training.classWeights', STEPS)
  await window.ask('training.readiness', STEPS)
  expect(looked()).toEqual([])
  await window.ask('plane.stroke', { plane: planes[1]!, stroke: brush('background', [[200, 150]], 9) })
  for (const look of looks) look.mockClear()
  const { weights } = await window.ask('training.classWeights', STEPS)
  const readiness = await window.ask('training.readiness', STEPS)
  expect(new Set(looked())).toEqual(new Set([2]))
  Object.assign(session, { paintMemory: new PaintMemory() })
  expect(await window.ask('training.classWeights', STEPS)).toEqual({ weights })
  expect(await window.ask('training.readiness', STEPS)).toEqual(readiness)
})

test('an object that gets a second class is counted anew only where it lies', async () => {
  const { window, session, plane } = await openSession(LARGE)
  const second = await window.ask('class.add', { name: 'nucleus', colour: '#0000ff' })
  await paintSome(window, plane)
  const far = await window.ask('plane.stroke', { plane, stroke: brush('new', [[2900, 1900]], 40) })
  const near = await window.ask('plane.stroke', { plane, stroke: brush('new', [[1900, 1500]], 40) })
  const setClass = (id: string, objectId: number) =>
    window.ask('plane.stroke', { plane, stroke: { tool: 'setClass', id, objectIds: [objectId], classId: second.id } })
  await setClass('a', far.objectId!)
  const before = await window.ask('training.classWeights', REQUEST)
  await setClass('b', near.objectId!)
  const read = vi.spyOn(session.store.labels, 'readRegion')
  const after = await window.ask('training.classWeights', REQUEST)
  // The windows that share a tile with the object.
  const corners = new Set(read.mock.calls.map(([, { x, y }]) => `${x},${y}`))
  expect(corners).toEqual(new Set(['1535,1023', '2047,1023', '1535,1535', '2047,1535']))
  expect(after).not.toEqual(before)
  Object.assign(session, { paintMemory: new PaintMemory() })
  expect(await window.ask('training.classWeights', REQUEST)).toEqual(after)
})
