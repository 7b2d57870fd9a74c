import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { ProposalMap } from '../../../src-renderer/state/proposal-map.ts'
import { isCut } from '../../../src-renderer/state/proposal-region.ts'
import { type Proposal, probabilityPlane, proposalsOf } from '../../../src-renderer/state/proposals.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import {
  afterCrash,
  brush,
  gate,
  labelsOf,
  type Opened,
  openSession,
  type ProjectOptions,
  paintSome,
  reopenSession,
  until,
  writeModel,
} from '../../drivers/session.ts'

const WIDTH = 96
const HEIGHT = 64

/** Two square cells and one speck, wherever the network looks. */
const CELLS = [
  { x: 10, y: 8, side: 12 },
  { x: 40, y: 30, side: 14 },
  { x: 80, y: 55, side: 2 },
]
const cellAt = (x: number, y: number): number =>
  CELLS.findIndex((cell) => x >= cell.x && x < cell.x + cell.side && y >= cell.y && y < cell.y + cell.side) + 1

/** A session with a trained run, whose network sees the cells. */
async function trained(options: ProjectOptions = {}): Promise<Opened> {
  const opened = await openSession(options)
  const { window, plane, engine } = opened
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  await window.ask('plane.stroke', { plane, stroke: { tool: 'delete', id: 'clear', objectIds: [16, 17] } })
  engine.probabilityAt = (x, y) => (cellAt(x, y) > 0 ? 0.9 : 0.05)
  return opened
}

async function predicted(opened: Opened, imageIds = [1]): Promise<string> {
  const { window } = opened
  const { id } = await window.ask('prediction.start', { imageIds })
  await until(() => window.of('prediction').some((event) => event.id === id && event.state === 'finished'))
  return id
}

const tile = async ({ session }: Opened, id: string, imageId = 1) =>
  session.tiles.read(`prediction/${id}/${imageId}/0/0/0/0/0`)

const shownIn = async ({ window }: Pick<Opened, 'window'>) =>
  (await window.ask('project.view', {})).predictions.map(({ id, state, planes }) => [
    id,
    state,
    planes.map(({ imageId }) => imageId),
  ])

/** Files that the engine was asked for, prediction by prediction. */
const asked = ({ engine }: Pick<Opened, 'engine'>) =>
  engine.predictions.map(({ items }) => items.map(({ output }) => output))

const ends = ({ window }: Pick<Opened, 'window'>, state: string) =>
  until(() => window.of('prediction').some((event) => event.state === state))

test('a prediction is made in the background, image by image, and its tiles are the probabilities', async () => {
  const opened = await trained({ images: 2 })
  const { window, session } = opened
  const asked = await window.ask('prediction.start', { imageIds: [1, 2] })
  expect(asked).toMatchObject({ id: 'prediction-1', runId: 'run-1', planes: [], classes: 2, objects: DEFAULT_OBJECTS })
  await until(() => window.of('prediction').some(({ state }) => state === 'finished'))
  expect((await window.ask('project.view', {})).predictions).toMatchObject([
    {
      id: 'prediction-1',
      state: 'finished',
      planes: [
        { imageId: 1, z: 0, t: 0 },
        { imageId: 2, z: 0, t: 0 },
      ],
    },
  ])
  const found = await tile(opened, 'prediction-1', 2)
  expect(found!.bytes).toHaveLength(2 * 256 * 256)
  for (const [x, y] of [
    [0, 0],
    [10, 8],
    [95, 63],
  ] as const) {
    const p = cellAt(x, y) > 0 ? 0.9 : 0.05
    expect(found!.bytes[256 * 256 + y * 256 + x]).toBe(Math.round(255 * p))
    expect(found!.bytes[y * 256 + x]).toBe(255 - Math.round(255 * p))
  }
  expect(found!.bytes[256 * 256 + 100]).toBe(0) // beside the image
  expect(session.queue.list()).toEqual([])
})

test('planes show as soon as they are done, and not before', async () => {
  const opened = await trained({ images: 2 })
  const { window, engine } = opened
  const second = gate()
  engine.whilePredicting = (item) => (item === 1 ? second.promise : undefined)
  const { id } = await window.ask('prediction.start', { imageIds: [1, 2] })
  await until(() => window.of('prediction').some(({ done }) => done > 0))
  expect(await tile(opened, id, 2)).toBeUndefined()
  second.resolve()
  await until(() => window.of('prediction').some(({ state }) => state === 'finished'))
  expect(await tile(opened, id, 2)).toBeDefined()
  const last = window.of('prediction').filter(({ state }) => state === 'finished')
  expect(last.map(({ imageId, done, total }) => [imageId, done, total])).toEqual([
    [1, 1, 1],
    [2, 1, 1],
  ])
})

test('a cancelled prediction keeps the images that are done; one without any leaves nothing', async () => {
  const opened = await trained({ images: 2 })
  const { window, engine, project } = opened
  const blocked = gate()
  engine.whilePredicting = (item) => (item === 1 ? blocked.promise : undefined)
  const { id } = await window.ask('prediction.start', { imageIds: [1, 2] })
  await until(() => window.of('prediction').some(({ done }) => done > 0.5))
  await window.ask('prediction.cancel', { id })
  blocked.resolve()
  await until(() => window.of('prediction').some(({ state }) => state === 'interrupted'))
  const [view] = (await window.ask('project.view', {})).predictions
  expect(view).toMatchObject({ id, state: 'interrupted', planes: [{ imageId: 1, z: 0, t: 0 }] })
  expect(await tile(opened, id, 1)).toBeDefined()
  expect(await tile(opened, id, 2)).toBeUndefined()
  const none = gate()
  engine.whilePredicting = () => none.promise
  const second = await window.ask('prediction.start', { imageIds: [2] })
  await until(() => engine.calls.filter((call) => call === 'predict').length === 2)
  await window.ask('prediction.cancel', { id: second.id })
  none.resolve()
  await until(() => !existsSync(path.join(project, 'predictions', second.id)))
  await window.ask('prediction.cancel', { id: 'prediction-99' }) // has ended, or never was: nothing to do
  engine.whilePredicting = () => {}
  await predicted(opened, [1, 2])
  expect(asked(opened).at(-1)).toEqual(['image-2-0-0.cbpx']) // the first is taken over
})

test('what the same model has predicted of the same image before is taken over', async () => {
  const opened = await trained({ images: 2 })
  const first = await predicted(opened, [1])
  const second = await predicted(opened, [1, 2])
  const plans = opened.engine.calls.filter((call) => call === 'predict')
  expect(plans).toHaveLength(2)
  const file = (id: string) => path.join(opened.project, 'predictions', id, 'image-1-0-0.cbpx')
  expect(statSync(file(first)).ino).toBe(statSync(file(second)).ino)
  expect(await tile(opened, second, 1)).toBeDefined()
})

test('looks at a run under way use its best checkpoint, and the newest replaces those before where it looks', async () => {
  const opened = await trained({ images: 2 })
  const { window, engine, project } = opened
  const finished = await predicted(opened)
  await window.ask('history.undo', { imageId: 1, layer: 'objects' }) // the painted objects are there again
  const learnt = gate()
  engine.whileTraining = () => learnt.promise
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  const running = path.join(project, 'runs/run-2')
  await until(() => existsSync(path.join(running, 'log.jsonl')))
  mkdirSync(path.join(running, 'checkpoints'), { recursive: true })
  const look = async (weights: number, imageIds = [1]) => {
    writeModel(running, { file: 'checkpoints/best.cbck', weights })
    const { id } = await window.ask('prediction.start', { imageIds, run: 'run-2' })
    await until(() => window.of('prediction').some((event) => event.id === id && event.state === 'finished'))
    return id
  }
  const [first, second] = [await look(1), await look(2)]
  expect(first).not.toBe(second)
  const ids = async () => (await window.ask('project.view', {})).predictions.map(({ id }) => id)
  expect(await ids()).toEqual([second, finished])
  const elsewhere = await look(3, [2])
  expect(await ids()).toEqual([elsewhere, second, finished])
  const both = await look(4, [1, 2])
  expect(await ids()).toEqual([both, finished])
  learnt.resolve()
  await until(() => window.of('run').some(({ run, event }) => run === 'run-2' && event.type === 'state'))
})

test('predicting one image after the other leaves all of them predicted', async () => {
  const opened = await trained({ images: 3 })
  for (const imageId of [1, 2, 3]) await predicted(opened, [imageId])
  expect(await shownIn(opened)).toEqual([
    ['prediction-3', 'finished', [3]],
    ['prediction-2', 'finished', [2]],
    ['prediction-1', 'finished', [1]],
  ])
  expect(await tile(opened, 'prediction-1', 1)).toBeDefined()
})

test('the third prediction of an image replaces the first, whose id is not given again', async () => {
  const opened = await trained()
  for (let count = 0; count < 4; count++) await predicted(opened)
  expect((await shownIn(opened)).map(([id]) => id)).toEqual(['prediction-4', 'prediction-3'])
  expect(existsSync(path.join(opened.project, 'predictions/prediction-2'))).toBe(false)
})

test('an image that the engine cannot predict costs only itself, also after a restart', async () => {
  const opened = await trained({ images: 3 })
  const { window, engine, session, project } = opened
  engine.failureOf = (item) => (item === 1 ? 'it has no such channel' : undefined)
  await window.ask('prediction.start', { imageIds: [1, 2, 3] })
  await ends(opened, 'failed')
  const last = window.of('prediction').filter(({ state }) => state === 'failed')
  expect(last.map(({ imageId, done, total }) => [imageId, done, total])).toEqual([
    [1, 1, 1],
    [2, 0, 1],
    [3, 1, 1],
  ])
  expect(await shownIn(opened)).toEqual([['prediction-1', 'failed', [1, 3]]])
  await session.close()
  const later = await reopenSession(project)
  expect(await shownIn(later)).toEqual([['prediction-1', 'failed', [1, 3]]])
  expect(await later.session.tiles.read('prediction/prediction-1/3/0/0/0/0/0')).toBeDefined()
  expect(await later.session.tiles.read('prediction/prediction-1/2/0/0/0/0/0')).toBeUndefined()
  await later.window.ask('prediction.start', { imageIds: [1, 2, 3] })
  await ends(later, 'finished')
  expect(asked(later)).toEqual([['image-2-0-0.cbpx']])
})

test('an image that cannot be read is left out and named, and the others are predicted', async () => {
  const opened = await trained({ images: 3 })
  const { window, session, project } = opened
  const { name, sha256, extension } = session.store.images.get(2)
  for (const ending of [extension, '.cbpx']) rmSync(path.join(project, 'images', sha256 + ending))
  await window.ask('prediction.start', { imageIds: [1, 2, 3] })
  await ends(opened, 'failed')
  expect(await shownIn(opened)).toEqual([['prediction-1', 'failed', [1, 3]]])
  expect(asked(opened)).toEqual([['image-1-0-0.cbpx', 'image-3-0-0.cbpx']])
  expect(window.of('job').findLast(({ state }) => state === 'failed')?.message).toContain(name)
})

test('while images are predicted, those that are done are told as whole ones', async () => {
  const opened = await trained({ images: 2 })
  const { window, engine } = opened
  const held = gate()
  engine.whilePredicting = (item) => (item === 1 ? held.promise : undefined)
  await window.ask('prediction.start', { imageIds: [1, 2] })
  await until(() => window.of('prediction').length > 0)
  held.resolve()
  await ends(opened, 'finished')
  const told = window.of('prediction').filter(({ state }) => state === 'running')
  expect(told.map(({ imageId, done, total }) => [imageId, done, total])).toEqual([
    [1, 0.999, 1],
    [1, 1, 1],
    [2, 0.999, 1],
  ])
})

test('after a crash a prediction has what it had finished, one that waited has ended, and nothing half is taken over', async () => {
  const opened = await trained({ images: 3 })
  const { window, engine, project } = opened
  const held = gate()
  engine.whilePredicting = (item) => (item === 2 ? held.promise : undefined)
  await window.ask('prediction.start', { imageIds: [1, 2, 3] })
  await window.ask('prediction.start', { imageIds: [3] })
  await until(() => window.of('prediction').some(({ imageId }) => imageId === 2))
  writeFileSync(path.join(project, 'predictions/prediction-1/image-3-0-0.cbpx'), 'half of it')
  const later = await reopenSession(afterCrash(project))
  held.resolve()
  expect(await shownIn(later)).toEqual([
    ['prediction-2', 'interrupted', []],
    ['prediction-1', 'interrupted', [1]],
  ])
  expect(await later.session.tiles.read('prediction/prediction-1/1/0/0/0/0/0')).toBeDefined()
  await later.window.ask('prediction.start', { imageIds: [1, 2, 3] })
  await ends(later, 'finished')
  expect(asked(later)).toEqual([['image-2-0-0.cbpx', 'image-3-0-0.cbpx']])
})

test('accepted objects become annotation in one undo step, with their origin, and a ring around them', async () => {
  const opened = await trained()
  const { session, window, plane } = opened
  const id = await predicted(opened)
  const before = labelsOf(session, plane)
  const objects = { ...DEFAULT_OBJECTS, minimumAreaPx: 10, regrowPx: 0 }
  const { created, changes } = await window.ask('prediction.accept', { id, plane, objects, ringPx: 3 })
  expect(created).toHaveLength(2) // the speck is too small
  expect(changes).toHaveLength(1)
  const labels = labelsOf(session, plane)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = y * WIDTH + x
      if (before[at] !== 0) expect(labels[at]).toBe(before[at])
      else expect([x, y, labels[at]]).toEqual([x, y, expectedAt(x, y, created)])
    }
  }
  const views = await window.ask('plane.objects', { plane })
  expect(views.map(({ id, origin, state }) => [id, origin, state])).toEqual(
    created.map((object) => [object, 'run run-1', 'accepted']),
  )
  expect(await window.ask('history.undo', { imageId: 1, layer: 'objects' })).toMatchObject({ kind: 'accept' })
  expect(labelsOf(session, plane)).toEqual(before)
})

/** The first two cells with a ring of 3 px, by looking at every pixel around. */
function expectedAt(x: number, y: number, created: number[]): number {
  const cell = cellAt(x, y)
  if (cell === 1 || cell === 2) return created[cell - 1]!
  for (let v = -3; v <= 3; v++) {
    for (let u = -3; u <= 3; u++) {
      const near = cellAt(x + u, y + v)
      if (u * u + v * v <= 9 && (near === 1 || near === 2)) return 1
    }
  }
  return 0
}

test('what was painted before is kept: covered objects are left out, cut ones keep their largest piece', async () => {
  const opened = await trained()
  const { session, window, plane } = opened
  const id = await predicted(opened)
  // The first cell is painted over nearly whole; the second is cut across by a line of background near one side.
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[16, 14]], 9) })
  await window.ask('plane.stroke', {
    plane,
    stroke: {
      tool: 'polygon',
      id: 'cut',
      label: 'background',
      path: [
        [40, 33],
        [54, 33],
        [54, 35],
        [40, 35],
      ],
    },
  })
  const before = labelsOf(session, plane)
  const objects = { ...DEFAULT_OBJECTS, minimumAreaPx: 10, regrowPx: 0 }
  const { created, leftOut } = await window.ask('prediction.accept', { id, plane, objects })
  const labels = labelsOf(session, plane)
  expect([created.length, leftOut]).toEqual([1, [{ x: 10, y: 8 }]])
  for (const [at, label] of before.entries()) if (label !== 0) expect(labels[at]).toBe(label)
  const [view] = (await window.ask('plane.objects', { plane })).filter((object) => object.id === created[0])
  expect(view).toMatchObject({ box: { x: 40, y: 35, w: 14, h: 9 }, areaPx: 14 * 9 }) // below the line, the larger side
})

test('only the chosen objects are accepted, named by one of their pixels', async () => {
  const opened = await trained()
  const { window, plane } = opened
  const id = await predicted(opened)
  const objects = { ...DEFAULT_OBJECTS, regrowPx: 0 }
  const { created } = await window.ask('prediction.accept', { id, plane, objects, chosen: [{ x: 45, y: 41 }] })
  expect(created).toHaveLength(1)
  const [view] = await window.ask('plane.objects', { plane })
  expect(view).toMatchObject({ id: created[0], box: { x: 40, y: 30, w: 14, h: 14 } })
  for (const beside of [
    { x: 0, y: 0 },
    { x: 9999, y: 9999 },
  ]) {
    expect(await window.ask('prediction.accept', { id, plane, objects, chosen: [beside] })).toMatchObject({
      changes: [],
      created: [],
    })
  }
})

test('all objects but those named by one of their pixels are accepted', async () => {
  const opened = await trained()
  const { window, plane } = opened
  const id = await predicted(opened)
  const objects = { ...DEFAULT_OBJECTS, regrowPx: 0 }
  await window.ask('prediction.accept', { id, plane, objects, except: [{ x: 45, y: 41 }] })
  const views = await window.ask('plane.objects', { plane })
  expect(views.map(({ box }) => box)).toEqual([
    { x: 10, y: 8, w: 12, h: 12 },
    { x: 80, y: 55, w: 2, h: 2 },
  ])
})

/** Wider than the region in which a window looks at it; its edge goes through objects on each side. */
const WIDE = { width: 700, height: 420 }
const REGION = { x: 133, y: 61, w: 331, h: 201 }
const PLAN: ObjectsPlan = { threshold: 0.2, seedThreshold: 0.5, minimumAreaPx: 20, fillHoles: true, regrowPx: 2 }

/** Cones in pairs that touch, so that seeds divide them. */
function coneAt(x: number, y: number): number {
  const column = x % 80 < 40 ? 28 : 54
  return 0.9 * Math.max(0, 1 - Math.hypot((x % 80) - column, (y % 50) - 25) / 20)
}

/** What a window makes of a part of the plane. */
function proposedIn({ x, y, w, h }: Rect) {
  const places = Array.from({ length: w * h }, (_, at) =>
    Math.round(255 * coneAt(x + (at % w), y + Math.floor(at / w))),
  )
  const bytes = Uint8Array.from([...places.map((value) => 255 - value), ...places])
  return proposalsOf(probabilityPlane(bytes, w, h), PLAN)
}

/** The plane predicted, and the objects that a window makes of the region, with a pixel of each. */
async function predictedWide() {
  const opened = await trained(WIDE)
  opened.engine.probabilityAt = coneAt
  const id = await predicted(opened)
  const { labels, objects } = proposedIn(REGION)
  const map = new ProposalMap(labels, REGION)
  const inPlane = objects.map((of) => ({ ...of, box: { ...of.box, x: of.box.x + REGION.x, y: of.box.y + REGION.y } }))
  const isWhole = ({ box }: Proposal) => !isCut(box, REGION, { plane: opened.plane, ...WIDE }, PLAN)
  return { opened, id, map, cut: inPlane.filter((of) => !isWhole(of)), whole: inPlane.filter(isWhole) }
}

/** What is painted, and where it is not, the objects of the region with their ids in the annotation. */
function withObjects(
  painted: Uint32Array,
  map: ProposalMap,
  objects: readonly Proposal[],
  ids: readonly number[],
): Uint32Array {
  const idOf = new Map(objects.map(({ id }, index) => [id, ids[index]!]))
  const place = (at: number) => ({ x: at % WIDE.width, y: Math.floor(at / WIDE.width) })
  return painted.map((label, at) => label || (idOf.get(map.at(place(at))) ?? 0))
}

/** Where two maps of the wide plane differ, and in what; at most the first few places. */
const differences = (a: Uint32Array, b: Uint32Array) =>
  [...a.keys()]
    .filter((at) => a[at] !== b[at])
    .slice(0, 5)
    .map((at) => [at % WIDE.width, Math.floor(at / WIDE.width), a[at], b[at]])

test('objects chosen in a part of a plane are, pixel by pixel, those of the window and those of the whole plane', async () => {
  const { opened, id, map, whole } = await predictedWide()
  const { session, window, plane } = opened
  expect(whole.length).toBeGreaterThan(20)
  const before = labelsOf(session, plane)
  for (const part of [{ region: REGION }, {}]) {
    const request = { id, plane, objects: PLAN, chosen: map.placesOf(whole), ...part }
    const { created } = await window.ask('prediction.accept', request)
    expect(differences(labelsOf(session, plane), withObjects(before, map, whole, created))).toEqual([])
    await window.ask('history.undo', { imageId: 1, layer: 'objects' })
    expect(differences(labelsOf(session, plane), before)).toEqual([])
  }
  await window.ask('prediction.reject', { id, plane, objects: PLAN, chosen: map.placesOf(whole), region: REGION })
  const background = whole.map(() => 1)
  expect(differences(labelsOf(session, plane), withObjects(before, map, whole, background))).toEqual([])
})

test('with a region, objects are made of that part of the plane alone, and what does not meet it is none of them', async () => {
  const { opened, id, map, cut } = await predictedWide()
  const { session, window, plane } = opened
  const before = labelsOf(session, plane)
  const request = { id, plane, objects: PLAN, region: REGION }
  const { created } = await window.ask('prediction.accept', { ...request, chosen: map.placesOf(cut) })
  expect(differences(labelsOf(session, plane), withObjects(before, map, cut, created))).toEqual([])
  const beside = { x: 28, y: 25 } // the middle of a cone
  expect(await window.ask('prediction.accept', { ...request, chosen: [beside] })).toMatchObject({ created: [] })
})

test('the ring of an object chosen in a part goes on beside the part, and spares what is painted or proposed there', async () => {
  const { opened, id, map, cut } = await predictedWide()
  const { session, window, plane } = opened
  const right = cut.filter(({ box }) => box.x + box.w === REGION.x + REGION.w).slice(0, 1)
  const edge = REGION.x + REGION.w
  const { y, h } = right[0]!.box
  const middle = y + Math.floor(h / 2)
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[edge + 5, middle]], 1) })
  const before = labelsOf(session, plane)
  const request = { id, plane, objects: PLAN, region: REGION, chosen: map.placesOf(right), ringPx: 7 }
  const { created } = await window.ask('prediction.accept', request)
  const objects = withObjects(new Uint32Array(before.length), map, right, created)
  const isNear = (at: number) => {
    for (let v = -7; v <= 7; v++) {
      for (let u = -7; u <= 7; u++) if (u * u + v * v <= 49 && objects[at + v * WIDE.width + u]) return true
    }
    return false
  }
  const { labels: proposed } = proposedIn({ x: 0, y: 0, w: WIDE.width, h: WIDE.height })
  const expected = objects.map((label, at) => label || before[at] || Number(isNear(at) && proposed[at] === 0))
  expect(expected.some((label, at) => label === 1 && at % WIDE.width >= edge)).toBe(true)
  expect(differences(labelsOf(session, plane), expected)).toEqual([])
})

test('a rejected object becomes background where nobody has painted, is remembered, and one undo takes it back', async () => {
  const opened = await trained()
  const { session, window, plane } = opened
  const id = await predicted(opened)
  // A hand has painted a corner of the second cell.
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[41, 31]], 4) })
  const before = labelsOf(session, plane)
  const objects = { ...DEFAULT_OBJECTS, regrowPx: 0 }
  const depth = (await window.ask('plane.view', { plane })).undo
  const answer = await window.ask('prediction.reject', { id, plane, objects, chosen: [{ x: 52, y: 42 }] })
  expect(answer.rejected).toHaveLength(1)
  const labels = labelsOf(session, plane)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const was = before[y * WIDTH + x]!
      expect([x, y, labels[y * WIDTH + x]]).toEqual([x, y, was === 0 && cellAt(x, y) === 2 ? 1 : was])
    }
  }
  expect(session.store.objects.list(1, 'objects').map(({ id, state, origin }) => [id, state, origin])).toEqual([
    [objectId, 'accepted', 'hand'],
    [answer.rejected[0], 'rejected', 'run run-1'],
  ])
  expect(await window.ask('plane.view', { plane })).toMatchObject({ undo: depth + 1 })
  const told = window.of('plane-changed').at(-1)!
  expect(told.change).toEqual(answer.changes[0])
  expect(told.change.rect).toEqual(boxOfDifference(before, labels))
  const undone = await window.ask('history.undo', { imageId: 1, layer: 'objects' })
  expect(undone).toMatchObject({ kind: 'reject', action: answer.action })
  expect(labelsOf(session, plane)).toEqual(before)
  expect(session.store.objects.list(1, 'objects').map(({ state }) => state)).toEqual(['accepted'])
  await window.ask('history.redo', { imageId: 1, layer: 'objects' })
  expect(labelsOf(session, plane)).toEqual(labels)
  expect((await session.store.check({ deep: true })).findings).toEqual([])
})

/** The smallest rectangle with all pixels that differ. */
function boxOfDifference(a: Uint32Array, b: Uint32Array) {
  const places = [...a.keys()]
    .filter((at) => a[at] !== b[at])
    .map((at) => [at % WIDTH, Math.floor(at / WIDTH)] as const)
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)]
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  return { x, y, w: Math.max(...xs) - x + 1, h: Math.max(...ys) - y + 1 }
}

test('without a run, a plane or enough channels there is a sentence', async () => {
  const fresh = await openSession()
  expect(await fresh.window.failure('prediction.start', { imageIds: [1] })).toEqual({
    code: 'no-finished-run',
    message: 'Nothing has been trained yet; press Train first.',
  })
  const opened = await trained({ images: 2 })
  const { window, plane } = opened
  expect(await window.failure('prediction.start', { imageIds: [1], run: 'run-7' })).toMatchObject({
    code: 'run-missing',
  })
  expect(await window.failure('prediction.start', { imageIds: [9] })).toMatchObject({ code: 'image-unknown' })
  const id = await predicted(opened)
  const request = { id, plane: { ...plane, imageId: 2 }, objects: DEFAULT_OBJECTS }
  expect(await window.failure('prediction.accept', request)).toMatchObject({ code: 'prediction-missing' })
})

test('a prediction that a command wrote without levels is shown at every level', async () => {
  const opened = await trained({ width: 600, height: 300 })
  const id = await predicted(opened)
  const file = PixelFile.open(path.join(opened.project, 'predictions', id, 'image-1-0-0.cbpx'))
  expect(file.header.levels).toBe(1) // the double makes one level
  file.close()
  const coarse = await opened.session.tiles.read(`prediction/${id}/1/0/0/1/0/0`)
  const p = (x: number, y: number) => Math.round(255 * (cellAt(x, y) > 0 ? 0.9 : 0.05))
  for (const [x, y] of [
    [6, 5],
    [22, 20],
    [200, 100],
  ] as const) {
    expect(coarse!.bytes[256 * 256 + y * 256 + x]).toBe(p(2 * x + 1, 2 * y + 1))
  }
  expect(await opened.session.tiles.read(`prediction/${id}/1/0/0/1/2/0`)).toBeUndefined()
})

test('objects for an aim are asked of the engine once for each aim and model, averaged like the prediction', async () => {
  const opened = await trained()
  const { window, engine } = opened
  const asked: { aim: string; average: boolean }[] = []
  const regions = { ...DEFAULT_OBJECTS, threshold: 0.25 }
  engine.objectsFor = ({ aim, average }) => {
    asked.push({ aim, average })
    return aim === 'regions' ? regions : DEFAULT_OBJECTS
  }
  const plain = await predicted(opened)
  expect(await window.ask('prediction.objects', { id: plain, aim: 'regions' })).toEqual(regions)
  expect(await window.ask('prediction.objects', { id: plain, aim: 'regions' })).toEqual(regions)
  expect(await window.ask('prediction.objects', { id: plain, aim: 'outlines' })).toEqual(DEFAULT_OBJECTS)
  const { id } = await window.ask('prediction.start', { imageIds: [1], average: true })
  await until(() => window.of('prediction').some((event) => event.id === id && event.state === 'finished'))
  await window.ask('prediction.objects', { id, aim: 'regions' })
  expect(asked).toEqual([
    { aim: 'regions', average: false },
    { aim: 'outlines', average: false },
    { aim: 'regions', average: true },
  ])
})

test.each([
  ['while it is made', { method: 'addPlanes', state: 'failed', done: 0 } as const],
  ['at its end', { method: 'removeExpired', state: 'finished', done: 1 } as const],
])('a project that cannot be written %s ends a prediction, and not the program', async (_, { method, state, done }) => {
  const opened = await trained()
  const { window, session } = opened
  const noRoom = () => {
    throw new AppError('disk-full', { path: 'project.db' })
  }
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { predictions } = session.store
  const full = [vi.spyOn(predictions, method), vi.spyOn(predictions, 'remove')]
  for (const way of full) way.mockImplementation(noRoom)
  const { id } = await window.ask('prediction.start', { imageIds: [1] })
  await ends(opened, state)
  expect(window.of('prediction').filter((event) => event.state === state)).toEqual([
    { type: 'prediction', id, imageId: 1, done, total: 1, state },
  ])
  expect(log.mock.calls).toEqual([[expect.objectContaining({ code: 'disk-full' })]])
  for (const way of [...full, log]) way.mockRestore()
  await predicted(opened)
})

describe('when the run of a prediction is discarded', () => {
  const OBJECTS = { ...DEFAULT_OBJECTS, threshold: 0.7, minimumAreaPx: 9 }

  /** A prediction by a model with objects and a class of its own name; `changes` are made to its plan. */
  async function ofDiscarded(changes: { facts?: undefined; model?: string } = {}) {
    const opened = await trained()
    const { window, project } = opened
    await window.ask('class.add', { name: 'nucleus', colour: '#00ff00' })
    const run = path.join(project, 'runs', 'run-1')
    const plan = JSON.parse(readFileSync(path.join(run, 'plan.json'), 'utf8'))
    const [targets, network] = [
      { ...plan.targets, classNames: ['background', 'nucleus'] },
      { ...plan.network, classes: 2 },
    ]
    writeFileSync(path.join(run, 'plan.json'), JSON.stringify({ ...plan, targets, network }))
    writeModel(run, { objects: OBJECTS })
    const id = await predicted(opened)
    const file = path.join(project, 'predictions', id, 'plan.json')
    const written = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...written, ...changes }))
    const before = (await window.ask('project.view', {})).predictions[0]
    return { ...opened, before }
  }

  /** What a window is told of it at the next opening. */
  async function afterwards({ session, project }: Opened) {
    await session.close()
    return (await (await reopenSession(project)).window.ask('project.view', {})).predictions[0]
  }

  test.each([
    ['', {}],
    [', also where its plan is of an older version', { facts: undefined }],
  ])('its objects and classes stay what they were%s', async (_, changes) => {
    const opened = await ofDiscarded(changes)
    expect(opened.before).toMatchObject({ objects: OBJECTS, classes: 2, classIds: [1, 2, 2] })
    await opened.window.ask('run.discard', { id: 'run-1' })
    expect(await afterwards(opened)).toEqual(opened.before)
  })

  test('and nothing tells of its model any more, its probabilities tell how many classes there are', async () => {
    const opened = await ofDiscarded({ facts: undefined, model: 'gone.cbck' })
    const { project, before } = opened
    const { file } = opened.session.store.predictions.planesOf(before!.id)[0]!
    const pixels = path.join(project, 'predictions', before!.id, file)
    rmSync(pixels)
    PixelFile.create(pixels, { width: WIDTH, height: HEIGHT, channels: 4, sampleType: 'uint8' }).close()
    expect(await afterwards(opened)).toEqual({
      ...before,
      objects: DEFAULT_OBJECTS,
      classes: 4,
      classIds: [1, 1, 2, 1],
    })
  })
})
