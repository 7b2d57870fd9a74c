import { expect, test } from 'vitest'
import type { StrokeDraft } from '../../../src-renderer/annotator/tool.ts'
import type { Asking } from '../../../src-renderer/state/connection.ts'
import { PlaneObjects } from '../../../src-renderer/state/plane-objects.svelte.ts'
import type { ObjectView } from '../../../src-shared/api.ts'

const anObject = (id: number, more: Partial<ObjectView> = {}): ObjectView => ({
  id,
  classId: 1,
  origin: 'hand',
  state: 'accepted',
  areaPx: 10,
  z: 0,
  t: 0,
  box: { x: id, y: 0, w: 3, h: 3 },
  ...more,
})

/** A plane of a stack of five whose objects are those of `planes`, by z. */
function listOn(z: number, planes: Record<number, number[]> = {}) {
  const did: unknown[] = []
  const ask = (async (method: string, params: { objectId: number }) => {
    did.push([method, params])
    if (method !== 'object.planes') return {}
    const shown = Object.entries(planes).filter(([, ids]) => ids.includes(params.objectId))
    return [{ z: 0, t: 1 }, ...shown.map(([at]) => ({ z: Number(at), t: 0 }))]
  }) as Asking['ask']
  const list = new PlaneObjects({
    ask: { ask },
    toasts: { note: (text) => did.push(text), done: (text) => did.push(text) },
    plane: { imageId: 1, layer: 'cells', z, t: 0 },
    planeCount: 5,
    apply: (draft: StrokeDraft) => did.push(draft),
    jump: ({ x }) => did.push(`jump ${x}`),
    openPlane: async (to) => void did.push(`open ${to}`),
    changing: (task) => task(),
  })
  return { list, did }
}

test('one goes through the objects by their ids, round and round, forwards from the first and backwards from the last', () => {
  const { list, did } = listOn(0)
  list.take([30, 16, 22].map((id) => anObject(id)))
  list.step(1)
  list.step(1)
  list.step(-1)
  list.step(-1)
  list.select([])
  list.step(-1)
  expect(did).toEqual(['jump 16', 'jump 22', 'jump 16', 'jump 30', 'jump 30'])
})

test('what was rejected is not listed, and what has gone is no longer chosen', () => {
  const { list } = listOn(0)
  list.take([anObject(16), anObject(17), anObject(18, { state: 'rejected' })])
  list.select([16, 17])
  list.take([anObject(17)])
  expect(list.all.map(({ id }) => id)).toEqual([17])
  expect([...list.selected]).toEqual([17])
})

test('of merged objects the one with the smallest id stays, and stays chosen', () => {
  const { list, did } = listOn(0)
  list.take([16, 17, 18].map((id) => anObject(id)))
  list.select([18, 16])
  list.mergeSelected()
  expect(did).toEqual([{ tool: 'merge', objectIds: [16, 18] }])
  expect([...list.selected]).toEqual([16])
})

test('an object is interpolated to the nearest plane that shows it with a gap between', async () => {
  const { list, did } = listOn(2, { 1: [16], 4: [16], 0: [17] })
  list.take([anObject(16)])
  list.select([16])
  await list.interpolate()
  const plane = { imageId: 1, layer: 'cells', z: 2, t: 0 }
  expect(did).toEqual([
    ['object.planes', { imageId: 1, layer: 'cells', objectId: 16 }],
    ['object.interpolate', { plane, objectId: 16, toZ: 4 }],
    'Filled plane 4.',
  ])
})

test('without another plane that shows it, interpolation says what is missing', async () => {
  const { list, did } = listOn(2, { 1: [16], 3: [16] })
  list.take([anObject(16)])
  list.select([16])
  await list.interpolate()
  expect(did).toEqual([
    ['object.planes', { imageId: 1, layer: 'cells', objectId: 16 }],
    'Paint this object on another plane first, with a gap between; the gap is then filled.',
  ])
})

test('on the last plane of a stack there is no next one to copy to', async () => {
  const { list, did } = listOn(4)
  list.take([anObject(16)])
  list.select([16])
  await list.copyToNext()
  expect(did).toEqual([])
})
