/** How objects are made of images that were predicted at the pixel size of the network. */
import { expect, test } from 'vitest'
import { ObjectsChoice } from '../../../src-renderer/state/objects-choice.svelte.ts'
import type { Computer } from '../../../src-renderer/state/results/computer.ts'
import { PlaneMaps, partOf } from '../../../src-renderer/state/results/maps.ts'
import type { PredictionView } from '../../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { anImage, FakeHost } from '../../drivers/fake-connection.ts'

/** Of two images: the first has pixels half as wide and half as high as the network's, the second has the network's. */
const PREDICTION: PredictionView = {
  ...{ id: 'p1', runId: 'r1', createdAt: '', state: 'finished', classes: 2, classIds: [1, 1] },
  objects: { ...DEFAULT_OBJECTS, minimumAreaPx: 21, regrowPx: 1 },
  planes: [1, 2].map((imageId) => ({ imageId, z: 0, t: 0 })),
  scales: { 1: { x: 0.5, y: 0.5 } },
}
const ON_FIRST = { ...PREDICTION.objects, minimumAreaPx: 84, regrowPx: 2 }

test('the sliders have areas and distances of the image, and an aim sets them alike', async () => {
  const regions = { ...DEFAULT_OBJECTS, threshold: 0.25, minimumAreaPx: 8, regrowPx: 4 }
  const host = new FakeHost({ 'prediction.objects': () => regions })
  const failed = (error: unknown) => {
    throw error
  }
  const choice = new ObjectsChoice({ ask: host.connection, failed }, () => {})
  choice.begin(PREDICTION, 2)
  expect([choice.plan, choice.isTouched]).toEqual([PREDICTION.objects, false])
  choice.begin(PREDICTION, 1)
  expect([choice.plan, choice.isTouched]).toEqual([ON_FIRST, false])
  await choice.makeFor('regions')
  expect(choice.plan).toEqual({ ...regions, minimumAreaPx: 32, regrowPx: 8 })
  choice.reset()
  expect([choice.plan, choice.aim]).toEqual([ON_FIRST, 'balanced'])
})

test('an aim whose answer comes late takes back no slider that was moved meanwhile', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const host = new FakeHost({ 'prediction.objects': () => promise })
  let made = 0
  const choice = new ObjectsChoice({ ask: host.connection, failed: () => {} }, () => made++)
  choice.begin(PREDICTION, 2)
  const choosing = choice.makeFor('regions')
  choice.set('threshold', 0.9)
  resolve({ ...DEFAULT_OBJECTS, threshold: 0.25 })
  await choosing
  expect([choice.plan.threshold, choice.aim, choice.isChoosing, made]).toEqual([0.9, null, false, 1])
})

test('what results judge is made with them, too', async () => {
  const plans: unknown[] = []
  const computer: Computer = {
    do: async (_name, params) => {
      plans.push((params as { plan: unknown }).plan)
      return { labels: new Uint32Array(), classIndex: new Uint8Array() } as never
    },
    dispose: () => {},
  }
  const host = new FakeHost({})
  const maps = new PlaneMaps(host.connection, computer)
  for (const id of [1, 2]) {
    const image = anImage(id, { width: 0, height: 0 })
    const plane = { imageId: id, layer: 'objects', z: 0, t: 0 }
    await maps.predicted(partOf(image, plane, { x: 0, y: 0, w: 0, h: 0 }), PREDICTION)
  }
  expect(plans).toEqual([ON_FIRST, PREDICTION.objects])
})
