import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { ProjectDatabase } from '../../../src-main/store/database.ts'
import { FIRST_TEMPORARY_ID } from '../../../src-shared/labels.ts'
import { DEFAULT_LAYER } from '../../../src-shared/planes.ts'
import { brush, labelsOf, measured, paintedProject, stroke } from './project-folder.ts'

const HAND = { origin: 'hand' } as const

test('a region reads back as it was written, across tiles and cut off at the plane', async () => {
  const painted = await paintedProject()
  const { store, plane } = painted
  const data = Uint32Array.from({ length: 400 * 300 }, (_, index) => [0, 1, 2, 3, 16, 70_000][index % 6]!)
  const { changed } = store.labels.writeRegion(plane, 250, 240, { width: 400, height: 300, data }, HAND)
  expect(changed).toEqual({ x: 250, y: 240, w: 350, h: 260 })
  const back = store.labels.readRegion(plane, { x: 245, y: 238, w: 400, h: 300 })
  for (let y = 0; y < 300; y++) {
    for (let x = 0; x < 400; x++) {
      const [px, py] = [245 + x, 238 + y]
      const isWritten = px >= 250 && py >= 240 && px < 600 && py < 500
      const expected = isWritten ? data[(py - 240) * 400 + px - 250] : 0
      if (back.data[y * 400 + x] !== expected) throw new Error(`pixel ${px},${py}`)
    }
  }
})

test('a reduced level has the value at the centre of each block', async () => {
  const painted = await paintedProject()
  painted.store.labels.apply(painted.plane, brush('new', [[300, 250]], 120))
  const full = labelsOf(painted)
  const reduced = painted.store.labels.readRegion(painted.plane, { x: 10, y: 5, w: 150, h: 130 }, 2)
  for (let y = 0; y < 130; y++) {
    for (let x = 0; x < 150; x++) {
      const [px, py] = [(x + 10) * 4 + 2, (y + 5) * 4 + 2]
      const expected = px < 600 && py < 500 ? full[py * 600 + px] : 0
      if (reduced.data[y * 150 + x] !== expected) throw new Error(`pixel ${x},${y}`)
    }
  }
})

test('reserved labels are refused and nothing is written', async () => {
  const { store, plane } = await paintedProject()
  const map = { width: 2, height: 1, data: Uint32Array.of(16, 9) }
  expect(() => store.labels.writeRegion(plane, 0, 0, map, HAND)).toThrow('reserved')
  expect(store.labels.areas(plane).size).toBe(0)
  expect(store.labels.history(plane.imageId, DEFAULT_LAYER)).toEqual({ undo: 0, redo: 0 })
})

test('a stroke that is sent again is answered as before and not painted again', async () => {
  const { store, plane } = await paintedProject()
  const first = brush('new', [[50, 50]])
  const answer = store.labels.apply(plane, first)
  store.labels.undo(plane.imageId, DEFAULT_LAYER)
  store.labels.apply(plane, brush(1, [[200, 200]]))
  expect(store.labels.apply(plane, first)).toEqual(answer)
  expect(store.labels.areas(plane).has(answer.objectId!)).toBe(false)
})

test('the revision grows with every change and never goes back', async () => {
  const { store, plane } = await paintedProject()
  const revisions = [store.labels.state(plane).revision]
  for (const act of [
    () => store.labels.apply(plane, brush(1, [[50, 50]])),
    () => store.labels.undo(plane.imageId, DEFAULT_LAYER),
    () => store.labels.redo(plane.imageId, DEFAULT_LAYER),
    () => store.labels.setComplete(plane, true),
  ]) {
    act()
    revisions.push(store.labels.state(plane).revision)
  }
  expect(revisions).toEqual([0, 1, 2, 3, 4])
})

test('undo takes back a whole action, pixels and objects alike, also after a restart', async () => {
  const painted = await paintedProject()
  const { plane, image } = painted
  painted.store.labels.apply(
    plane,
    brush(
      'new',
      [
        [240, 250],
        [300, 250],
      ],
      30,
    ),
  )
  const before = { pixels: labelsOf(painted), objects: measured(painted.store, image) }
  const cut = stroke({
    tool: 'boundary',
    path: [
      [270, 100],
      [270, 400],
    ],
    radiusPx: 1,
  })
  const { created } = painted.store.labels.apply(plane, cut)
  const after = { pixels: labelsOf(painted), objects: measured(painted.store, image) }
  expect(created).toHaveLength(1)
  expect(after.objects).toHaveLength(2)

  await painted.reopen()
  expect(painted.store.labels.undo(image.id, DEFAULT_LAYER)).toMatchObject({ kind: 'boundary', objectIds: created })
  expect(labelsOf(painted)).toEqual(before.pixels)
  expect(measured(painted.store, image)).toEqual(before.objects)

  await painted.reopen()
  painted.store.labels.redo(image.id, DEFAULT_LAYER)
  expect(labelsOf(painted)).toEqual(after.pixels)
  expect(measured(painted.store, image)).toEqual(after.objects)
})

test('a new action clears what could be done again; one that changes nothing does not', async () => {
  const { store, plane, image } = await paintedProject()
  store.labels.apply(plane, brush(1, [[50, 50]]))
  store.labels.undo(image.id, DEFAULT_LAYER)
  store.labels.apply(plane, stroke({ tool: 'eraser', path: [[50, 50]], radiusPx: 5 }))
  expect(store.labels.history(image.id, DEFAULT_LAYER)).toEqual({ undo: 0, redo: 1 })
  store.labels.apply(plane, brush(1, [[80, 80]]))
  expect(store.labels.history(image.id, DEFAULT_LAYER)).toEqual({ undo: 1, redo: 0 })
  expect(store.labels.redo(image.id, DEFAULT_LAYER)).toBeNull()
})

test('layers of an image have journals and object ids of their own', async () => {
  const { store, plane, image } = await paintedProject()
  const cells = { ...plane, layer: 'cells' }
  expect(store.labels.apply(plane, brush('new', [[50, 50]])).objectId).toBe(16)
  expect(store.labels.apply(cells, brush('new', [[50, 50]], 30)).objectId).toBe(16)
  store.labels.undo(image.id, 'cells')
  expect(store.objects.list(image.id, 'cells')).toEqual([])
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toHaveLength(1)
})

test('an object whose last pixel is erased is gone, and its id is never used again', async () => {
  const { store, plane, image } = await paintedProject()
  const { objectId } = store.labels.apply(plane, brush('new', [[50, 50]], 5))
  store.labels.apply(plane, stroke({ tool: 'eraser', path: [[50, 50]], radiusPx: 9 }))
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toEqual([])
  expect(store.labels.apply(plane, brush('new', [[50, 50]])).objectId).toBe(objectId! + 1)
})

test('objects that span planes are merged, rejected and deleted in all of them, in one step', async () => {
  const { store, image } = await paintedProject({ z: 3 })
  const plane = (z: number) => ({ imageId: image.id, layer: DEFAULT_LAYER, z, t: 0 })
  for (const z of [0, 1, 2]) {
    store.labels.apply(plane(z), brush(20, [[100, 100]], 8))
    store.labels.apply(plane(z), brush(21, [[130, 100]], 8))
    store.labels.apply(plane(z), brush(22, [[300, 100]], 8))
  }
  const area = store.labels.areas(plane(0)).get(20)!
  const merged = store.labels.apply(plane(1), stroke({ tool: 'merge', objectIds: [20, 21] }))
  expect(merged.planes.map((change) => change.plane.z)).toEqual([0, 1, 2])
  expect([0, 1, 2].map((z) => store.labels.areas(plane(z)).get(20))).toEqual([2 * area, 2 * area, 2 * area])

  store.labels.apply(plane(0), stroke({ tool: 'setState', objectIds: [22], state: 'rejected' }))
  expect(measured(store, image).map(({ id, state, areaPx }) => [id, state, areaPx])).toEqual([
    [20, 'accepted', 6 * area],
    [22, 'rejected', 0],
  ])
  expect(store.labels.areas(plane(2)).get(1)).toBe(area)

  store.labels.apply(plane(0), stroke({ tool: 'delete', objectIds: [20] }))
  expect([...store.labels.areas(plane(1)).keys()]).toEqual([1])
  for (let count = 0; count < 3; count++) store.labels.undo(image.id, DEFAULT_LAYER)
  expect(measured(store, image).map(({ id, areaPx }) => [id, areaPx])).toEqual([
    [20, 3 * area],
    [21, 3 * area],
    [22, 3 * area],
  ])
})

test('parts of a divided object inherit its class, state and origin', async () => {
  const { store, plane, image } = await paintedProject()
  const map = { width: 20, height: 10, data: new Uint32Array(200).fill(40) }
  store.labels.writeRegion(plane, 10, 10, map, { origin: 'run 7', state: 'proposed', classOf: () => 2 })
  store.labels.apply(
    plane,
    stroke({
      tool: 'split',
      objectId: 40,
      path: [
        [15, 0],
        [15, 40],
      ],
    }),
  )
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toEqual([
    { id: 40, classId: 2, origin: 'run 7', state: 'proposed' },
    { id: 41, classId: 2, origin: 'run 7', state: 'proposed' },
  ])
})

test('class, relabelling and completeness are undone like paint', async () => {
  const { store, plane, image } = await paintedProject()
  const { objectId } = store.labels.apply(plane, brush('new', [[50, 50]]))
  store.labels.apply(plane, stroke({ tool: 'setClass', objectIds: [objectId], classId: 2 }))
  store.labels.apply(plane, stroke({ tool: 'complete', isComplete: true }))
  store.labels.apply(plane, stroke({ tool: 'relabel', objectIds: [objectId], label: 'ignore' }))
  expect([...store.labels.areas(plane).keys()]).toEqual([3])
  expect(store.labels.state(plane).isComplete).toBe(true)
  const kinds = [1, 2, 3].map(() => store.labels.undo(image.id, DEFAULT_LAYER)!.kind)
  expect(kinds).toEqual(['relabel', 'complete', 'setClass'])
  expect(store.labels.state(plane).isComplete).toBe(false)
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toMatchObject([{ id: objectId, classId: 1 }])
})

test('a stroke on an object, class or plane that is not there changes nothing', async () => {
  const { store, plane } = await paintedProject()
  const apply =
    (of: Record<string, unknown>, where = plane) =>
    () =>
      store.labels.apply(where, stroke(of))
  expect(apply({ tool: 'delete', objectIds: [99] })).toThrow('no object 99')
  expect(apply({ tool: 'brush', label: 'new', path: [[9, 9]], radiusPx: 3, classId: 77 })).toThrow('no class "77"')
  expect(apply({ tool: 'complete', isComplete: true }, { ...plane, z: 4 })).toThrow('no plane z 4')
  expect(store.labels.planes()).toEqual([])
})

test('a pinned revision stays as it was, and goes when its last owner lets go', async () => {
  const { store, plane } = await paintedProject()
  const all = { x: 0, y: 0, w: 600, h: 500 }
  store.labels.apply(plane, brush('new', [[250, 250]], 40))
  const seen = store.labels.readRegion(plane, all)
  const pinned = store.labels.pin(plane, { kind: 'run', id: 'run-1' })
  expect(store.labels.pin(plane, { kind: 'run', id: 'run-2' })).toBe(pinned)
  for (let count = 0; count < 5; count++) store.labels.apply(plane, brush(1, [[200 + count * 20, 240]], 30))
  expect(store.labels.readPinned(pinned, all)).toEqual(seen)
  expect(store.labels.readRegion(plane, all)).not.toEqual(seen)
  store.labels.unpin({ kind: 'run', id: 'run-1' })
  expect(store.labels.readPinned(pinned, all)).toEqual(seen)
  store.labels.unpin({ kind: 'run', id: 'run-2' })
  expect(() => store.labels.readPinned(pinned, all)).toThrow('no pinned revision')
})

test('an import of several planes with their marks is one step', async () => {
  const { store, image } = await paintedProject({ z: 2 })
  const plane = (z: number) => ({ imageId: image.id, layer: DEFAULT_LAYER, z, t: 0 })
  const map = { width: 600, height: 500, data: new Uint32Array(300_000).fill(18) }
  const changes = store.labels.step(image.id, DEFAULT_LAYER, 'import', (step) => {
    for (const z of [0, 1]) {
      step.writeRegion(plane(z), 0, 0, map, { origin: 'import' })
      step.setComplete(plane(z), true)
    }
  })
  expect(changes.map(({ changed }) => changed)).toEqual([0, 1].map(() => ({ x: 0, y: 0, w: 600, h: 500 })))
  expect(store.labels.undo(image.id, DEFAULT_LAYER)!.planes).toHaveLength(2)
  expect(store.labels.planes().map(({ isComplete }) => isComplete)).toEqual([false, false])
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toEqual([])
})

test('reserved object ids are given to nobody else', async () => {
  const { store, plane, image } = await paintedProject()
  expect(store.objects.reserveIds(image.id, DEFAULT_LAYER, 10)).toBe(16)
  expect(store.labels.apply(plane, brush('new', [[9, 9]])).objectId).toBe(26)
})

test('a temporary id of a window is no id of an object', async () => {
  const { store, plane, image } = await paintedProject()
  expect(() => store.labels.apply(plane, brush(FIRST_TEMPORARY_ID, [[9, 9]]))).toThrow(
    `no object ${FIRST_TEMPORARY_ID}`,
  )
  expect(store.labels.planes()).toEqual([])
  expect(store.labels.apply(plane, brush(FIRST_TEMPORARY_ID - 9, [[9, 9]])).objectId).toBe(FIRST_TEMPORARY_ID - 9)
  expect(store.objects.reserveIds(image.id, DEFAULT_LAYER, 8)).toBe(FIRST_TEMPORARY_ID - 8)
  expect(() => store.objects.reserveIds(image.id, DEFAULT_LAYER, 1)).toThrow('no more object ids')
})

test('where an earlier release has stored a temporary id, new objects go on after the last real one', async () => {
  const painted = await paintedProject()
  const { store, plane, image, folder } = painted
  for (const x of [20, 60, 100]) store.labels.apply(plane, brush('new', [[x, 20]], 5))
  store.labels.undo(image.id, DEFAULT_LAYER) // it can be done again
  store.close()
  const database = new Database(path.join(folder, 'project.db'))
  database.exec(`UPDATE layer SET next_object_id = ${FIRST_TEMPORARY_ID + 1}`)
  database.exec(
    `INSERT INTO object SELECT layer_id, ${FIRST_TEMPORARY_ID}, class_id, origin, state FROM object LIMIT 1`,
  )
  database.close()
  const { objects, labels } = await painted.reopen()
  expect(objects.reserveIds(image.id, DEFAULT_LAYER, 10)).toBe(19)
  expect(labels.apply(plane, brush('new', [[140, 20]], 5)).objectId).toBe(29)
  expect(objects.list(image.id, DEFAULT_LAYER).map(({ id }) => id)).toEqual([16, 17, 29, FIRST_TEMPORARY_ID])
})

test('an object that is painted again after an undo has the class that the stroke tells; one that is there keeps its own', async () => {
  const { store, plane, image } = await paintedProject()
  const [cell, nucleus] = store.classes.list().map(({ id }) => id)
  const paint = (label: number, x: number, classId: number) =>
    store.labels.apply(plane, stroke({ tool: 'brush', label, path: [[x, 50]], radiusPx: 10, classId }))
  paint(16, 50, nucleus!)
  store.labels.undo(plane.imageId, DEFAULT_LAYER)
  paint(16, 50, nucleus!)
  paint(16, 90, cell!)
  const objects = measured(store, image)
  expect(objects.map(({ id, classId }) => [id, classId])).toEqual([[16, nucleus]])
})

test('the objects of a plane are found without those of the other planes', async () => {
  const { store, image } = await paintedProject({ z: 4 })
  const planes = [0, 1, 2, 3].map((z) => ({ imageId: image.id, layer: DEFAULT_LAYER, z, t: 0 }))
  for (const plane of planes) for (const x of [30, 250, 400]) store.labels.apply(plane, brush('new', [[x, 40]], 9))
  store.labels.apply(planes[2]!, brush(16, [[100, 300]], 2))
  store.labels.apply(planes[2]!, stroke({ tool: 'setState', objectIds: [23], state: 'rejected' }))
  const all = vi.spyOn(ProjectDatabase.prototype, 'all')
  const found = store.objects.inPlane(planes[2]!)
  const rowsRead = all.mock.results.reduce((sum, { value }) => sum + value.length, 0)
  vi.restoreAllMocks()
  const placed = (id: number, x: number, y: number, radiusPx: number, areaPx: number) => ({
    ...{ id, classId: 1, origin: 'hand', state: 'accepted', z: 2, t: 0, areaPx },
    box: { x: x - radiusPx, y: y - radiusPx, w: 2 * radiusPx, h: 2 * radiusPx },
  })
  expect(found).toEqual([placed(16, 100, 300, 2, 12), placed(22, 30, 40, 9, 256), placed(24, 400, 40, 9, 256)])
  expect(rowsRead).toBe(3)
  expect(store.objects.extents(image.id, DEFAULT_LAYER, 16).map(({ z, areaPx }) => [z, areaPx])).toEqual([
    [0, 256],
    [2, 12],
  ])
})
