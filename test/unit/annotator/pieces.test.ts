import { expect, test } from 'vitest'
import { minimapBox, minimapPoint } from '../../../src-renderer/annotator/minimap.ts'
import { ObjectTable, TABLE } from '../../../src-renderer/annotator/object-table.ts'
import { colourIndex, labelColour, OBJECT_COLOURS } from '../../../src-renderer/annotator/palette.ts'
import { rampColours } from '../../../src-renderer/annotator/ramps.ts'
import { scaleBar } from '../../../src-renderer/annotator/scale-bar.ts'
import { TileLoader } from '../../../src-renderer/annotator/tile-loader.ts'
import { outlineOf, similarRegion } from '../../../src-renderer/annotator/tools/region.ts'
import { Viewport } from '../../../src-renderer/annotator/viewport.ts'
import { forEachSpan, parseStroke, rasterise } from '../../../src-shared/strokes.ts'

test('the outline of a region, filled again, is the region', () => {
  const [w, h] = [40, 30]
  let seed = 3
  const random = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  for (let round = 0; round < 40; round++) {
    const values = Float32Array.from({ length: w * h }, () => (random() < 0.62 ? 0.5 : 0.9))
    values[15 * w + 20] = 0.5
    const region = similarRegion(values, w, h, 20, 15, 0.1)
    const path = outlineOf(region, w, h)
    const stroke = parseStroke({ tool: 'polygon', id: 'a', label: 20, path, rule: 'evenodd' })
    const filled = new Uint8Array(w * h)
    if (stroke.tool !== 'polygon') throw new Error('not a polygon')
    forEachSpan(rasterise(stroke, { x: 0, y: 0, w, h }), (y, x0, x1) => filled.fill(1, y * w + x0, y * w + x1))
    expect(filled).toEqual(region)
  }
})

test('a region takes its holes with it, and stops at other grey values', () => {
  const values = Float32Array.from(
    '0000000 0111110 0100010 0102010 0100010 0111110 0000000'.replaceAll(' ', ''),
    Number,
  )
  const region = similarRegion(values, 7, 7, 1, 1, 0.5)
  expect([...region].filter((is) => is === 1)).toHaveLength(25)
})

test('objects that follow each other never share a colour', () => {
  for (let id = 16; id < 5000; id++) {
    expect(colourIndex(id)).toBeGreaterThanOrEqual(0)
    expect(colourIndex(id)).toBeLessThan(OBJECT_COLOURS.length)
    expect(colourIndex(id)).not.toBe(colourIndex(id + 1))
    expect(colourIndex(id)).not.toBe(colourIndex(id + 2))
  }
  expect(labelColour(0)).toBeUndefined()
})

test('the ramps begin and end as published and grow lighter all the way', () => {
  for (const [name, first, last] of [
    ['viridis', [0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]],
    ['magma', [0x00, 0x00, 0x04], [0xfc, 0xfd, 0xbf]],
  ] as const) {
    const colours = rampColours(name)
    expect([...colours.subarray(0, 3)]).toEqual(first)
    expect([...colours.subarray(255 * 4, 255 * 4 + 3)]).toEqual(last)
    const light = (at: number) =>
      0.2126 * colours[at * 4]! + 0.7152 * colours[at * 4 + 1]! + 0.0722 * colours[at * 4 + 2]!
    for (let at = 4; at < 256; at += 4) expect(light(at)).toBeGreaterThan(light(at - 4))
  }
})

test('the scale bar has a round length in a unit that suits it', () => {
  expect(scaleBar(0.1, 1)).toEqual({ lengthPx: 100, text: '10 µm' })
  expect(scaleBar(0.004, 2).text).toBe('200 nm')
  expect(scaleBar(5, 0.1).text).toBe('5 mm')
  for (const zoom of [0.01, 0.37, 1, 12, 64]) {
    const { lengthPx } = scaleBar(0.325, zoom)
    expect(lengthPx).toBeGreaterThan(50)
    expect(lengthPx).toBeLessThanOrEqual(140.001)
  }
})

test('the table knows class and marks of an object, and grows with the ids', () => {
  const table = new ObjectTable()
  table.setObjects(
    [
      { id: 16, classId: 7, state: 'accepted' },
      { id: 100_000, classId: 9, state: 'proposed' },
    ],
    (classId) => (classId === 9 ? 2 : 1),
  )
  expect([table.classIndex(16), table.classIndex(100_000), table.classIndex(5000)]).toEqual([1, 2, 1])
  expect(table.bytes[100_000]! & TABLE.proposed).not.toBe(0)
  table.choose([100_000])
  expect(table.bytes[100_000]! & TABLE.chosen).not.toBe(0)
  table.choose([16])
  expect([table.bytes[100_000]! & TABLE.chosen, table.bytes[16]! & TABLE.chosen]).toEqual([0, TABLE.chosen])
  expect(table.classIndex(100_000)).toBe(2)
})

test('the minimap appears when not all of the plane is seen, and its middle is the middle of the plane', () => {
  const view = new Viewport(4000, 2000)
  view.resize(1000, 800, 1)
  view.fit()
  expect(minimapBox(view)).toBeNull()
  view.zoomTo(1)
  const box = minimapBox(view)!
  expect(box.width / box.height).toBeCloseTo(2, 5)
  const point = minimapPoint(view, { x: box.x + box.width / 2, y: box.y + box.height / 2 })!
  expect(point.x).toBeCloseTo(2000, 6)
  expect(point.y).toBeCloseTo(1000, 6)
  expect(minimapPoint(view, { x: 10, y: 10 })).toBeNull()
})

test('tiles are loaded a few at a time, and those that nobody wants any more are given up', async () => {
  const begun: string[] = []
  const aborted: string[] = []
  const loaded: number[] = []
  const ends = new Map<number, () => void>()
  const loader = new TileLoader<number>(
    ({ tx }, signal) => {
      begun.push(`${tx}`)
      signal.addEventListener('abort', () => aborted.push(`${tx}`))
      return new Promise((resolve) => ends.set(tx, () => resolve(tx)))
    },
    (_at, value) => loaded.push(value),
    { parallel: 2 },
  )
  loader.want(
    'view',
    [0, 1, 2].map((tx) => ({ level: 0, tx, ty: 0 })),
  )
  expect(begun).toEqual(['0', '1'])
  ends.get(0)!()
  await new Promise((resolve) => setImmediate(resolve))
  expect([begun, loaded]).toEqual([['0', '1', '2'], [0]])
  loader.want('view', [{ level: 0, tx: 2, ty: 0 }])
  expect(aborted).toEqual(['1'])
  ends.get(2)!()
  await new Promise((resolve) => setImmediate(resolve))
  expect(loaded).toEqual([0, 2])
})
