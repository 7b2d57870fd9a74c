import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Session } from '../../../src-main/core/session/session.ts'
import { EngineClient } from '../../../src-main/engine-client.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { FolderLock } from '../../../src-main/store/index.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import {
  brush,
  gate,
  labelsOf,
  type Opened,
  openSession,
  paintSome,
  reopenSession,
  until,
  Window,
} from '../../drivers/session.ts'

const SETTINGS = { 'network.depth': 2, 'network.baseWidth': 4 }

const stateOf = (window: Window, run: string) =>
  window.ask('project.view', {}).then(({ runs }) => runs.find(({ id }) => id === run)!.state)

async function ended({ window }: Pick<Opened, 'window'>, run = 'run-1'): Promise<void> {
  const underWay = ['planned', 'running', 'paused']
  while (underWay.includes(await stateOf(window, run))) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('readiness says what is missing before anything is painted, and what would teach afterwards', async () => {
  const { window, plane } = await openSession()
  const before = await window.ask('training.readiness', { preset: 'fast' })
  expect(before).toMatchObject({ canStart: false, images: 0, objects: 0 })
  expect(before.problems[0]!.sentence).toMatch(/nothing is painted/)
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 20]]) })
  const onlyObjects = await window.ask('training.readiness', { preset: 'fast' })
  expect(onlyObjects).toMatchObject({ canStart: false, images: 1, objects: 1 })
  expect(onlyObjects.problems[0]!.sentence).toMatch(/no background is painted/)
  await paintSome(window, plane)
  const ready = await window.ask('training.readiness', { preset: 'fast' })
  expect(ready).toMatchObject({ canStart: true, images: 1, objects: 2 })
  expect(await window.failure('training.readiness', { preset: 'fast', settings: { depth: 99 } })).toMatchObject({
    code: 'setting-invalid',
  })
})

test('training runs in the background on what was painted at Start; painting goes on meanwhile', async () => {
  const { session, engine, window, plane, project } = await openSession()
  await paintSome(window, plane)
  const atStart = labelsOf(session, plane)
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  const run = await window.ask('training.start', { preset: 'fast', steps: 3, name: 'first', settings: SETTINGS })
  expect(run).toMatchObject({ id: 'run-1', name: 'first', preset: 'fast', hasModel: false })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  expect(await window.ask('project.view', {})).toMatchObject({
    runs: [{ id: 'run-1', state: 'running', step: 1, steps: 3, device: 'double', secondsPerStep: 0.1 }],
  })
  expect(window.of('job').at(-1)).toMatchObject({ training: 'run-1', state: 'running', share: 1 / 3 })
  const stroke = await window.ask('plane.stroke', { plane, stroke: brush('new', [[80, 10]]) })
  expect(stroke.created).toHaveLength(1)
  const plan: RunPlan = JSON.parse(readFileSync(path.join(project, 'runs/run-1/plan.json'), 'utf8'))
  expect(plan.network).toMatchObject({ depth: 2, baseWidth: 4 })
  const frozen = PixelFile.open(path.join(project, 'runs/run-1', plan.items[0]!.labels))
  const rect = { x: 0, y: 0, w: 96, h: 64 }
  expect(frozen.readRegion({ z: 0, t: 0, rect }).data).toEqual(atStart)
  frozen.close()
  learnt.resolve()
  await ended({ window })
  expect((await window.ask('project.view', {})).runs).toMatchObject([{ state: 'finished', step: 3, hasModel: true }])
  const details = await window.ask('run.details', { id: 'run-1' })
  expect(details.plan.id).toBe('run-1')
  expect(details.events.map(({ type }) => type)).toEqual(['planned', 'step', 'state'])
  expect(window.of('engine').map(({ state }) => state)).toEqual(['idle', 'busy', 'idle'])
  expect(session.store.labels.pinned({ kind: 'run', id: 'run-1' })).toHaveLength(1)
})

test('what is painted while a run is being frozen does not get into it', async () => {
  const { session, window, plane, project } = await openSession()
  await paintSome(window, plane)
  const atStart = labelsOf(session, plane)
  const started = window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[80, 10]]) })
  await started
  const plan: RunPlan = JSON.parse(readFileSync(path.join(project, 'runs/run-1/plan.json'), 'utf8'))
  const frozen = PixelFile.open(path.join(project, 'runs/run-1', plan.items[0]!.labels))
  expect(frozen.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: 96, h: 64 } }).data).toEqual(atStart)
  frozen.close()
  const [pin] = session.store.labels.pinned({ kind: 'run', id: 'run-1' })
  expect(session.store.labels.readPinned(pin!.id, { x: 0, y: 0, w: 96, h: 64 }).data).toEqual(atStart)
  await ended({ window })
})

test('an engine that is lost leaves an interrupted run with a sentence; painting answers, and resume goes on', async () => {
  const { engine, window, plane } = await openSession()
  await paintSome(window, plane)
  engine.whileTraining = () => {
    throw new AppError('engine-lost', { reason: 'it was killed' })
  }
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await ended({ window })
  const [run] = (await window.ask('project.view', {})).runs
  expect(run).toMatchObject({ state: 'interrupted', step: 1 })
  expect(run!.message).toMatch(/press Resume to go on/)
  expect(window.of('engine').map(({ state }) => state)).toContain('lost')
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[80, 10]]) })
  engine.whileTraining = () => {}
  expect(await window.ask('training.resume', { run: 'run-1' })).toMatchObject({ id: 'run-1' })
  await ended({ window })
  const [resumed] = (await window.ask('project.view', {})).runs
  expect(resumed).toMatchObject({ state: 'finished', hasModel: true })
  expect(resumed!.message).toBeUndefined()
  expect(await window.failure('training.resume', { run: 'run-1' })).toMatchObject({ code: 'run-complete' })
})

test('an engine process killed in the middle of training costs nothing that was painted', async () => {
  const { session, window: first, plane, project } = await openSession()
  await paintSome(first, plane)
  await session.close()
  const engine = new EngineClient({ script: path.join(import.meta.dirname, 'hanging-engine.mjs'), graceMs: 200 })
  const opened = await Session.open(project, { engine, program: 'Cellbrush test' })
  onTestFinished(async () => {
    await opened.close()
    await engine.close()
  })
  const window = new Window(opened)
  await window.ask('training.start', { preset: 'fast', steps: 9, settings: SETTINGS })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  process.kill(engine.pid!, 'SIGKILL')
  const stroke = await window.ask('plane.stroke', { plane, stroke: brush('new', [[80, 10]]) })
  expect(stroke.created).toHaveLength(1)
  await ended({ window })
  expect((await window.ask('project.view', {})).runs).toMatchObject([{ state: 'interrupted', step: 1 }])
  expect(window.of('engine').at(-1)).toMatchObject({ state: 'lost' })
  expect(await window.ask('plane.objects', { plane })).toHaveLength(3)
  // The next one is started when it is needed.
  await window.ask('training.resume', { run: 'run-1' })
  await until(
    () => engine.pid !== undefined && window.of('run').filter(({ event }) => event.type === 'step').length > 1,
  )
})

test('pause, continue and stop reach the engine; a second training is refused meanwhile', async () => {
  const { engine, window, plane } = await openSession()
  await paintSome(window, plane)
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  expect(await window.failure('training.start', { preset: 'fast', settings: SETTINGS })).toMatchObject({
    code: 'not-ready',
  })
  await window.ask('training.control', { action: 'pause' })
  await window.ask('training.control', { action: 'continue' })
  await window.ask('training.control', { action: 'stop' })
  const views = () => window.of('project-changed').flatMap(({ project }) => project.runs)
  await until(() => views().some(({ isStopping }) => isStopping)) // told to every window
  learnt.resolve()
  await ended({ window })
  expect(engine.calls).toEqual(['train', 'pause', 'continue', 'stop'])
  const { runs } = await window.ask('project.view', {})
  expect(runs).toMatchObject([{ state: 'stopped', hasModel: true }])
  expect(runs[0]!.isStopping).toBeUndefined()
  expect(await window.failure('training.control', { action: 'stop' })).toMatchObject({ code: 'not-ready' })
})

test('a prediction comes before training: training gives way and goes on, but not where the person has paused it', async () => {
  const { engine, window, plane } = await openSession()
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await ended({ window })
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await until(() => engine.calls.filter((call) => call === 'train').length === 2)
  const finished = (count: number) => () =>
    window.of('prediction').filter(({ state }) => state === 'finished').length === count
  await window.ask('prediction.start', { imageIds: [1], run: 'run-1' })
  await until(finished(1))
  await window.ask('training.control', { action: 'pause' })
  await window.ask('prediction.start', { imageIds: [1], run: 'run-1', average: true })
  await until(finished(2))
  await window.ask('training.control', { action: 'continue' })
  learnt.resolve()
  await ended({ window }, 'run-2')
  expect(engine.calls).toEqual([
    ...['train', 'train'],
    ...['pause', 'predict', 'continue'],
    ...['pause', 'pause', 'predict'],
    'continue',
  ])
})

test('closing in the middle of training interrupts the run, which can be gone on with', async () => {
  const { session, engine, window, plane, project } = await openSession()
  await paintSome(window, plane)
  engine.whileTraining = async () => {
    const { signal } = closing
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    throw new DOMException('aborted', 'AbortError')
  }
  const closing = new AbortController()
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await until(() => window.of('run').some(({ event }) => event.type === 'step'))
  const closed = session.close()
  closing.abort()
  await closed
  const later = await reopenSession(project)
  expect((await later.window.ask('project.view', {})).runs).toMatchObject([{ state: 'interrupted', step: 1 }])
  await later.window.ask('training.resume', { run: 'run-1' })
  await ended(later)
  expect(await stateOf(later.window, 'run-1')).toBe('finished')
})

test('a run that a command is training is refused with a sentence, and nothing is written of it', async () => {
  const { session, engine, window, plane } = await openSession()
  await paintSome(window, plane)
  engine.whileTraining = () => {
    throw new AppError('engine-lost', { reason: 'it was killed' })
  }
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await ended({ window })
  const { runs } = session.store
  const lock = FolderLock.acquire(runs.folderOf('run-1'), 'cellbrush train')
  onTestFinished(() => lock.release())
  const update = vi.spyOn(runs, 'update')
  const message = expect.stringContaining('is being trained by another program')
  expect(await window.failure('training.resume', { run: 'run-1' })).toEqual({ code: 'run-busy', message })
  const look = vi.spyOn(FolderLock, 'holderOf').mockReturnValue(null) // it begins a moment later
  await window.ask('training.resume', { run: 'run-1' })
  look.mockRestore()
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'failed'))
  expect(window.of('run').at(-1)).toMatchObject({ event: { state: 'failed', step: 1, message } })
  expect(update.mock.calls).toEqual([])
})

test('Train pressed in two windows at once makes one run, and the other is told', async () => {
  const { session, window, plane } = await openSession()
  await paintSome(window, plane)
  const request = { preset: 'fast', steps: 3, settings: SETTINGS } as const
  const started = window.ask('training.start', request)
  expect(await new Window(session, 'other').failure('training.start', request)).toMatchObject({ code: 'not-ready' })
  expect(await started).toMatchObject({ id: 'run-1' })
  await ended({ window })
  expect((await window.ask('project.view', {})).runs).toMatchObject([{ id: 'run-1', state: 'finished' }])
})

test('a training that could not begin leaves the place to the next', async () => {
  const { window, plane } = await openSession()
  const request = { preset: 'fast', steps: 3, settings: SETTINGS } as const
  expect(await window.failure('training.start', request)).toMatchObject({ code: 'not-ready' })
  await paintSome(window, plane)
  expect(await window.ask('training.start', request)).toMatchObject({ id: 'run-1' })
  await ended({ window })
})

test('a run is renamed and discarded, with its folder and what it had pinned', async () => {
  const { session, window, plane, project } = await openSession()
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await ended({ window })
  await window.ask('run.rename', { id: 'run-1', name: 'good one' })
  expect((await window.ask('project.view', {})).runs).toMatchObject([{ name: 'good one' }])
  await window.ask('run.discard', { id: 'run-1' })
  expect((await window.ask('project.view', {})).runs).toEqual([])
  expect(existsSync(path.join(project, 'runs/run-1'))).toBe(false)
  expect(session.store.labels.pinned()).toEqual([])
})

test('the number of a discarded run is not given again while a prediction or an object names it, also one taken back', async () => {
  const { session, window, plane, engine } = await openSession()
  await paintSome(window, plane)
  const train = async () => {
    const { id } = await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
    await ended({ window }, id)
    return id
  }
  const accept = async () => {
    const { id } = await window.ask('prediction.start', { imageIds: [1] })
    await until(() => window.of('prediction').some((event) => event.id === id && event.state === 'finished'))
    await window.ask('prediction.accept', { id, plane, objects: { ...DEFAULT_OBJECTS, minimumAreaPx: 1 } })
    return id
  }
  engine.probabilityAt = (x, y) => (x > 70 && y > 30 ? 0.9 : 0.05)
  await train()
  const prediction = await accept()
  const ids: string[] = []
  const discardAndTrain = async () => {
    const [{ id } = { id: '' }] = session.store.runs.list()
    await window.ask('run.discard', { id })
    ids.push(await train())
  }
  await discardAndTrain() // the prediction names the one before
  session.store.predictions.remove(prediction)
  await discardAndTrain() // its objects do
  await window.ask('history.undo', { imageId: 1, layer: 'objects' })
  await discardAndTrain() // redo would bring them back
  expect(ids).toEqual(['run-2', 'run-2', 'run-2'])
  await paintSome(window, plane) // nothing is left to be done again
  await discardAndTrain()
  expect(ids.at(-1)).toBe('run-1')
})

test('the share held out counts only where no painted image has the role validation', async () => {
  const { window, plane, project } = await openSession({ images: 2, width: 160, height: 160 })
  await paintSome(window, plane)
  await paintSome(window, { ...plane, imageId: 2 })
  const itemsOf = async (run: string) => {
    await window.ask('training.start', { preset: 'fast', steps: 3, validationShare: 0.2, settings: SETTINGS })
    await ended({ window }, run)
    const plan: RunPlan = JSON.parse(readFileSync(path.join(project, 'runs', run, 'plan.json'), 'utf8'))
    return plan.items.map(({ role, heldOut }) => [role, heldOut.length])
  }
  expect((await itemsOf('run-1')).flat()).toContain(1)
  await window.ask('image.update', { id: 2, role: 'validation' })
  expect(await itemsOf('run-2')).toEqual([
    ['train', 0],
    ['validation', 0],
  ])
})

test('a training whose end cannot be written ends with a sentence, and not the program', async () => {
  const { session, window, plane } = await openSession()
  await paintSome(window, plane)
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const refresh = vi.spyOn(session.store.runs, 'refresh').mockImplementation(() => {
    throw new AppError('disk-full', { path: 'project.db' })
  })
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await until(() => log.mock.calls.length > 0)
  expect(log.mock.calls).toEqual([[expect.objectContaining({ code: 'disk-full' })]])
  expect(window.of('run').at(-1)).toMatchObject({
    event: { state: 'failed', step: 3, message: expect.stringContaining('project.db') },
  })
  refresh.mockRestore()
  log.mockRestore()
})

test('of a long run a window is told some thousands of steps, every spike, and all that happened beside', async () => {
  const { window, plane, project } = await openSession()
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  await ended({ window })
  const stepAt = (step: number): RunEvent => {
    const energy = step === 12_345 ? 40 : 0.5
    return { type: 'step', step, energy, learningRate: 0.1, seconds: 0.1 }
  }
  const steps = Array.from({ length: 30_000 }, (_, at) => stepAt(at + 1))
  const rest: RunEvent[] = [
    { type: 'validation', step: 30_000, energy: 0.5, score: 0.8, objects: DEFAULT_OBJECTS },
    { type: 'state', state: 'finished', step: 30_000 },
  ]
  const log = [...steps, ...rest].map((event) => `${JSON.stringify(event)}\n`).join('')
  writeFileSync(path.join(project, 'runs/run-1/log.jsonl'), log)
  const { events } = await window.ask('run.details', { id: 'run-1' })
  const told = events.flatMap((event) => (event.type === 'step' ? [event.step] : []))
  expect(told.length).toBeGreaterThan(4000)
  expect(told.length).toBeLessThanOrEqual(5000)
  expect([told[0], told.includes(12_345), told.at(-1)]).toEqual([1, true, 30_000])
  expect(events).toEqual([...told.map(stepAt), ...rest])
})
