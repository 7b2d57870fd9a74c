import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { checkParams } from '../../../src-main/core/session/dispatch.ts'
import { handlers } from '../../../src-main/core/session/handlers.ts'
import type { Method, Params } from '../../../src-shared/api.ts'
import { clientMessageSchema, PARAMS } from '../../../src-shared/api-schemas.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { openSession } from '../../drivers/session.ts'

const plane = { imageId: 1, layer: 'objects', z: 0, t: 0 }

/** What a window really sends. */
const GOOD: { [M in Method]: Params<M> } = {
  'project.view': {},
  'project.rename': { name: 'Liver' },
  'class.add': { name: 'cell', colour: '#00ff00' },
  'class.update': { id: 1, colour: '#00ff00' },
  'image.update': { id: 1, role: 'validation', isTrashed: false },
  'image.setPixelSize': { ids: [1, 2], pixelSizeUm: { x: 0.325, y: 0.325, z: 1 } },
  'image.relink': { id: 1, file: '0/scans/a.tif' },
  'image.range': { id: 1, z: 0, t: 0, channel: 0, low: 0.1, high: 99.9 },
  'plane.view': { plane },
  'plane.objects': { plane },
  'plane.painted': { plane },
  'plane.stroke': { plane, stroke: { tool: 'brush', id: 's', label: 'new', path: [[1, 2]], radiusPx: 3 } },
  'object.reserve': { imageId: 1, layer: 'objects', count: 100 },
  'history.undo': { imageId: 1, layer: 'objects' },
  'history.redo': { imageId: 1, layer: 'objects' },
  'object.planes': { imageId: 1, layer: 'objects', objectId: 16 },
  'object.interpolate': { plane, objectId: 16, toZ: 4 },
  'object.copyTo': { plane, objectIds: [16, 17], z: 1, t: 0 },
  'device.list': { measure: false },
  'training.readiness': { preset: 'fast' },
  'training.classWeights': { preset: 'fast', imageIds: [1] },
  'training.start': { preset: 'paper', minutes: 1, imageIds: [1], settings: { 'network.depth': 3 } },
  'training.resume': { run: 'run-1' },
  'training.control': { action: 'pause' },
  'run.details': { id: 'run-1' },
  'run.previews': { id: 'run-1' },
  'run.rename': { id: 'run-1', name: 'first' },
  'run.discard': { id: 'run-1' },
  'prediction.start': { imageIds: [1, 2], average: true, rescale: true },
  'prediction.objects': { id: 'prediction-1', aim: 'regions' },
  'prediction.cancel': { id: 'prediction-1' },
  'prediction.accept': { id: 'prediction-1', plane, objects: DEFAULT_OBJECTS, chosen: [{ x: 4, y: 5 }], ringPx: 5 },
  'prediction.reject': {
    id: 'prediction-1',
    plane,
    objects: DEFAULT_OBJECTS,
    chosen: [{ x: 4, y: 5 }],
    region: { x: 0, y: 2, w: 9, h: 8 },
  },
  'import.start': { files: ['3f1c', '0/a.tif'], maskKind: 'instances' },
  'import.forget': { files: ['3f1c', '0/a.tif'] },
  'import.browse': { place: '' },
  'export.start': { format: 'labels-tiff', source: 'annotation' },
}
const METHODS = Object.keys(GOOD) as Method[]

test('every method has a schema and a handler, and there are no others', async () => {
  const { session } = await openSession({ images: 0 })
  expect(Object.keys(PARAMS).sort()).toEqual([...METHODS].sort())
  expect(Object.keys(handlers(session)).sort()).toEqual([...METHODS].sort())
})

describe.each(METHODS)('%s', (method) => {
  const accepts = (params: unknown): boolean => {
    try {
      checkParams(method, params)
      return true
    } catch {
      return false
    }
  }

  test('takes what a window sends', () => expect(accepts(GOOD[method])).toBe(true))

  test('refuses what is no object, or has an unknown key', () => {
    for (const nonsense of [null, undefined, 1, 'text', [], [GOOD[method]]]) expect(accepts(nonsense)).toBe(false)
    expect(accepts({ ...GOOD[method], surprise: 1 })).toBe(false)
  })

  if (Object.keys(GOOD[method]).length === 0) return
  test('refuses each parameter of another type', () => {
    for (const key of Object.keys(GOOD[method])) {
      for (const nonsense of [null, { a: {} }, [[]], -1, 0.5, 1e300, '\u0000'.repeat(10_000)]) {
        const known = (GOOD[method] as Record<string, unknown>)[key]
        if (typeof known === 'string' && typeof nonsense === 'string') continue // lengths differ by method
        if (typeof known === 'number' && nonsense === 0.5) continue // shares and percentages
        expect([key, nonsense, accepts({ ...GOOD[method], [key]: nonsense })]).toEqual([key, nonsense, false])
      }
    }
  })
})

test.each([
  ['run.details', { id: '../../etc' }],
  ['run.discard', { id: '..' }],
  ['run.discard', { id: '.' }],
  ['run.rename', { id: 'a/b', name: 'x' }],
  ['prediction.cancel', { id: 'a\\b' }],
  ['prediction.objects', { id: 'p', aim: 'beauty' }],
  ['training.resume', { run: '/tmp' }],
  ['training.start', { preset: 'fast', from: '../model' }],
  ['training.start', { preset: 'slow' }],
  ['training.start', { preset: 'fast', validationShare: 0.9 }],
  ['image.range', { id: 1, z: 0, t: 0, channel: 0, low: 99, high: 1 }],
  ['image.update', { id: 1, role: 'admin' }],
  ['image.setPixelSize', { ids: [], pixelSizeUm: 'unknown' }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: null }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.5 } }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.5, y: 0 } }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.5, y: -0.5 } }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: { x: 1e6, y: 0.5 } }],
  ['image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.5, y: 0.5, z: 0 } }],
  ['class.add', { name: '', colour: '#00ff00' }],
  ['class.add', { name: 'x', colour: 'url(http://a)' }],
  ['plane.view', { plane: { ...plane, z: -1 } }],
  ['plane.view', { plane: { ...plane, imageId: '1' } }],
  ['plane.stroke', { plane, stroke: { tool: 'brush', id: 's', label: 7, path: [[1, 2]], radiusPx: 3 } }],
  ['plane.stroke', { plane, stroke: { tool: 'brush', id: 's', label: 'new', path: [], radiusPx: 3 } }],
  ['plane.stroke', { plane, stroke: { tool: 'brush', id: 's', label: 'new', path: [[1, 2]], radiusPx: 1e9 } }],
  ['plane.stroke', { plane, stroke: { tool: 'bomb', id: 's' } }],
  ['object.copyTo', { plane, objectIds: [3], z: 0, t: 0 }],
  ['object.reserve', { imageId: 1, layer: 'objects', count: 1e9 }],
  ['prediction.start', { imageIds: [] }],
  ['prediction.accept', { id: 'p', plane, objects: { ...DEFAULT_OBJECTS, threshold: 2 } }],
  ['prediction.accept', { id: 'p', plane, objects: DEFAULT_OBJECTS, region: { x: 0, y: 2, w: 9, h: 0 } }],
] as [Method, unknown][])('%s refuses %j', (method, params) => {
  expect(() => checkParams(method, params)).toThrow(/^The request .* has a wrong /)
})

test('a message is a request or an abort, and nothing else', () => {
  const accepts = (message: unknown) => v.safeParse(clientMessageSchema, message).success
  expect(accepts({ id: 1, method: 'project.view', params: {} })).toBe(true)
  expect(accepts({ id: 1, abort: true })).toBe(true)
  const nonsense = [
    null,
    [],
    'text',
    {},
    { id: 1 },
    { id: 0, abort: true },
    { id: 1.5, abort: true },
    { id: 1, abort: false },
    { id: 1, method: 'toString', params: {} },
    { id: 1, method: '__proto__', params: {} },
    { id: 1, method: 'project.view', params: {}, extra: 1 },
  ]
  for (const message of nonsense) expect([message, accepts(message)]).toEqual([message, false])
})
