/** "Predicted" as it is exported: what a window has predicted, and what it has not. */
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { exportFrom } from '../../../src-main/core/export.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { type Opened, openSession, paintSome, temporaryFolder, until, writeModel } from '../../drivers/session.ts'

/** Two images and a run that learned pixels of 0.5 µm; the first image has pixels of 0.25 µm. */
async function learned(): Promise<Opened> {
  const opened = await openSession({ images: 2 })
  const { window, plane, project } = opened
  await window.ask('image.setPixelSize', { ids: [1, 2], pixelSizeUm: { x: 0.5, y: 0.5 } })
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  writeModel(path.join(project, 'runs/run-1'), { objects: { ...DEFAULT_OBJECTS, minimumAreaPx: 20 } })
  await window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.25, y: 0.25 } })
  return opened
}

/** A square of so many pixels that the network sees, with its left upper corner at 8, 8. */
const square = (side: number) => (x: number, y: number) => (x >= 8 && x < 8 + side && y >= 8 && y < 8 + side ? 1 : 0)

async function predict({ window }: Opened, how: { imageIds: number[]; rescale?: boolean; average?: boolean }) {
  const { id } = await window.ask('prediction.start', how)
  await until(() => window.of('prediction').some((event) => event.id === id && event.state === 'finished'))
  return id
}

/** What is exported of the images: how many pixels are object, and what the person is told. */
async function exported({ session, engine }: Opened, imageIds: number[]) {
  const out = temporaryFolder()
  const notes: string[] = []
  const request = { format: 'labels-tiff', source: 'prediction', imageIds, out, isCompact: false } as const
  const job = { ...quietJob(), note: (sentence: string) => notes.push(sentence) }
  const report = await exportFrom(session.store, request, job, engine)
  const areas: number[] = []
  for (const { outputs } of report.files) {
    const { data } = await readWholePlane(outputs[0]!, 0)
    areas.push(Array.from(data).filter((label) => label > 0).length)
  }
  return { areas, notes, failed: report.failed }
}

/** Of a square whose side is even, regrown by `regrowPx` 1 or 2, without the corners that are farther away. */
const regrown = (side: number, regrowPx: 1 | 2) => side ** 2 + 4 * side * regrowPx + (regrowPx === 1 ? 0 : 4)

test('is what the window has predicted last, rescaled or averaged, and is not predicted again', async () => {
  const opened = await learned()
  opened.engine.probabilityAt = square(6)
  await predict(opened, { imageIds: [1], rescale: true })
  opened.engine.probabilityAt = square(10)
  await predict(opened, { imageIds: [1, 2], rescale: true, average: true })
  const calls = opened.engine.predictions.length
  expect(await exported(opened, [1, 2])).toEqual({ areas: [regrown(20, 2), regrown(10, 1)], notes: [], failed: 0 })
  expect(opened.engine.predictions).toHaveLength(calls)
  expect(readdirSync(path.join(opened.project, 'predictions'))).toEqual(['prediction-1', 'prediction-2'])
})

test('where an image was predicted as it is, at another pixel size than was learned, the person is told', async () => {
  const opened = await learned()
  opened.engine.probabilityAt = square(10)
  await predict(opened, { imageIds: [1] })
  expect(await exported(opened, [1])).toEqual({
    areas: [regrown(10, 1)],
    notes: [
      'image-1 has pixels of 0.250 µm but the network learned pixels of 0.500 µm; predict it again, rescaled, for a better result.',
    ],
    failed: 0,
  })
})

test('is predicted now where no window has, at the pixel size that was learned, and listed with its run', async () => {
  const opened = await learned()
  const { session, engine } = opened
  engine.probabilityAt = square(10)
  await predict(opened, { imageIds: [2] })
  const first = await exported(opened, [1, 2])
  expect(first).toEqual({ areas: [regrown(20, 2), regrown(10, 1)], notes: [], failed: 0 })
  expect(engine.predictions.map(({ items }) => items.map(({ name }) => name))).toEqual([['image-2'], ['image-1']])
  expect(await exported(opened, [1, 2])).toEqual(first)
  expect(engine.predictions).toHaveLength(2)
  // Both are kept as a window reads them.
  expect(engine.predictions.map(({ items }) => items.map(({ outputType }) => outputType))).toEqual([
    ['uint8'],
    ['uint8'],
  ])
  const [id] = session.store.predictions.adoptFolders()
  const adopted = session.views.prediction(session.store.predictions.get(id!))
  expect(adopted).toMatchObject({
    ...{ runId: 'run-1', planes: [{ imageId: 1, z: 0, t: 0 }], scales: { 1: { x: 0.5, y: 0.5 } } },
    objects: { minimumAreaPx: 20, regrowPx: 1 },
  })
  expect(await exported(opened, [1, 2])).toEqual(first)
  // Another pixel size is another prediction.
  await opened.window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: 1, y: 1 } })
  await exported(opened, [1])
  expect(engine.predictions).toHaveLength(3)
})

test('a small object is small in the pixels of the network, however many the image has of it', async () => {
  const opened = await learned()
  opened.engine.probabilityAt = square(4)
  expect(await exported(opened, [1])).toEqual({ areas: [0], notes: [], failed: 0 })
  opened.engine.probabilityAt = square(6)
  await predict(opened, { imageIds: [1], rescale: true })
  expect((await exported(opened, [1])).areas).toEqual([regrown(12, 2)])
})

test('of an image whose newest prediction is not whole an older one is taken', async () => {
  const opened = await learned()
  const { engine, project } = opened
  engine.probabilityAt = square(10)
  await predict(opened, { imageIds: [2] })
  engine.probabilityAt = square(6)
  const newest = await predict(opened, { imageIds: [2], average: true })
  expect((await exported(opened, [2])).areas).toEqual([regrown(6, 1)])
  rmSync(path.join(project, 'predictions', newest, 'image-2-0-0.cbpx'))
  expect((await exported(opened, [2])).areas).toEqual([regrown(10, 1)])
})

test('an aim is refused for a prediction of which nobody knows the run', async () => {
  const opened = await learned()
  opened.session.store.predictions.add({ id: 'of-nobody', modelSha256: 'm' })
  const engineCalls = opened.engine.calls.length
  expect(await opened.window.failure('prediction.objects', { id: 'of-nobody', aim: 'regions' })).toEqual({
    code: 'prediction-without-run',
    message:
      'It is not known which run made this prediction, and so not what that run held out; predict again, or move the sliders.',
  })
  expect(opened.engine.calls).toHaveLength(engineCalls)
})
