/** Predictions of a project: which planes they have, which of them stay, and what is made of those of commands. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { type PredictionState, predictedScale, readInputKey } from '../../../src-main/store/index.ts'
import type { PredictionStore } from '../../../src-main/store/predictions.ts'
import { addImage, type Painted, paintedProject } from './project-folder.ts'

/** Lists predictions by id with what they have of the project's images, each as if it had ended so. */
async function predictedProject(all: [id: string, images: number[], state?: PredictionState][]) {
  const painted = await paintedProject()
  const { predictions } = painted.store
  const images = [painted.image, await addImage(painted.store), await addImage(painted.store)]
  for (const [id, shown, state = 'finished'] of all) {
    mkdirSync(predictions.folderOf(id), { recursive: true })
    predictions.add({ id, modelSha256: 'm' })
    const planes = shown.map((index) => ({ imageId: images[index]!.id, z: 0, t: 0, inputKey: images[index]!.sha256 }))
    predictions.addPlanes(
      id,
      planes.map((plane) => ({ ...plane, file: `of-${id}.cbpx` })),
    )
    predictions.setState(id, state)
  }
  return { ...painted, predictions, images }
}
const left = ({ predictions }: { predictions: PredictionStore }) => predictions.list().map(({ id }) => id)

test('predictions of one image after the other all stay', async () => {
  const of = await predictedProject([
    ['p-1', [0]],
    ['p-2', [1]],
    ['p-3', [2]],
  ])
  expect(of.predictions.removeExpired()).toEqual([])
  expect(left(of)).toEqual(['p-3', 'p-2', 'p-1'])
})

test('a prediction goes, with its folder, when newer ones of its model have each of its planes twice', async () => {
  const of = await predictedProject([
    ['p-1', [0, 1]],
    ['p-2', [0]],
    ['p-3', [0]],
    ['p-4', [1]],
    ['p-5', [0, 1], 'interrupted'],
  ])
  of.predictions.add({ id: 'p-6', modelSha256: 'other' })
  expect(of.predictions.removeExpired()).toEqual(['p-2', 'p-1'])
  expect(left(of)).toEqual(['p-6', 'p-5', 'p-4', 'p-3'])
  expect(['p-1', 'p-2', 'p-3'].map((id) => existsSync(of.predictions.folderOf(id)))).toEqual([false, false, true])
})

test('what failed or was cancelled with nothing to show goes; what waits or is under way stays', async () => {
  const of = await predictedProject([
    ['p-1', [], 'failed'],
    ['p-2', [], 'interrupted'],
    ['p-3', [], 'planned'],
    ['p-4', [], 'running'],
  ])
  expect(of.predictions.removeExpired()).toEqual(['p-2', 'p-1'])
  expect(left(of)).toEqual(['p-4', 'p-3'])
})

test('a plane is found by model and input in the newest prediction that has it, however that ended', async () => {
  const { predictions, images } = await predictedProject([
    ['p-1', [0, 1]],
    ['p-2', [0], 'failed'],
  ])
  const [first, second, third] = images.map(({ id, sha256 }) => ({ imageId: id, z: 0, t: 0, inputKey: sha256 }))
  expect(predictions.find(first!, 'm')).toEqual({ id: 'p-2', file: 'of-p-2.cbpx' })
  expect(predictions.find(second!, 'm')).toEqual({ id: 'p-1', file: 'of-p-1.cbpx' })
  expect(predictions.find(third!, 'm')).toBeUndefined()
  expect(predictions.find(first!, 'other')).toBeUndefined()
  expect(predictions.find({ ...first!, inputKey: 'other' }, 'm')).toBeUndefined()
})

test('predictions that waited or were under way when their program ended are interrupted, with what they had', async () => {
  const { reopen } = await predictedProject([
    ['p-1', [0]],
    ['p-2', [0], 'running'],
    ['p-3', [], 'planned'],
  ])
  const { predictions } = await reopen()
  expect(predictions.list().map(({ id, state }) => [id, state, predictions.planesOf(id).length])).toEqual([
    ['p-3', 'interrupted', 0],
    ['p-2', 'interrupted', 1],
    ['p-1', 'finished', 1],
  ])
})

test('planes that an older program listed before they were predicted are no longer taken for predicted', async () => {
  const { predictions, store, folder, reopen } = await predictedProject([
    ['p-1', [0, 1]],
    ['p-2', [0, 1, 2], 'interrupted'],
    ['p-3', [0], 'running'],
  ])
  predictions.add({ id: 'half', modelSha256: 'm', isAdopted: true })
  predictions.setState('half', 'interrupted')
  store.close()
  const database = new Database(join(folder, 'project.db'))
  database.pragma('user_version = 1')
  database.close()
  const { predictions: migrated } = await reopen()
  expect(migrated.list().map(({ id, state }) => [id, state, migrated.planesOf(id).length])).toEqual([
    ['p-3', 'interrupted', 0],
    ['p-2', 'interrupted', 0],
    ['p-1', 'finished', 2],
  ])
})

/** The folder of a command's prediction of the first image, without what tells that it is finished. */
function writePrediction({ folder, image }: Painted, id: string): string {
  const made = join(folder, 'predictions', id)
  mkdirSync(made, { recursive: true })
  writeFileSync(join(made, 'model.cbck'), Buffer.concat([Buffer.from('weights'), Buffer.alloc(32, 0xab)]))
  writeFileSync(join(made, 'out.cbpx'), '')
  const pixels = `../../images/${image.sha256}.cbpx`
  const item = { name: 'a', pixels, z: 0, t: 0, range: [[0, 1]], output: 'out.cbpx', outputType: 'uint8' }
  const job = { format: 1, id, model: 'model.cbck', device: 'auto', threads: 0, average: false, items: [item] }
  writeFileSync(join(made, 'plan.json'), JSON.stringify(job))
  return made
}

test('prediction folders made by commands are adopted with their planes when they are finished', async () => {
  const painted = await paintedProject()
  const { predictions } = painted.store
  const made = writePrediction(painted, 'p-1')
  writeFileSync(join(painted.folder, 'predictions', 'notes.txt'), 'no folder')
  expect(predictions.adoptFolders()).toEqual([]) // its last plane may be half written
  writeFileSync(join(made, 'finished.json'), '{}')
  expect(predictions.adoptFolders()).toEqual(['p-1'])
  expect(predictions.list()).toMatchObject([{ id: 'p-1', state: 'finished', modelSha256: 'ab'.repeat(32) }])
  expect(predictions.planesOf('p-1')).toMatchObject([{ imageId: painted.image.id, file: 'out.cbpx' }])
})

test('an adopted prediction is that of the listed run whose model it names, with what decided its planes', async () => {
  const painted = await paintedProject()
  const { predictions, runs } = painted.store
  runs.add({ id: 'run-1', name: 'first', preset: 'fast', createdAt: '2026-11-22T10:00:00.000Z' })
  for (const [id, run] of [
    ['p-1', 'run-1'],
    ['p-2', 'run-9'],
  ] as const) {
    const made = writePrediction(painted, id)
    const plan = JSON.parse(readFileSync(join(made, 'plan.json'), 'utf8'))
    const model = join(painted.folder, 'runs', run, 'checkpoints')
    mkdirSync(model, { recursive: true })
    copyFileSync(join(made, 'model.cbck'), join(model, 'best.cbck'))
    const items = [{ ...plan.items[0], scaledTo: { width: 300, height: 250 } }]
    const change = { model: `../../runs/${run}/checkpoints/best.cbck`, average: true, items }
    writeFileSync(join(made, 'plan.json'), JSON.stringify({ ...plan, ...change }))
    writeFileSync(join(made, 'finished.json'), '{}')
  }
  expect(predictions.adoptFolders()).toEqual(['p-1', 'p-2'])
  expect([predictions.get('p-1').runId, predictions.get('p-2').runId]).toEqual(['run-1', undefined])
  const { id: imageId, sha256, width, height } = painted.image
  const inputKey = `${sha256}@300x250+mean`
  expect(predictions.planesOf('p-1')).toEqual([{ imageId, z: 0, t: 0, inputKey, file: 'out.cbpx' }])
  expect(readInputKey(inputKey)).toEqual({ sha256, scaledTo: { width: 300, height: 250 }, isAveraged: true })
  expect(predictedScale(inputKey, { width, height })).toEqual({ x: 300 / width, y: 250 / height })
  expect([readInputKey(sha256), predictedScale(sha256, { width, height })]).toEqual([
    { sha256, isAveraged: false },
    undefined,
  ])
})

test('of a model file that is cut off or gone no prediction is adopted', async () => {
  const painted = await paintedProject()
  for (const id of ['p-1', 'p-2']) writeFileSync(join(writePrediction(painted, id), 'finished.json'), '{}')
  writeFileSync(join(painted.folder, 'predictions', 'p-1', 'model.cbck'), 'short')
  rmSync(join(painted.folder, 'predictions', 'p-2', 'model.cbck'))
  expect(painted.store.predictions.adoptFolders()).toEqual([])
})
