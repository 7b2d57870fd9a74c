import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterparts } from '../../../src-shared/scores/counterparts.ts'
import { smallMaps } from './pairs.ts'

/** Pixel by pixel; [object of b, object of a], by taking the best pair that is left again and again. */
function byTrying(a: Uint32Array, b: Uint32Array): [number, number][] {
  const idsOf = (map: Uint32Array) => [...new Set(map)].filter((id) => id !== 0).sort((x, y) => x - y)
  const iou = (ofA: number, ofB: number) => {
    const places = [...a.keys()]
    const both = places.filter((at) => a[at] === ofA && b[at] === ofB).length
    return both / places.filter((at) => a[at] === ofA || b[at] === ofB).length
  }
  const found: [number, number][] = []
  let [leftA, leftB] = [idsOf(a), idsOf(b)]
  for (;;) {
    let best = { iou: 0, ofA: 0, ofB: 0 }
    for (const ofA of leftA) {
      for (const ofB of leftB) if (iou(ofA, ofB) > best.iou) best = { iou: iou(ofA, ofB), ofA, ofB }
    }
    if (best.iou < 0.1) return found
    found.push([best.ofB, best.ofA])
    leftA = leftA.filter((id) => id !== best.ofA)
    leftB = leftB.filter((id) => id !== best.ofB)
  }
}

test('of two halves of a cell the larger one is the cell, the other stands for none', () => {
  const a = Uint32Array.from([5, 5, 5, 5, 5, 0, 7, 7])
  const b = Uint32Array.from([1, 1, 1, 2, 2, 0, 3, 0])
  expect([...counterparts(a, b)].sort()).toEqual([
    [1, 5],
    [3, 7],
  ])
})

test('two cells that touch in a pixel are not one', () => {
  const a = Uint32Array.from({ length: 20 }, (_, at) => (at <= 10 ? 4 : 0))
  const b = Uint32Array.from({ length: 20 }, (_, at) => (at >= 10 ? 9 : 0))
  expect(counterparts(a, b).size).toBe(0)
})

test('on any two maps it is what trying every pair finds, the best first', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction }) => {
      const [a, b] = [Uint32Array.from(truth), Uint32Array.from(prediction)]
      expect([...counterparts(a, b)].sort()).toEqual(byTrying(a, b).sort())
    }),
    { numRuns: 300 },
  )
})
