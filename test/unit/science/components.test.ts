import fc from 'fast-check'
import { expect, test } from 'vitest'
import { componentsOfEqualValues, connectedComponents4 } from '../../../src-shared/components.ts'

/** Flood fill from each pixel in raster order: slow, plainly correct. */
function flooded(values: ArrayLike<number>, width: number, height: number): number[] {
  const labels = new Array<number>(width * height).fill(0)
  let count = 0
  for (let start = 0; start < labels.length; start++) {
    if (!values[start] || labels[start]) continue
    labels[start] = ++count
    const stack = [start]
    while (stack.length) {
      const at = stack.pop()!
      const x = at % width
      for (const next of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (next < 0 || next >= labels.length || labels[next] || values[next] !== values[at]) continue
        labels[next] = count
        stack.push(next)
      }
    }
  }
  return labels
}

const map = (most: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
    .chain(([width, height]) =>
      fc
        .array(fc.integer({ min: 0, max: most }), { minLength: width * height, maxLength: width * height })
        .map((values) => ({ width, height, values })),
    )

test('components are those of a flood fill, numbered in raster order', () => {
  fc.assert(
    fc.property(map(1), ({ width, height, values }) => {
      const found = connectedComponents4(Uint8Array.from(values), width, height)
      expect([...found.labels]).toEqual(flooded(values, width, height))
      expect(found.count).toBe(Math.max(0, ...found.labels))
    }),
  )
})

test('components of equal values never cross a change of value', () => {
  fc.assert(
    fc.property(map(3), ({ width, height, values }) => {
      const found = componentsOfEqualValues(Uint32Array.from(values), width, height)
      expect([...found.labels]).toEqual(flooded(values, width, height))
    }),
  )
})

test('pixels that touch at a corner only are two components', () => {
  expect(connectedComponents4(Uint8Array.of(1, 0, 0, 1), 2, 2).count).toBe(2)
})

test('a comb, whose teeth meet in the last row, is one component, and a chessboard is as many as it has fields', () => {
  const comb = Uint8Array.from({ length: 101 * 40 }, (_, at) => (at >= 101 * 39 || (at % 101) % 2 === 0 ? 1 : 0))
  expect(connectedComponents4(comb, 101, 40).count).toBe(1)
  const chessboard = Uint8Array.from({ length: 200 * 100 }, (_, at) => (at + Math.floor(at / 200)) % 2)
  expect(connectedComponents4(chessboard, 200, 100).count).toBe(10_000)
})
