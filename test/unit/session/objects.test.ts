import path from 'node:path'
import { expect, test } from 'vitest'
import { importInto } from '../../../src-main/core/import.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { brush, labelsOf, type Opened, openSession } from '../../drivers/session.ts'

/** A session with a stack of seven planes. */
async function withStack(): Promise<Opened> {
  const opened = await openSession({ images: 0 })
  const file = path.join(opened.folder, 'stack.tif')
  const tiff = TiffWriter.create(file, { width: 96, height: 64, sampleType: 'uint8', z: 7, t: 1 })
  for (let z = 0; z < 7; z++) tiff.writePlane(new Uint8Array(96 * 64).fill(z))
  tiff.close()
  await importInto(opened.session.store, { inputs: [file], isComplete: false }, quietJob())
  return opened
}

const areaOf = (labels: Uint32Array, id: number) => labels.filter((label) => label === id).length

test('an object painted in two planes is filled in between, in one undo step, and nothing painted is lost', async () => {
  const { session, window, plane } = await withStack()
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 30]], 4) })
  const far = { ...plane, z: 4 }
  await window.ask('plane.stroke', { plane: far, stroke: brush(objectId!, [[60, 30]], 12) })
  const middle = { ...plane, z: 2 }
  const other = await window.ask('plane.stroke', { plane: middle, stroke: brush('new', [[40, 30]], 3) })
  const { changes } = await window.ask('object.interpolate', { plane, objectId: objectId!, toZ: 4 })
  expect(changes.map((change) => change.plane.z).sort()).toEqual([1, 2, 3])
  const areas = [0, 1, 2, 3, 4, 5].map((z) => areaOf(labelsOf(session, { ...plane, z }), objectId!))
  const [first, , , , last, beyond] = areas as [number, number, number, number, number, number]
  expect(beyond).toBe(0)
  const hidden = areaOf(labelsOf(session, middle), other.objectId!)
  // Discs of radius 4 and 12, 40 px apart: the ones between have radii 6, 8, 10 and lie between.
  for (const [z, radius] of [
    [1, 6],
    [2, 8],
    [3, 10],
  ] as const) {
    const whole = areas[z]! + (z === 2 ? hidden : 0)
    expect(Math.sqrt(whole / Math.PI)).toBeGreaterThan(radius - 0.7)
    expect(Math.sqrt(whole / Math.PI)).toBeLessThan(radius + 0.7)
    expect(labelsOf(session, { ...plane, z })[30 * 96 + 20 + 10 * z]).toBe(z === 2 ? other.objectId : objectId)
  }
  expect(hidden).toBeGreaterThan(20)
  await window.ask('history.undo', { imageId: 1, layer: 'objects' })
  const after = [0, 1, 2, 3, 4].map((z) => areaOf(labelsOf(session, { ...plane, z }), objectId!))
  expect(after).toEqual([first, 0, 0, 0, last])
})

test('it works downwards too, and has nothing to do for neighbours', async () => {
  const { session, window, plane } = await withStack()
  const top = { ...plane, z: 3 }
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 30]], 5) })
  await window.ask('plane.stroke', { plane: top, stroke: brush(objectId!, [[20, 30]], 5) })
  await window.ask('object.interpolate', { plane: top, objectId: objectId!, toZ: 0 })
  for (const z of [1, 2]) expect(labelsOf(session, { ...plane, z })).toEqual(labelsOf(session, plane))
  const { changes } = await window.ask('object.interpolate', { plane, objectId: objectId!, toZ: 1 })
  expect(changes).toEqual([])
})

test('objects are copied to another plane with their ids, where nobody has painted', async () => {
  const { session, window, plane } = await withStack()
  const a = await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 30]], 5) })
  const b = await window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 30]], 5) })
  const target = { ...plane, z: 1 }
  await window.ask('plane.stroke', { plane: target, stroke: brush('background', [[20, 26]], 4) })
  const before = labelsOf(session, target)
  const source = labelsOf(session, plane)
  const objectIds = [a.objectId!, b.objectId!]
  await window.ask('object.copyTo', { plane, objectIds, z: 1, t: 0 })
  expect(labelsOf(session, target)).toEqual(before.map((label, at) => (label !== 0 ? label : source[at]!)))
  expect(await window.ask('plane.objects', { plane: target })).toMatchObject([
    { id: objectIds[0] },
    { id: objectIds[1] },
  ])
  await window.ask('history.undo', { imageId: 1, layer: 'objects' })
  expect(labelsOf(session, target)).toEqual(before)
})

test('planes and objects that there are not are refused', async () => {
  const { window, plane } = await withStack()
  const { objectId } = await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 30]], 5) })
  const interpolate = (change: object) => window.failure('object.interpolate', { plane, objectId, toZ: 2, ...change })
  expect(await interpolate({})).toMatchObject({ code: 'object-missing' }) // not in plane 2
  expect(await interpolate({ toZ: 9 })).toMatchObject({ code: 'plane-missing' })
  expect(await interpolate({ objectId: 99 })).toMatchObject({ code: 'object-missing' })
  const copy = { plane, objectIds: [objectId], z: 0, t: 5 }
  expect(await window.failure('object.copyTo', copy)).toMatchObject({ code: 'plane-missing' })
  expect(await window.ask('plane.view', { plane })).toMatchObject({ undo: 1 })
})

test('the planes that show an object are told at once', async () => {
  const { window, plane } = await withStack()
  const { objectId } = await window.ask('plane.stroke', {
    plane: { ...plane, z: 5 },
    stroke: brush('new', [[20, 30]], 5),
  })
  for (const z of [2, 0])
    await window.ask('plane.stroke', { plane: { ...plane, z }, stroke: brush(objectId!, [[20, 30]], 5) })
  await window.ask('plane.stroke', { plane: { ...plane, z: 1 }, stroke: brush('new', [[20, 30]], 5) })
  const planes = await window.ask('object.planes', { imageId: 1, layer: 'objects', objectId: objectId! })
  expect(planes).toEqual([0, 2, 5].map((z) => ({ z, t: 0 })))
  expect(await window.ask('object.planes', { imageId: 1, layer: 'objects', objectId: 99 })).toEqual([])
})
