import { expect, test } from 'vitest'
import { alreadyPainted, decidedByPaint } from '../../../src-shared/already-painted.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { Random } from '../../../src-shared/random.ts'

const OTHERS = [LABEL.unpainted, LABEL.background, LABEL.boundary, 99]

/** By trying every proposed object against every painted one, pixel by pixel. */
function byTrying(proposed: Uint32Array, painted: Uint32Array): number[] {
  const ids = [...new Set(proposed)].filter((id) => id !== 0)
  const objects = [...new Set(painted)].filter((label) => label >= LABEL.firstObject)
  return ids
    .filter((id) => {
      const pixels = [...proposed.keys()].filter((at) => proposed[at] === id)
      return objects.some((label) => pixels.filter((at) => painted[at] === label).length * 10 >= pixels.length * 9)
    })
    .sort((a, b) => a - b)
}

test('an object is in the annotation when one painted object covers nine tenths of it', () => {
  const proposed = Uint32Array.from({ length: 60 }, (_, at) => Math.floor(at / 10) + 1)
  const painted = Uint32Array.from([
    ...[16, 16, 16, 16, 16, 16, 16, 16, 16, 0], // nine of ten
    ...[17, 17, 17, 17, 17, 17, 17, 17, 0, 0], // eight of ten
    ...[18, 18, 18, 18, 18, 19, 19, 19, 19, 19], // two halves
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], // background
    ...[2, 2, 2, 3, 3, 3, 2, 2, 2, 2], // boundary and unknown
    ...[20, 20, 20, 20, 20, 20, 20, 20, 20, 20],
  ])
  expect([...alreadyPainted(proposed, painted)].sort()).toEqual([1, 6])
})

test('an object is decided when less than half is free of what no painted object covers', () => {
  const proposed = Uint32Array.from({ length: 100 }, (_, at) => Math.floor(at / 10) + 1)
  const painted = Uint32Array.from([
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], // rejected
    ...[1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
    ...[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], // accepting takes the other half
    ...[16, 16, 16, 16, 16, 16, 1, 1, 1, 1], // rejected where a painted object lay in it
    ...[16, 16, 16, 16, 16, 16, 1, 0, 0, 0],
    ...[16, 16, 16, 16, 16, 16, 0, 0, 0, 0],
    ...[17, 17, 17, 17, 17, 18, 18, 18, 18, 18], // nothing is left to write
    ...[2, 2, 3, 3, 1, 1, 0, 0, 0, 0], // boundary and unknown are painted, too
    ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[19, 19, 19, 19, 19, 19, 19, 19, 19, 0],
  ])
  expect(decidedByPaint(proposed, painted)).toEqual({
    inAnnotation: new Set([4, 7, 10]),
    asNoObject: new Set([1, 2, 8]),
  })
})

test('on random maps it is what trying every pair of objects finds', () => {
  const random = new Random(7)
  let found = 0
  for (let round = 0; round < 40; round++) {
    const proposed = Uint32Array.from({ length: 400 }, (_, at) => (at % 40 < 34 ? Math.floor(at / 40) + 1 : 0))
    const painted = proposed.map((id) => {
      if (random.chance(0.05 * (id % 4))) return OTHERS[random.integer(OTHERS.length)]!
      return id === 0 ? LABEL.background : 15 + Math.ceil(id / 2)
    })
    const expected = byTrying(proposed, painted)
    found += expected.length
    expect([...alreadyPainted(proposed, painted)].sort((a, b) => a - b)).toEqual(expected)
  }
  expect(found).toBeGreaterThan(50)
  expect(found).toBeLessThan(350)
})
