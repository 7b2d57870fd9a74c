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

test('a run that was under way when its program ended is interrupted at the next opening, where its log ends', async () => {
  const painted = await paintedProject()
  writeRun(painted.folder, 'run-1', LOG)
  painted.store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  painted.store.runs.update('run-1', { state: 'running' })
  const reopened = await painted.reopen()
  expect(reopened.runs.get('run-1')).toEqual({
    ...{ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01', isAdopted: false },
    ...{ state: 'interrupted', steps: 100, step: 2, device: 'tfjs', energy: 0.4, score: 0.7 },
    summary: [
      { step: 1, energy: 0.9 },
      { step: 2, energy: 0.4 },
    ],
  })
})

test('a run that had not begun, or had begun unseen, does not stay planned; one that has ended says how', async () => {
  const painted = await paintedProject()
  writeRun(painted.folder, 'run-1', [])
  writeRun(painted.folder, 'run-2', LOG)
  writeRun(painted.folder, 'run-3', [...LOG, { type: 'state', state: 'stopped', step: 2 }])
  for (const id of ['run-1', 'run-2', 'run-3'])
    painted.store.runs.add({ id, name: id, preset: 'fast', createdAt: `2026-01-0${id.at(-1)}` })
  const reopened = await painted.reopen()
  expect(reopened.runs.list().map(({ id, state, step }) => [id, state, step])).toEqual([
    ['run-3', 'stopped', 2],
    ['run-2', 'interrupted', 2],
    ['run-1', 'interrupted', 0],
  ])
})

test('a run that a command still learns at the next opening is followed to its end', async () => {
  const painted = await paintedProject()
  const folder = writeRun(painted.folder, 'run-1', LOG)
  painted.store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  const lock = FolderLock.acquire(folder, 'cellbrush train')
  onTestFinished(() => lock.release())
  const { runs } = await painted.reopen()
  expect(runs.adoptFolders()).toEqual(['run-1'])
  expect(runs.get('run-1')).toMatchObject({ state: 'running', step: 2 })
  expect(runs.adoptFolders()).toEqual([])
  writeRun(painted.folder, 'run-1', [...LOG, { type: 'state', state: 'finished', step: 100 }])
  lock.release()
  expect(runs.adoptFolders()).toEqual(['run-1'])
  expect(runs.get('run-1')).toMatchObject({ state: 'finished', step: 100 })
})

test('a run that does not exist is named', async () => {
  const { store } = await paintedProject()
  expect(() => store.runs.get('run-9')).toThrow('There is no run "run-9"')
  expect(() => store.runs.update('run-9', { step: 1 })).toThrow('There is no run "run-9"')
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
