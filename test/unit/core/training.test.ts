import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotate } from '../../../src-main/core/annotation.ts'
import type { Engine } from '../../../src-main/core/engine.ts'
import { importImages } from '../../../src-main/core/import.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { PaintMemory } from '../../../src-main/core/paint-memory.ts'
import { createProject } from '../../../src-main/core/projects.ts'
import { listRuns } from '../../../src-main/core/runs.ts'
import {
  classWeightsOf,
  readinessOf,
  settingsOf,
  type TrainEvent,
  type TrainRequest,
  train,
} from '../../../src-main/core/training.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { ProjectStore } from '../../../src-main/store/index.ts'
import type { EngineApi, RunEvent } from '../../../src-shared/engine-api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import { parseStroke } from '../../../src-shared/strokes/schema.ts'
import { SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const project = at('nuclei.cellbrush')
const sparse = at('sparse.cellbrush')
beforeAll(async () => {
  const nuclei = path.join(SAMPLES, 'nuclei')
  const images = ['A02_s1', 'B20_s2', 'D04_s9', 'F03_s5'].map((name) =>
    path.join(nuclei, 'images', `IXMtest_${name}.tif`),
  )
  const masks = path.join(nuclei, 'masks')
  await createProject(project)
  await importImages(project, { inputs: images.slice(0, 3), masks, isComplete: true }, quietJob())
  await importImages(project, { inputs: images.slice(3), masks, isComplete: true, role: 'test' }, quietJob())
  await createProject(sparse)
  const labels = path.join(SAMPLES, 'nuclei-sparse/sparse_labels')
  const inputs = [path.join(SAMPLES, 'nuclei-sparse/images')]
  await importImages(sparse, { inputs, masks: labels, isComplete: false }, quietJob())
})

/** An engine that writes the log of a run and does what `act` says. */
class EngineDouble implements Engine {
  readonly calls: string[] = []
  readonly #act: (events: RunEvent[]) => Promise<void> | void
  constructor(act: (events: RunEvent[]) => Promise<void> | void = () => {}) {
    this.#act = act
  }
  async call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    { onEvent }: { onEvent?: (event: EngineApi[M]['event']) => void } = {},
  ): Promise<EngineApi[M]['result']> {
    this.calls.push(`${method} ${JSON.stringify(params)}`)
    if (method !== 'train') return { state: 'stopping' } as EngineApi[M]['result']
    const { folder } = params as { folder: string }
    const events: RunEvent[] = [
      { type: 'planned', steps: 3, secondsPerStep: 0.1, device: 'cpu', label: 'double', memoryBytes: 1 },
      { type: 'step', step: 1, energy: 0.5, learningRate: 0.1, seconds: 0.1 },
    ]
    writeLog(folder, events)
    await this.#act(events)
    events.push({ type: 'state', state: 'finished', step: 3 })
    writeLog(folder, events)
    writeFileSync(path.join(folder, 'model.cbck'), '')
    for (const event of events) onEvent?.(event as EngineApi[M]['event'])
    return { state: 'finished', step: 3, model: 'model.cbck', score: 0.75 } as EngineApi[M]['result']
  }
}

const writeLog = (folder: string, events: RunEvent[]) =>
  writeFileSync(path.join(folder, 'log.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))

async function trained(request: TrainRequest, engine: Engine = new EngineDouble(), of = project) {
  const events: TrainEvent[] = []
  const notes: string[] = []
  const job = { ...quietJob(), note: (sentence: string) => notes.push(sentence), kill: new AbortController().signal }
  const report = await train(of, request, engine, job, (event) => events.push(event))
  const plan: RunPlan = JSON.parse(readFileSync(path.join(report.folder, 'plan.json'), 'utf8'))
  return { report, plan, events, notes, at: (name: string) => path.join(report.folder, name) }
}

test('a run is frozen with all it needs: linked pixels, label maps, ranges, held-out blocks, class weights', async () => {
  const { plan, report, at } = await trained({ steps: 3, seed: 7, name: 'first' })
  expect(plan).toMatchObject({ format: 1, id: report.run, name: 'first', preset: 'fast', device: 'auto' })
  expect(plan.network).toMatchObject({ inputChannels: 1, classes: 2 })
  expect(plan.optimization).toMatchObject({ steps: 3, seed: 7 })
  expect(plan.optimization.minutes).toBeUndefined()
  expect(plan.items.map(({ name, role, isComplete }) => [name, role, isComplete])).toEqual([
    ['IXMtest_A02_s1', 'train', true],
    ['IXMtest_B20_s2', 'train', true],
    ['IXMtest_D04_s9', 'train', true],
  ])
  for (const item of plan.items) {
    expect(item.heldOut).toHaveLength(1)
    expect(item.range[0]![1]).toBeGreaterThan(item.range[0]![0])
    expect(statSync(at(item.pixels)).nlink).toBeGreaterThan(1) // a link costs no room
    const labels = PixelFile.open(at(item.labels))
    expect(labels.header).toMatchObject({ width: 320, height: 320, channels: 1, sampleType: 'uint32' })
    labels.close()
  }
  // Nuclei cover less than the background, so they weigh more; the weights average 1 over the painted pixels.
  const [background, nucleus] = plan.targets.classWeights as [number, number]
  expect(nucleus).toBeGreaterThan(background)
  expect(1 / background + 1 / nucleus).toBeCloseTo(2, 6)
})

test('class weights that a person chose are frozen beside those counted, which drawing every class evenly amounts to', async () => {
  const counted = await trained({ steps: 3, preset: 'sliding-window' })
  const chosen = await trained({ steps: 3, preset: 'sliding-window', settings: ['classWeights=1,9'] })
  const { classWeights } = counted.plan.targets
  expect(counted.plan.targets.countedWeights).toBeUndefined()
  expect(chosen.plan.targets).toEqual({ ...counted.plan.targets, classWeights: [1, 9], countedWeights: classWeights })
})

test('the run is listed with its result, and what it saw is pinned', async () => {
  const { report, events } = await trained({ steps: 3 })
  expect(events[0]).toMatchObject({ type: 'run', run: report.run })
  expect(report).toMatchObject({
    state: 'finished',
    step: 3,
    score: 0.75,
    model: path.join(report.folder, 'model.cbck'),
  })
  expect(listRuns(project).at(-1)).toMatchObject({ id: report.run, state: 'finished', step: 3, steps: 3 })
  const store = await ProjectStore.open(project, { readOnly: true })
  expect(store.runs.get(report.run)).toMatchObject({ state: 'finished', step: 3 })
  expect(store.labels.pinned({ kind: 'run', id: report.run })).toHaveLength(3)
  store.close()
})

test('images can be chosen, and validated on as a whole', async () => {
  const { plan } = await trained({ steps: 3, images: '*_[ab]*,*D04*', validate: { pattern: '*B20*' } })
  expect(plan.items.map(({ name, role, heldOut }) => [name.slice(8, 11), role, heldOut])).toEqual([
    ['A02', 'train', []],
    ['D04', 'train', []],
    ['B20', 'validation', []],
  ])
  await expect(trained({ images: 'nothing*' })).rejects.toThrow('No image in the project matches "nothing*"')
})

test('painting goes on while the engine learns: the project is free, the run folder is not', async () => {
  const engine = new EngineDouble(async () => {
    const store = await ProjectStore.open(project)
    const [image] = store.images.list()
    const key = { imageId: image!.id, layer: 'objects', z: 0, t: 0 }
    const stroke = { tool: 'brush', id: 'while-training', label: 'new', path: [[5, 5]], radiusPx: 3 } as const
    store.labels.apply(key, { ...stroke, path: [[5, 5]], protectOthers: false, fillHoles: false })
    store.labels.undo(image!.id, 'objects')
    store.close()
    const resume = listRuns(project).at(-1)!.id
    await expect(trained({ resume })).rejects.toThrow(/is being trained by another program/)
  })
  await trained({ steps: 3 }, engine)
  expect(engine.calls).toHaveLength(1)
})

test('a project that is open elsewhere is trained as it is now, and its holder finds the run', async () => {
  const holder = await ProjectStore.open(project, { program: 'Cellbrush workstation' })
  try {
    const { report, notes } = await trained({ steps: 3 })
    expect(notes.join(' ')).toContain('is open in Cellbrush workstation')
    expect(holder.runs.list().map(({ id }) => id)).not.toContain(report.run)
    expect(holder.runs.adoptFolders()).toContain(report.run)
  } finally {
    holder.close()
  }
})

test('a lost engine leaves an interrupted run that can be continued, and only that', async () => {
  const lost = new EngineDouble(() => {
    throw new AppError('engine-lost', { reason: 'it was killed' })
  })
  await expect(trained({ steps: 3 }, lost)).rejects.toThrow(
    /^The run (run-\d+) was interrupted at step 1; continue it with --resume \1/,
  )
  const { id, state } = listRuns(project).at(-1)!
  expect(state).toBe('interrupted')
  const engine = new EngineDouble()
  const { report } = await trained({ resume: id }, engine)
  expect(report).toMatchObject({ run: id, state: 'finished' })
  expect(engine.calls[0]).toContain('"resume":true')
  await expect(trained({ resume: id })).rejects.toThrow('is finished; to train on from its weights use --from')
})

test('the first wish to stop is passed on to the engine, which keeps its weights', async () => {
  const stop = new AbortController()
  const engine = new EngineDouble(() => stop.abort())
  const job = { ...quietJob(stop.signal), kill: new AbortController().signal }
  expect(await train(project, { steps: 3 }, engine, job)).toMatchObject({ state: 'finished' })
  expect(engine.calls[1]).toBe('control {"action":"stop"}')
})

test('without any background the readiness check refuses, names the remedy and leaves no run behind', async () => {
  await expect(trained({ steps: 3 }, new EngineDouble(), sparse)).rejects.toThrow(
    /Training cannot start: no background is painted.*background ring/,
  )
  expect(listRuns(sparse)).toEqual([])
  expect(readdirSync(path.join(sparse, 'runs'))).toEqual([])
  const { plan } = await trained({ steps: 3, settings: ['ringPx=8'] }, new EngineDouble(), sparse)
  expect(plan.targets.ringPx).toBe(8)
  expect(plan.targets.classWeights.every((weight) => weight > 0)).toBe(true)
})

test('seams carved between touching objects are no painted background', async () => {
  const touching = at('touching.cellbrush')
  await createProject(touching)
  await importImages(touching, { inputs: [path.join(SAMPLES, 'nuclei-sparse/images')], isComplete: false }, quietJob())
  const square = (x: number) => [
    [x, 50],
    [x + 60, 50],
    [x + 60, 110],
    [x, 110],
  ]
  const strokes = [50, 110, 200].map((x) => JSON.stringify({ tool: 'polygon', label: 'new', path: square(x) }))
  writeFileSync(at('touching.jsonl'), strokes.join('\n'))
  const request = { image: '1', strokesFile: at('touching.jsonl'), layer: 'objects', z: 0, t: 0 }
  await annotate(touching, request, quietJob())
  await expect(trained({ steps: 3 }, new EngineDouble(), touching)).rejects.toThrow('no background is painted')
})

test('a run can start from the weights of another and keeps its network', async () => {
  const first = await trained({ steps: 3, settings: ['depth=2', 'baseWidth=4'] })
  writeModel(first.at('model.cbck'), first.plan)
  const { plan, at } = await trained({ steps: 3, from: first.report.run })
  expect(plan.network).toMatchObject({ depth: 2, baseWidth: 4 })
  expect(plan.from).toBe('inputs/from.cbck')
  expect(existsSync(at('inputs/from.cbck'))).toBe(true)
})

test('a run can start from the weights of another that was taught other classes, and says what that means', async () => {
  const first = await trained({ steps: 3, settings: ['depth=2', 'baseWidth=4'] })
  const { network, targets } = first.plan
  const classNames = ['background', 'nucleus', 'debris']
  const other = { network: { ...network, classes: 3 }, targets: { ...targets, classNames } }
  writeModel(first.at('model.cbck'), { ...first.plan, ...other })
  const sentence = 'the project has 1 now; its last layer is learnt anew, the rest is taken over.'
  const { plan, notes } = await trained({ steps: 3, from: first.report.run })
  expect(plan.network).toMatchObject({ depth: 2, baseWidth: 4, classes: 2 })
  expect(notes).toContainEqual(`The run to start from was taught 2 classes and ${sentence}`)
  const store = await ProjectStore.open(project, { readOnly: true })
  const { readiness } = await readinessOf(store, { from: first.report.run })
  store.close()
  expect(readiness).toEqual({
    canStart: true,
    problems: [{ severity: 'warns', sentence: `the run to start from was taught 2 classes and ${sentence}` }],
  })
})

/** A run whose model others can start from. */
async function learned(request: TrainRequest, of = project) {
  const run = await trained({ steps: 3, ...request }, new EngineDouble(), of)
  writeModel(run.at('model.cbck'), run.plan)
  return run
}

const blocksOf = ({ items }: RunPlan) => items.map(({ name, heldOut }) => [name.slice(8, 11), heldOut])
const SEEN =
  'The run to start from has learned from places that this run is scored on, so the score will be too good; paint an image that it has not seen and give it the validation role.'

test('a run that starts from another is judged by what that held out, however its blocks would be chosen now', async () => {
  const first = await learned({ images: '*A02*,*B20*', seed: 7 })
  const second = await learned({ from: first.report.run, seed: 8, validate: { share: 0.4 } })
  expect(blocksOf(second.plan)).toEqual([...blocksOf(first.plan), ['D04', []]])
  const third = await trained({ steps: 3, from: second.report.run, seed: 9, images: '*B20*' })
  expect(blocksOf(third.plan)).toEqual([blocksOf(first.plan)[1]])
  expect([...second.notes, ...third.notes].filter((note) => note === SEEN)).toEqual([])
  const store = await ProjectStore.open(project, { readOnly: true })
  const weights = await classWeightsOf(
    store,
    { from: first.report.run, seed: 8, settings: ['weights=classes'] },
    new PaintMemory(),
  )
  store.close()
  expect(weights).toEqual(second.plan.targets.classWeights)
})

test('where the run to start from held out nothing that is left, blocks are chosen and it is said what was seen', async () => {
  const first = await learned({ images: '*A02*,*B20*', validate: { share: 0 } })
  expect(blocksOf(first.plan)).toEqual([
    ['A02', []],
    ['B20', []],
  ])
  const unseen = await trained({ steps: 3, images: '*D04*', from: first.report.run })
  expect(unseen.plan.items[0]!.heldOut).toHaveLength(1)
  expect([unseen.plan.hasSeenHeldOut, unseen.notes.includes(SEEN)]).toEqual([undefined, false])
  const seen = await learned({ images: '*A02*,*B20*', from: first.report.run })
  expect(seen.plan.items.map(({ heldOut }) => heldOut.length)).toEqual([1, 1])
  expect([seen.plan.hasSeenHeldOut, seen.notes.includes(SEEN)]).toEqual([true, true])
  const later = await trained({ steps: 3, from: seen.report.run })
  expect([later.plan.hasSeenHeldOut, later.notes.includes(SEEN)]).toEqual([true, true])
  const judged = await trained({ steps: 3, from: first.report.run, validate: { pattern: '*B20*' } })
  expect([judged.plan.hasSeenHeldOut, judged.notes.includes(SEEN)]).toEqual([true, true])
})

test('a block whose objects were erased since is no longer judged by', async () => {
  const first = await learned({ images: '*A02*', seed: 7 })
  const { imageId, heldOut } = first.plan.items[0]!
  const { x, y, w, h } = heldOut[0]!
  const store = await ProjectStore.open(project)
  const path = [
    [x - 16, y - 16],
    [x + w + 16, y - 16],
    [x + w + 16, y + h + 16],
    [x - 16, y + h + 16],
  ] as const
  const key = { imageId, layer: 'objects', z: 0, t: 0 }
  store.labels.apply(key, parseStroke({ tool: 'polygon', id: 'erased', label: 'unpainted', path }))
  store.close()
  const second = await trained({ steps: 3, images: '*A02*', seed: 7, from: first.report.run })
  const again = await ProjectStore.open(project)
  again.labels.undo(imageId, 'objects')
  again.close()
  expect(second.plan.items[0]!.heldOut).toHaveLength(1)
  expect(second.plan.items[0]!.heldOut).not.toEqual(heldOut)
  expect(second.notes).toContain(SEEN)
})

test('a patch fits the depth of its padded network, which another run may bring; an unpadded one is rounded up', async () => {
  const before = readdirSync(path.join(project, 'runs'))
  await expect(trained({ steps: 3, settings: ['patchPx=100'] })).rejects.toMatchObject({
    code: 'setting-invalid',
    message: 'The setting patchPx cannot be 100; expected a multiple of 16 at depth 4.',
  })
  expect(readdirSync(path.join(project, 'runs'))).toEqual(before)
  const unpadded = await trained({ steps: 3, settings: ['padding=valid', 'patchPx=100'] })
  const shallow = await trained({ steps: 3, settings: ['depth=2', 'patchPx=100'] })
  writeModel(shallow.at('model.cbck'), shallow.plan)
  const onward = await trained({ steps: 3, settings: ['patchPx=100'], from: shallow.report.run })
  expect([unpadded, shallow, onward].map(({ plan }) => plan.optimization.patchPx)).toEqual([100, 100, 100])
})

test('a sliding window is frozen like any run, and takes the weights of its own kind of network alone', async () => {
  const unet = await trained({ steps: 3, settings: ['depth=2'] })
  writeModel(unet.at('model.cbck'), unet.plan)
  const first = await trained({ preset: 'sliding-window', steps: 3, settings: ['windowPx=33'] })
  writeModel(first.at('model.cbck'), first.plan)
  expect(first.plan.network).toMatchObject({
    kind: 'patch-classifier',
    windowPx: 33,
    maps: 48,
    inputChannels: 1,
    classes: 2,
  })
  expect(first.plan.targets.weights).toBe('none')
  const [background, cell] = first.plan.targets.classWeights as [number, number] // counted all the same, for calibration
  expect([background, cell]).toEqual(unet.plan.targets.classWeights)
  const second = await trained({ preset: 'sliding-window', steps: 3, from: first.report.run })
  expect(second.plan.network).toEqual(first.plan.network)
  const mixed = trained({ preset: 'sliding-window', steps: 3, from: unet.report.run })
  await expect(mixed).rejects.toMatchObject({ code: 'model-other-network' })
})

test('minutes and steps: an option wins over --set, steps over minutes, and the preset has the last word', () => {
  const length = (request: TrainRequest) => {
    const { steps, minutes } = settingsOf(request).optimization
    return { steps, minutes }
  }
  expect(length({})).toEqual({ steps: undefined, minutes: 10 })
  expect(length({ preset: 'paper' })).toEqual({ steps: undefined, minutes: 600 })
  expect(length({ steps: 5 })).toEqual({ steps: 5, minutes: undefined })
  expect(length({ minutes: 2 })).toEqual({ steps: undefined, minutes: 2 })
  expect(length({ settings: ['steps=9'] })).toEqual({ steps: 9, minutes: undefined })
  expect(length({ settings: ['steps=9'], minutes: 2 })).toEqual({ steps: undefined, minutes: 2 })
  expect(length({ settings: ['steps=9'], steps: 5 })).toEqual({ steps: 5, minutes: undefined })
})

/** The header of a model as the engine writes it; no weights. */
function writeModel(file: string, { network, input, targets }: RunPlan): void {
  const json = Buffer.from(
    JSON.stringify({ format: 1, kind: 'model', network, input, targets, objects: null, step: 3, tensors: [] }),
  )
  const start = Buffer.alloc(8)
  start.write('CBCK')
  start.writeUInt32LE(json.length, 4)
  writeFileSync(file, Buffer.concat([start, json, Buffer.alloc(32)]))
}
