import { expect, test } from 'vitest'
import { Predictions, shareText } from '../../../src-renderer/state/predictions.svelte.ts'
import { Project } from '../../../src-renderer/state/project.svelte.ts'
import type { PredictionView } from '../../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { aProject, FakeHost } from '../../drivers/fake-connection.ts'

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

test('how far an image is reads as a share of one plane, or as whole planes', () => {
  const running = (done: number, total: number) => shareText({ done, total, state: 'running' })
  expect([running(0.4270833333, 1), running(0.999, 1), running(1, 1)]).toEqual(['42 %', '99 %', 'done'])
  expect([running(0.5, 12), running(2.9, 12), running(12, 12)]).toEqual(['0 of 12 planes', '2 of 12 planes', 'done'])
  expect(shareText({ done: 3, total: 12, state: 'failed' })).toBe('failed')
  expect(shareText({ done: 12, total: 12, state: 'failed' })).toBe('done')
})
