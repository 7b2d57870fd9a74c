/** Long work on a whole plane, and painting meanwhile. */
import { expect, test } from 'vitest'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { brush, labelsOf, type Opened, openSession, paintSome, until } from '../../drivers/session.ts'

const WIDTH = 700
const HEIGHT = 530
const PITCH = 37

/** A lattice of crosses, some touching the edge; every third one is wider. */
function crossAt(x: number, y: number): boolean {
  const [column, row] = [Math.floor(x / PITCH), Math.floor(y / PITCH)]
  const [dx, dy] = [(x % PITCH) - 12, (y % PITCH) - 12]
  const arm = (column + row) % 3 === 0 ? 12 : 8
  return (Math.abs(dx) <= arm && Math.abs(dy) <= 3) || (Math.abs(dy) <= arm && Math.abs(dx) <= 3)
}

async function predicted(): Promise<Opened & { id: string }> {
  const opened = await openSession({ width: WIDTH, height: HEIGHT })
  const { window, plane, engine } = opened
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  engine.probabilityAt = (x, y) => (crossAt(x, y) ? 0.9 : 0.05)
  const { id } = await window.ask('prediction.start', { imageIds: [1] })
  await until(() => window.of('prediction').some(({ state }) => state === 'finished'))
  return { ...opened, id }
}

const PLAN = { ...DEFAULT_OBJECTS, regrowPx: 0, fillHoles: false }

/** Asks when others may work for the first time. */
const inBetween = <T>(ask: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => setImmediate(() => ask().then(resolve, reject)))

/** 4-connected pieces of the pixels where `same` holds with the first one, by flooding. */
function flood(seed: number, isIn: (at: number) => boolean): number[] {
  const found = new Set([seed])
  for (const at of found) {
    const x = at % WIDTH
    for (const next of [x > 0 ? at - 1 : -1, x < WIDTH - 1 ? at + 1 : -1, at - WIDTH, at + WIDTH]) {
      if (next >= 0 && next < WIDTH * HEIGHT && isIn(next)) found.add(next)
    }
  }
  return [...found]
}

/** What accepting all of a plane at once would leave, by looking at every pixel; ids count from `first`. */
function acceptedByHand(before: Uint32Array, first: number, ringPx: number): Uint32Array {
  const after = before.slice()
  const seen = new Set<number>()
  let id = first
  for (let at = 0; at < before.length; at++) {
    if (!crossAt(at % WIDTH, Math.floor(at / WIDTH)) || seen.has(at)) continue
    const object = flood(at, (other) => crossAt(other % WIDTH, Math.floor(other / WIDTH)))
    for (const pixel of object) seen.add(pixel)
    const free = new Set(object.filter((pixel) => before[pixel] === 0))
    let largest: number[] = []
    for (const pixel of [...free].sort((a, b) => a - b)) {
      if (!free.has(pixel)) continue
      const piece = flood(pixel, (other) => free.has(other))
      if (piece.length > largest.length) largest = piece
      for (const taken of piece) free.delete(taken)
    }
    if (largest.length * 2 < object.length || largest.length === 0) continue
    for (const pixel of largest) after[pixel] = id
    id++
  }
  for (let at = 0; at < after.length; at++) {
    if (after[at]! < first) continue
    for (let dy = -ringPx; dy <= ringPx; dy++) {
      for (let dx = -ringPx; dx <= ringPx; dx++) {
        const [x, y] = [(at % WIDTH) + dx, Math.floor(at / WIDTH) + dy]
        const isNear = dx * dx + dy * dy <= ringPx * ringPx && x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT
        if (isNear && after[y * WIDTH + x] === 0) after[y * WIDTH + x] = 1
      }
    }
  }
  return after
}

test('accepting a plane in pieces leaves what accepting it at once would, over all tiles', async () => {
  const { session, window, plane, id } = await predicted()
  // A line through a row of crosses, and an object over most of one.
  const line: [number, number][] = [
    [0, 160],
    [690, 164],
  ]
  await window.ask('plane.stroke', { plane, stroke: brush('background', line, 2) })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[12 + 4 * PITCH, 12 + 7 * PITCH]], 9) })
  const before = labelsOf(session, plane)
  const { created } = await window.ask('prediction.accept', { id, plane, objects: PLAN, ringPx: 4 })
  expect(created.length).toBeGreaterThan(200)
  const after = labelsOf(session, plane)
  expect(after).toEqual(acceptedByHand(before, created[0]!, 4))
  expect(created).toEqual([...new Set(after)].filter((label) => label >= created[0]!).sort((a, b) => a - b))
  expect((await session.store.check({ deep: true })).findings).toEqual([])
})

test('a stroke gets in between, keeps its pixels, and each of the two is taken back by itself', async () => {
  const { session, window, plane, id } = await predicted()
  const before = labelsOf(session, plane)
  const order: string[] = []
  const accepting = window.ask('prediction.accept', { id, plane, objects: PLAN, ringPx: 2 })
  void accepting.then(() => order.push('accept'))
  const middle: [number, number] = [12 + 6 * PITCH, 12 + 6 * PITCH]
  const stroke = await inBetween(() => window.ask('plane.stroke', { plane, stroke: brush('new', [middle], 30) }))
  order.push('stroke')
  const painted = labelsOf(session, plane)
  const { created } = await accepting
  expect(order).toEqual(['stroke', 'accept'])
  const after = labelsOf(session, plane)
  for (const [at, label] of painted.entries()) if (label !== 0) expect(after[at]).toBe(label)
  const rows = new Set(session.store.objects.list(1, 'objects').map((object) => object.id))
  expect(created.every((object) => rows.has(object) && after.includes(object))).toBe(true)
  expect((await session.store.check({ deep: true })).findings).toEqual([])
  const undo = () => window.ask('history.undo', { imageId: 1, layer: 'objects' })
  expect(await undo()).toMatchObject({ kind: 'accept' })
  expect(labelsOf(session, plane)).toEqual(painted)
  expect(await undo()).toMatchObject({ kind: 'brush' })
  expect(labelsOf(session, plane)).toEqual(before)
  expect(stroke.objectId).toBeGreaterThanOrEqual(16)
})

test('an accept that is given up leaves the plane, its history and its tiles as they were', async () => {
  const { session, window, plane, id } = await predicted()
  const before = labelsOf(session, plane)
  const view = await window.ask('plane.view', { plane })
  const failure = window.failure('prediction.accept', { id, plane, objects: PLAN })
  await inBetween(async () => window.abortLast())
  await failure
  expect(labelsOf(session, plane)).toEqual(before)
  expect(await window.ask('plane.view', { plane })).toEqual(view)
  const { created } = await window.ask('prediction.accept', { id, plane, objects: PLAN }) // the thread is there again
  expect(created.length).toBeGreaterThan(200)
})

test('percentiles of a plane are found while others work, are those of all its pixels, and can be given up', async () => {
  const [width, height] = [3000, 1400]
  const { window, plane } = await openSession({ width, height })
  const range = { id: 1, z: 0, t: 0, channel: 0, low: 12.5, high: 99 }
  const order: string[] = []
  const asked = window.ask('image.range', range)
  void asked.then(() => order.push('range'))
  await inBetween(() => window.ask('plane.stroke', { plane, stroke: brush('new', [[40, 40]]) }))
  order.push('stroke')
  const all = Uint8Array.from({ length: width * height }, (_, at) => ((at % width) * 3 + Math.floor(at / width)) & 255)
  all.sort()
  const at = (percent: number) => {
    const rank = ((all.length - 1) * percent) / 100
    const [below, above] = [all[Math.floor(rank)]!, all[Math.ceil(rank)]!]
    return below + (above - below) * (rank - Math.floor(rank))
  }
  expect(await asked).toEqual([at(12.5), at(99)])
  expect(order).toEqual(['stroke', 'range'])
  const other = window.failure('image.range', { ...range, low: 1 })
  await inBetween(async () => window.abortLast())
  expect(await other).toBeDefined()
})
