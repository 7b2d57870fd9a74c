import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FolderLock, type RunRecord } from '../../../src-main/store/index.ts'
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

/** The folder is held by another process until it is released. */
async function heldElsewhere(folder: string): Promise<{ release: () => Promise<void> }> {
  const lock = JSON.stringify(join(import.meta.dirname, '../../../src-main/store/lock.ts'))
  const program = `const { FolderLock } = await import(${lock}); FolderLock.acquire(process.argv[1], 'cellbrush train');
    console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder])
  onTestFinished(() => void child.kill())
  await once(child.stdout, 'data')
  const release = async () => {
    const over = once(child, 'exit')
    child.kill('SIGKILL')
    await over
  }
  return { release }
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

describe('a run of this program that a command goes on with', () => {
  const STOPPED = [...LOG, { type: 'state', state: 'stopped', step: 2 }]
  const RESUMED = [...LOG, LOG[0]!, { type: 'state', state: 'running', step: 2 }, { ...LOG[1]!, step: 3, energy: 0.3 }]
  const FINISHED = [...RESUMED, { type: 'state', state: 'finished', step: 3 }]
  const stopped = async () => {
    const painted = await paintedProject()
    const folder = writeRun(painted.folder, 'run-1', STOPPED)
    painted.store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
    painted.store.runs.refresh('run-1')
    painted.store.runs.update('run-1', { message: 'It was stopped.' })
    return { ...painted, folder, project: painted.folder }
  }
  const shown = ({ state, step, energy, finishedAt, message }: RunRecord) => [
    ...[state, step, energy],
    ...[finishedAt !== undefined, message !== undefined],
  ]

  test('is followed while that one holds its folder, and to its end', async () => {
    const { store, folder, project } = await stopped()
    const { runs } = store
    expect([runs.adoptFolders(), shown(runs.get('run-1'))]).toEqual([[], ['stopped', 2, 0.4, true, true]])
    const lock = await heldElsewhere(folder)
    writeRun(project, 'run-1', RESUMED)
    expect([runs.adoptFolders(), shown(runs.get('run-1'))]).toEqual([['run-1'], ['running', 3, 0.3, false, false]])
    writeRun(project, 'run-1', FINISHED)
    await lock.release()
    expect([runs.adoptFolders(), shown(runs.get('run-1'))]).toEqual([['run-1'], ['finished', 3, 0.3, true, false]])
    expect(runs.adoptFolders()).toEqual([])
  })

  test('shows how it ended also where nobody looked meanwhile, now and at the next opening', async () => {
    const { store, project, reopen } = await stopped()
    store.runs.adoptFolders()
    writeRun(project, 'run-1', FINISHED)
    expect([store.runs.adoptFolders(), shown(store.runs.get('run-1'))]).toEqual([
      ['run-1'],
      ['finished', 3, 0.3, true, false],
    ])
    writeRun(project, 'run-1', [...RESUMED, { ...LOG[1]!, step: 4, energy: 0.2 }])
    const { runs } = await reopen()
    expect(shown(runs.get('run-1'))).toEqual(['interrupted', 4, 0.2, false, false])
  })

  test('is left to this program where this one holds its folder', async () => {
    const { store, folder, project } = await stopped()
    const lock = FolderLock.acquire(folder, 'Cellbrush')
    onTestFinished(() => lock.release())
    writeRun(project, 'run-1', RESUMED)
    expect([store.runs.adoptFolders(), shown(store.runs.get('run-1'))]).toEqual([[], ['stopped', 2, 0.4, true, true]])
  })
})

test('what failed for a reason that the log does not know stays failed', async () => {
  const painted = await paintedProject()
  writeRun(painted.folder, 'run-1', LOG)
  painted.store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  painted.store.runs.refresh('run-1')
  painted.store.runs.update('run-1', { state: 'failed', message: 'There was not enough memory.' })
  const before = painted.store.runs.get('run-1')
  expect(painted.store.runs.adoptFolders()).toEqual([])
  expect((await painted.reopen()).runs.get('run-1')).toEqual(before)
})

test('a run that is as its row says is not written again', async () => {
  const { store, folder } = await paintedProject()
  writeRun(folder, 'run-1', [...LOG, { type: 'state', state: 'finished', step: 2 }])
  store.runs.adoptFolders()
  const written = vi.spyOn(store.runs, 'update')
  const before = store.runs.get('run-1')
  expect([store.runs.refresh('run-1'), written.mock.calls]).toEqual([before, []])
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
