import { expect, test } from 'vitest'
import type { Painted } from './project-folder.ts'
import { labelsOf, paintedProject } from './project-folder.ts'

const [WIDTH, HEIGHT] = [600, 300]
const ALL_AT_ONCE_MS = 10_000
const source = { origin: 'import' } as const

/** Bands of an object, background and nothing, other ones for each seed. */
const mapOf = (object: number) => ({
  ...{ width: WIDTH, height: HEIGHT },
  data: Uint32Array.from({ length: WIDTH * HEIGHT }, (_, at) => [object, 1, 0][Math.floor((at % WIDTH) / 90) % 3]!),
})

const put = ({ store, plane, image }: Painted, ready: ReturnType<Painted['store']['labels']['readyMaps']>) =>
  store.labels.step(image.id, plane.layer, 'import', (step) => {
    const planes = [0, 1].map((z) => ({ ...plane, z }))
    step.putMaps(planes, ready, source)
  })

const tilesIn = async ({ store }: Painted) => (await store.check({ deep: true })).checked.tiles

test('maps that are made ready are unseen until they take the place of all that was painted meanwhile, in one step', async () => {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT, z: 2 })
  const { store, plane, image } = painted
  store.labels.writeRegion(plane, 0, 0, mapOf(40), { origin: 'hand' })
  const ready = store.labels.readyMaps([mapOf(50), mapOf(51)])
  expect(ready.prepare(0)).toBe(true) // a tile at a time
  store.labels.writeRegion(plane, 5, 5, { width: 1, height: 1, data: Uint32Array.of(3) }, { origin: 'hand' })
  while (ready.prepare(0));
  const before = labelsOf(painted)
  expect([before[0], before[5 * WIDTH + 5]]).toEqual([40, 3])
  expect([...ready.objectIds]).toEqual([50, 51])
  const changes = put(painted, ready)
  const whole = { x: 0, y: 0, w: WIDTH, h: HEIGHT }
  expect(changes.map(({ plane: { z }, changed }) => [z, changed])).toEqual([
    [0, whole],
    [1, whole],
  ])
  expect(Buffer.compare(Buffer.from(labelsOf(painted).buffer), Buffer.from(mapOf(50).data.buffer))).toBe(0)
  expect(store.objects.list(image.id, plane.layer).map(({ id, origin }) => [id, origin])).toEqual([
    [50, 'import'],
    [51, 'import'],
  ])
  store.labels.undo(image.id, plane.layer)
  expect(Buffer.compare(Buffer.from(labelsOf(painted).buffer), Buffer.from(before.buffer))).toBe(0)
  expect(store.objects.list(image.id, plane.layer).map(({ id }) => id)).toEqual([40])
})

test('what was made ready and swept away since is stored again', async () => {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT, z: 2 })
  const [ready, other] = [0, 1].map(() => painted.store.labels.readyMaps([mapOf(50), mapOf(51)]))
  ready!.prepare(ALL_AT_ONCE_MS)
  other!.prepare(ALL_AT_ONCE_MS)
  other!.abandon(ALL_AT_ONCE_MS)
  expect(await tilesIn(painted)).toBe(0)
  put(painted, ready!)
  expect(Buffer.compare(Buffer.from(labelsOf(painted).buffer), Buffer.from(mapOf(50).data.buffer))).toBe(0)
})

test('giving up leaves no tile behind, but for those that somebody else needs', async () => {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT, z: 2 })
  const { store, plane } = painted
  store.labels.writeRegion(plane, 0, 0, mapOf(50), source)
  const tiles = await tilesIn(painted)
  const ready = store.labels.readyMaps([mapOf(50), mapOf(51)])
  ready.prepare(ALL_AT_ONCE_MS)
  expect(await tilesIn(painted)).toBeGreaterThan(tiles)
  while (ready.abandon(0));
  expect(await tilesIn(painted)).toBe(tiles)
  expect(Buffer.compare(Buffer.from(labelsOf(painted).buffer), Buffer.from(mapOf(50).data.buffer))).toBe(0)
})

test('objects that are there already keep their rows, one that was rejected is accepted again, and ids go on after the largest', async () => {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT, z: 2 })
  const { store, plane, image } = painted
  const rows = () => store.objects.list(image.id, plane.layer).map(({ id, origin, state }) => [id, origin, state])
  store.labels.writeRegion(plane, 0, 0, mapOf(50), { origin: 'hand' })
  store.labels.writeRegion({ ...plane, z: 1 }, 0, 0, mapOf(51), { origin: 'hand', state: 'rejected' })
  const ready = store.labels.readyMaps([mapOf(51), mapOf(50)])
  while (ready.prepare(ALL_AT_ONCE_MS));
  put(painted, ready)
  expect(rows()).toEqual([
    [50, 'hand', 'accepted'],
    [51, 'hand', 'accepted'],
  ])
  const more = store.labels.readyMaps([mapOf(90), mapOf(50)])
  while (more.prepare(ALL_AT_ONCE_MS));
  put(painted, more)
  expect(rows()).toEqual([
    [50, 'hand', 'accepted'],
    [90, 'import', 'accepted'],
  ])
  expect(store.objects.reserveIds(image.id, plane.layer, 1)).toBe(91)
  store.labels.undo(image.id, plane.layer)
  expect(rows()).toEqual([
    [50, 'hand', 'accepted'],
    [51, 'hand', 'accepted'],
  ])
  store.labels.redo(image.id, plane.layer)
  expect(rows()).toEqual([
    [50, 'hand', 'accepted'],
    [90, 'import', 'accepted'],
  ])
})

test('a reserved label is refused', async () => {
  const { store } = await paintedProject({ width: 2, height: 1 })
  const ready = store.labels.readyMaps([{ width: 2, height: 1, data: Uint32Array.of(1, 5) }])
  expect(() => ready.prepare(0)).toThrow('the label 5 is reserved')
})
