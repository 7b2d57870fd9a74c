import fc from 'fast-check'
import { expect, test } from 'vitest'
import { objectsFromProbabilities } from '../../../src-shared/objects.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { objectsByDefinition } from './objects-by-definition.ts'

const thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
const plans: fc.Arbitrary<ObjectsPlan> = fc.record({
  threshold: fc.constantFrom(...thresholds),
  seedThreshold: fc.constantFrom(...thresholds),
  minimumAreaPx: fc.constantFrom(0, 2, 5),
  fillHoles: fc.boolean(),
  regrowPx: fc.constantFrom(0, 0.5, 1, 1.5, 2, 3, 10, 64),
})

/** Maps of `most` pixels a side at most, of anything from specks to solid; in tenths, so that thresholds are met exactly. */
const maps = (most: number) =>
  fc
    .record({
      width: fc.integer({ min: 1, max: most }),
      height: fc.integer({ min: 1, max: most }),
      weights: fc.constantFrom([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0, 0, 0, 0, 0, 0, 7, 9], [9, 9, 9, 9, 8, 7, 5, 0]),
    })
    .chain(({ width, height, weights }) =>
      fc
        .array(fc.constantFrom(...weights), { minLength: width * height, maxLength: width * height })
        .map((tenths) => ({ width, height, foreground: Float32Array.from(tenths, (value) => value / 10) })),
    )

test('objects are those of the definition, pixel for pixel, whatever the map and the plan', () => {
  fc.assert(
    fc.property(maps(22), plans, (plane, plan) => {
      const found = objectsFromProbabilities(plane.foreground, plane.width, plane.height, plan)
      expect([...found]).toEqual(objectsByDefinition(plane, plan))
    }),
    { numRuns: 600 },
  )
})

test('nothing shows where one band of rows ends and the next begins', () => {
  const [width, height] = [9, 1100]
  const foreground = Float32Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    const isObject = (x * 7 + y * 13) % 61 < 4 || (x === 4 && y % 97 < 60)
    return isObject ? 0.9 - ((x + y) % 5) / 20 : 0.1
  })
  for (const regrowPx of [1, 3, 7, 600]) {
    const plan = { threshold: 0.5, seedThreshold: 0.85, minimumAreaPx: 2, fillHoles: true, regrowPx }
    const found = objectsFromProbabilities(foreground, width, height, plan)
    expect([...found]).toEqual(objectsByDefinition({ foreground, width, height }, plan))
  }
})

test('an object grows by the whole distance wherever it lies in a tall plane', () => {
  const plan = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 5 }
  for (let row = 500; row < 530; row++) {
    const foreground = new Float32Array(540)
    foreground[row] = 1
    const grown = objectsFromProbabilities(foreground, 1, 540, plan)
    expect([grown.indexOf(1), grown.lastIndexOf(1)]).toEqual([row - 5, row + 5])
  }
})

test('two seeds at the ends of a long meander share it, however often it turns', () => {
  const side = 41
  const foreground = Float32Array.from({ length: side * side }, (_, at) => {
    const [x, y] = [at % side, Math.floor(at / side)]
    return y % 2 === 0 || x === (y % 4 === 1 ? side - 1 : 0) ? 0.6 : 0
  })
  foreground[0] = 0.9
  foreground[foreground.length - 1] = 0.9
  const plan = { threshold: 0.5, seedThreshold: 0.8, minimumAreaPx: 0, fillHoles: true, regrowPx: 1 }
  const found = objectsFromProbabilities(foreground, side, side, plan)
  expect([...found]).toEqual(objectsByDefinition({ foreground, width: side, height: side }, plan))
  expect(new Set(found)).toEqual(new Set([1, 2])) // regrowth by one pixel fills the gaps between the turns
})
