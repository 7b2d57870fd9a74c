import { expect, test } from 'vitest'
import { averagedBlur, gaussianBlur, turned } from '../../../src-main/core/study/blur.ts'
import { Random } from '../../../src-shared/random.ts'

const [width, height] = [23, 17]
const random = new Random(5)
const map = Float32Array.from({ length: width * height }, () => random.uniform())

/** By definition: every pixel of the plane mirrored without end, weighed by its distance in x and y at once. */
function bruteForce(sigmaPx: number): Float32Array {
  const fold = (index: number, size: number): number => {
    for (let at = index; ; at = at < 0 ? -at : 2 * (size - 1) - at) if (at >= 0 && at < size) return at
  }
  const reach = Math.ceil(4 * sigmaPx)
  return map.map((_, at) => {
    let [sum, weights] = [0, 0]
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigmaPx * sigmaPx))
        const [x, y] = [fold((at % width) + dx, width), fold(Math.floor(at / width) + dy, height)]
        sum += weight * map[y * width + x]!
        weights += weight
      }
    }
    return sum / weights
  })
}
const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, v, at) => Math.max(most, Math.abs(v - b[at]!)), 0)

test.each([0.7, 1.5, 4])('a blur of %s px is that of the definition, mirrored at the edges', (sigmaPx) => {
  expect(largestDifference(gaussianBlur(map, width, height, sigmaPx), bruteForce(sigmaPx))).toBeLessThan(1e-6)
})

test('no blur changes nothing', () => {
  expect(gaussianBlur(map, width, height, 0)).toEqual(map)
})

test('a blur is round: its mean over the 8 rotations and mirrors is itself', () => {
  const blurred = gaussianBlur(map, width, height, 2)
  expect(largestDifference(averagedBlur(map, width, height, 2), blurred)).toBeLessThan(1e-6)
  expect(largestDifference(map, blurred)).toBeGreaterThan(0.1)
})

test('the 8 orientations are all different, and each is turned back exactly', () => {
  const seen = new Set<string>()
  for (let orientation = 0; orientation < 8; orientation++) {
    const view = turned(map, width, height, orientation)
    expect([view.width, view.height].sort()).toEqual([height, width].sort())
    expect(view.back(view.map)).toEqual(map)
    seen.add(`${view.width} ${view.map.join()}`)
  }
  expect(seen.size).toBe(8)
})
