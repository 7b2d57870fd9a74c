import { expect, test } from 'vitest'
import { philox, Random } from '../../../src-shared/random.ts'

const block = (counter: [number, number, number, number], key: [number, number]) => {
  const out = new Uint32Array(4)
  philox(out, counter, key)
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join(' ')
}

test('Philox-4x32-10 gives the known answers of its authors', () => {
  const all = 0xffffffff
  expect(block([0, 0, 0, 0], [0, 0])).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
  expect(block([all, all, all, all], [all, all])).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
  expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toBe(
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  )
})

const draws = (of: Random, count = 8) => Array.from({ length: count }, () => of.uint32())

test('the same seed, step and stream draw the same numbers; a change of any draws others', () => {
  expect(draws(new Random(7, 3, 2, 1))).toEqual(draws(new Random(7, 3, 2, 1)))
  const others = [
    new Random(8, 3, 2, 1),
    new Random(7 + 2 ** 32, 3, 2, 1),
    new Random(7, 4, 2, 1),
    new Random(7, 3, 3, 1),
    new Random(7, 3, 2, 0),
  ]
  for (const other of others) expect(draws(other)).not.toEqual(draws(new Random(7, 3, 2, 1)))
})

test('moments of normal and uniform numbers are those of their distributions', () => {
  const random = new Random(1)
  const count = 200_000
  const moments = [0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const z = random.normal(2)
    for (let k = 0; k < 4; k++) moments[k]! += z ** (k + 1) / count
  }
  expect(moments[0]).toBeCloseTo(0, 1)
  expect(moments[1]! / 4).toBeCloseTo(1, 1)
  expect(moments[3]! / 48).toBeCloseTo(1, 1) // E z^4 = 3 sigma^4
  let sum = 0
  for (let i = 0; i < count; i++) {
    const value = random.uniform(-1, 3)
    if (value < -1 || value >= 3) throw new Error(`${value} is out of range`)
    sum += value / count
  }
  expect(sum).toBeCloseTo(1, 1)
})

test('whole numbers are equally likely', () => {
  const random = new Random(5)
  const counts = new Array<number>(7).fill(0)
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]!++
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})
