import { expect, test } from 'vitest'
import { Predictions, shareText } from '../../../src-renderer/state/predictions.svelte.ts'
import { Project } from '../../../src-renderer/state/project.svelte.ts'
import type { PredictionView } from '../../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { anImage, aProject, FakeHost } from '../../drivers/fake-connection.ts'

const aPrediction = (number: number, state: PredictionView['state'], images: number[]): PredictionView => ({
  ...{ id: `prediction-${number}`, runId: 'run-1', createdAt: `2026-11-22T10:0${number}:00.000Z`, state },
  ...{ objects: DEFAULT_OBJECTS, classes: 2, classIds: [1, 1] },
  planes: images.map((imageId) => ({ imageId, z: 0, t: 0 })),
})

test('a plane has the predictions in which it is there, newest first, however they ended', async () => {
  const predictions = [
    aPrediction(1, 'finished', [1, 2]),
    aPrediction(2, 'failed', [1]),
    aPrediction(3, 'interrupted', [2]),
    aPrediction(4, 'running', []),
  ]
  const host = new FakeHost({ 'project.view': () => aProject({ predictions }) })
  const project = new Project(host.connection)
  await project.load()
  const shown = new Predictions(host.connection, project)
  const of = (imageId: number, z = 0) => shown.of(imageId, z, 0).map(({ id }) => id)
  expect([of(1), of(2), of(10), of(1, 1)]).toEqual([
    ['prediction-2', 'prediction-1'],
    ['prediction-3', 'prediction-1'],
    [],
    [],
  ])
})

/** Predictions of a project with two images of one plane and one of two; `change` is what the host has of them next. */
async function following() {
  const images = [anImage(1), anImage(2), anImage(10, { z: 2 })]
  const host = new FakeHost({
    'project.view': () => aProject({ images }),
    'prediction.start': () => aPrediction(1, 'planned', []),
  })
  const project = new Project(host.connection)
  await project.load()
  const change = (...predictions: PredictionView[]) =>
    project.hear({ type: 'project-changed', project: aProject({ images, predictions }) })
  return { shown: new Predictions(host.connection, project), change }
}

test('what this window asked for is told when it has ended: the images that are there, in the order of the list', async () => {
  const { shown, change } = await following()
  const ended = () => shown.ended && { images: shown.ended.images.map(({ id }) => id), of: shown.ended.of }
  change(aPrediction(0, 'finished', [1]))
  expect(ended()).toBeNull()
  await shown.start([10, 2])
  change(aPrediction(0, 'finished', [1]), aPrediction(1, 'running', [10]))
  expect(ended()).toBeNull()
  change(aPrediction(0, 'finished', [1]), aPrediction(1, 'finished', [10, 2]))
  expect(ended()).toEqual({ images: [2, 10], of: 2 })
  change(aPrediction(1, 'interrupted', [10]))
  expect(ended()).toEqual({ images: [10], of: 2 })
  change(aPrediction(1, 'failed', []))
  expect(ended()).toBeNull()
})

test('an image is predicted once a plane of it is, and done by a run when all are', async () => {
  const { shown, change } = await following()
  const predicted = () => [1, 2, 10].map((id) => shown.isPredicted(id))
  const done = (...ids: number[]) => shown.areDone(ids, 'run-1')
  expect([predicted(), done(1)]).toEqual([[false, false, false], false])
  change(aPrediction(1, 'finished', [1, 10]), { ...aPrediction(2, 'finished', [2]), runId: 'run-2' })
  expect(predicted()).toEqual([true, true, true])
  expect([done(), done(1), done(1, 2), done(1, 10)]).toEqual([false, true, false, false])
  change(aPrediction(1, 'interrupted', [1, 10]), {
    ...aPrediction(2, 'finished', []),
    planes: [0, 1].map((z) => ({ imageId: 10, z, t: 0 })),
  })
  expect(done(1, 10)).toBe(true)
})

test('how far an image is reads as a share of one plane, or as whole planes', () => {
  const running = (done: number, total: number) => shareText({ done, total, state: 'running' })
  expect([running(0.4270833333, 1), running(0.999, 1), running(1, 1)]).toEqual(['42 %', '99 %', 'done'])
  expect([running(0.5, 12), running(2.9, 12), running(12, 12)]).toEqual(['0 of 12 planes', '2 of 12 planes', 'done'])
  expect(shareText({ done: 3, total: 12, state: 'failed' })).toBe('failed')
  expect(shareText({ done: 12, total: 12, state: 'failed' })).toBe('done')
})
