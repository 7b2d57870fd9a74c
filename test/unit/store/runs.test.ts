import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FolderLock } from '../../../src-main/store/index.ts'
import { PRESETS } from '../../../src-shared/presets.ts'
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import { paintedProject } from './project-folder.ts'

function plan(id: string): RunPlan {
  const { network, targets, augmentation, optimization } = PRESETS.fast
  return {
    format: 1,
    id,
    name: `name of ${id}`,
    preset: 'fast',
    createdAt: '2026-01-01T10:00:00.000Z',
    cellbrush: '0.1.0',
    device: 'auto',
    network: { ...network, inputChannels: 1, classes: 2 },
    input: { channels: [0], percentileLow: 1, percentileHigh: 99 },
    targets: { ...targets, classNames: ['background', 'cell'], classWeights: [1, 1] },
    augmentation,
    optimization: { ...optimization, seed: 1, steps: 100 },
    items: [
      {
        imageId: 1,
        name: 'a',
        z: 0,
        t: 0,
        pixels: 'inputs/a.cbpx',
        labels: 'inputs/b.cbpx',
        isComplete: true,
        objectClasses: {},
        range: [[0, 1]],
        role: 'train',
        heldOut: [],
      },
    ],
  }
}

function writeRun(project: string, id: string, lines: object[], of: unknown = plan(id)): string {
  const folder = join(project, 'runs', id)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(of))
  writeFileSync(join(folder, 'log.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"type":"st`)
  return folder
}

const LOG = [
  { type: 'planned', steps: 100, secondsPerStep: 1, device: 'cpu', label: 'tfjs', memoryBytes: 1 },
  { type: 'step', step: 1, energy: 0.9, learningRate: 1, seconds: 1 },
  { type: 'step', step: 2, energy: 0.5, learningRate: 1, seconds: 1 },
  { type: 'validation', step: 2, energy: 0.6, score: 0.7, objects: {} },
  { type: 'step', step: 2, energy: 0.4, learningRate: 1, seconds: 1 },
]

test('run folders made by commands are adopted with what their logs say; others are left alone', async () => {
  const { store, folder } = await paintedProject()
  writeFileSync(
    join(writeRun(folder, 'run-1', [...LOG, { type: 'state', state: 'finished', step: 100 }]), 'model.cbck'),
    'weights',
  )
  writeRun(folder, 'run-2', LOG, { id: 'run-2', half: 'a plan' })
  mkdirSync(join(folder, 'runs', 'something'))
  expect(store.runs.adoptFolders()).toEqual(['run-1'])
  expect(store.runs.adoptFolders()).toEqual([])
  expect(store.runs.get('name of run-1')).toMatchObject({
    id: 'run-1',
    state: 'finished',
    isAdopted: true,
    steps: 100,
    step: 100,
    energy: 0.4,
    score: 0.7,
    model: 'model.cbck',
    summary: [
      { step: 1, energy: 0.9 },
      { step: 2, energy: 0.4 },
    ],
  })
  expect(store.runs.newestFinished().id).toBe('run-1')
})

test('an adopted run is running while its program holds the folder, then interrupted', async () => {
  const { store, folder } = await paintedProject()
  const lock = FolderLock.acquire(writeRun(folder, 'run-1', LOG), 'cellbrush train')
  onTestFinished(() => lock.release())
  store.runs.adoptFolders()
  expect(store.runs.get('run-1').state).toBe('running')
  lock.release()
  store.runs.adoptFolders()
  expect(store.runs.get('run-1').state).toBe('interrupted')
})

test('a run that was under way when its program ended is interrupted at the next opening', async () => {
  const painted = await paintedProject()
  writeRun(painted.folder, 'run-1', LOG)
  painted.store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  painted.store.runs.update('run-1', { state: 'running', step: 7, summary: [{ step: 7, energy: 1 }] })
  const reopened = await painted.reopen()
  expect(reopened.runs.get('run-1')).toMatchObject({ state: 'interrupted', step: 7, summary: [{ step: 7, energy: 1 }] })
})

test('a run that does not exist and a project without finished runs say so', async () => {
  const { store } = await paintedProject()
  expect(() => store.runs.get('run-9')).toThrow('There is no run "run-9"')
  expect(() => store.runs.update('run-9', { step: 1 })).toThrow('There is no run "run-9"')
  expect(() => store.runs.newestFinished()).toThrow('has no finished run yet')
})

test('scores are kept per run and kind', async () => {
  const { store, image } = await paintedProject()
  store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  const scores = [
    { runId: 'run-1', kind: 'raw', name: 'vRand', value: 0.9, z: 0, t: 0 } as const,
    { runId: 'run-1', imageId: image.id, kind: 'thinned', name: 'vRand', value: 0.8, z: 0, t: 0 } as const,
  ]
  store.scores.add(scores)
  expect(store.scores.list('run-1')).toEqual(scores)
})

test('a prediction is found by model and input, and only the newest two of a model stay unless kept', async () => {
  const { store, image } = await paintedProject()
  const plane = { imageId: image.id, z: 0, t: 0, inputKey: image.sha256 }
  for (const id of ['p-1', 'p-2', 'p-3', 'p-4']) {
    mkdirSync(store.predictions.folderOf(id), { recursive: true })
    store.predictions.add({ id, modelSha256: 'm', planes: [{ ...plane, file: 'a.cbpx' }] })
    store.predictions.setState(id, 'finished')
  }
  store.predictions.keep('p-1', true)
  expect(store.predictions.removeExpired()).toEqual(['p-2'])
  expect(store.predictions.list().map(({ id }) => id)).toEqual(['p-4', 'p-3', 'p-1'])
  expect(store.predictions.find(plane, 'm')).toMatchObject({ file: 'a.cbpx' })
  expect(store.predictions.find(plane, 'other')).toBeUndefined()
  expect((await store.check()).findings).toEqual([])
})

test('prediction folders made by commands are adopted with their planes', async () => {
  const { store, folder, image } = await paintedProject()
  const made = join(folder, 'predictions', 'p-1')
  mkdirSync(made, { recursive: true })
  writeFileSync(join(made, 'model.cbck'), Buffer.concat([Buffer.from('weights'), Buffer.alloc(32, 0xab)]))
  writeFileSync(join(made, 'out.cbpx'), '')
  const pixels = `../../images/${image.sha256}.cbpx`
  const item = { name: 'a', pixels, z: 0, t: 0, range: [[0, 1]], output: 'out.cbpx', outputType: 'uint8' }
  const job = { format: 1, id: 'p-1', model: 'model.cbck', device: 'auto', threads: 0, average: false, items: [item] }
  writeFileSync(join(made, 'plan.json'), JSON.stringify(job))
  expect(store.predictions.adoptFolders()).toEqual(['p-1'])
  expect(store.predictions.list()).toMatchObject([{ id: 'p-1', state: 'finished', modelSha256: 'ab'.repeat(32) }])
  expect(store.predictions.planesOf('p-1')).toMatchObject([{ imageId: image.id, file: 'out.cbpx' }])
})
