import fc from 'fast-check'
import { expect, test } from 'vitest'
import { interpolateObject, type ObjectMask, signedDistance } from '../../../src-shared/interpolate-objects.ts'

/** Masks of up to 12 x 12 pixels with at least one pixel, somewhere in a plane. */
const mask: fc.Arbitrary<ObjectMask> = fc
  .record({
    x: fc.integer({ min: -20, max: 20 }),
    y: fc.integer({ min: -20, max: 20 }),
    w: fc.integer({ min: 1, max: 12 }),
    h: fc.integer({ min: 1, max: 12 }),
  })
  .chain((rect) =>
    fc
      .uint8Array({ minLength: rect.w * rect.h, maxLength: rect.w * rect.h, max: 1 })
      .filter((data) => data.includes(1))
      .map((data) => ({ ...rect, data })),
  )

const pixelsOf = ({ x, y, w, data }: ObjectMask): string[] =>
  [...data.keys()].filter((at) => data[at]).map((at) => `${x + (at % w)} ${y + Math.floor(at / w)}`)

/** Distance from a pixel centre to the nearest pixel of the other kind, less half a pixel; by looking at all of them. */
function bruteDistance(isInside: (x: number, y: number) => boolean, x: number, y: number, reach: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let v = y - reach; v <= y + reach; v++) {
    for (let u = x - reach; u <= x + reach; u++) {
      if (isInside(u, v) !== isInside(x, y)) nearest = Math.min(nearest, Math.hypot(u - x, v - y))
    }
  }
  return isInside(x, y) ? 0.5 - nearest : nearest - 0.5
}

test('signed distances are those of a search over all pixels', () => {
  fc.assert(
    fc.property(mask, ({ w, h, data }) => {
      const signed = signedDistance(data, w, h)
      const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x < w && y < h && data[y * w + x] === 1
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) expect(signed[y * w + x]).toBeCloseTo(bruteDistance(isInside, x, y, 13), 4)
      }
    }),
    { numRuns: 60 },
  )
})

test('the object between is where the blend of both signed distances is negative, centroids aligned', () => {
  fc.assert(
    fc.property(mask, mask, fc.constantFrom(0.25, 0.5, 0.8), (from, to, share) => {
      const [one, other] = [from, to].map(pixelsOf).map((list) => new Set(list)) as [Set<string>, Set<string>]
      const centre = (set: Set<string>) => {
        const points = [...set].map((text) => text.split(' ').map(Number) as [number, number])
        const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length
        return [mean(0), mean(1)] as const
      }
      const [a, b] = [centre(one), centre(other)]
      const here = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share] as const
      const shift = (to: readonly [number, number]) =>
        [Math.round(here[0] - to[0]), Math.round(here[1] - to[1])] as const
      const [moveOne, moveOther] = [shift(a), shift(b)]
      const inOne = (x: number, y: number) => one.has(`${x - moveOne[0]} ${y - moveOne[1]}`)
      const inOther = (x: number, y: number) => other.has(`${x - moveOther[0]} ${y - moveOther[1]}`)
      const found = new Set(pixelsOf(interpolateObject(from, to, share)))
      const [cx, cy] = [Math.round(here[0]), Math.round(here[1])]
      for (let y = cy - 13; y <= cy + 13; y++) {
        for (let x = cx - 13; x <= cx + 13; x++) {
          if (!inOne(x, y) && !inOther(x, y)) {
            expect(found.has(`${x} ${y}`)).toBe(false) // both distances are positive
            continue
          }
          const blend = bruteDistance(inOne, x, y, 28) * (1 - share) + bruteDistance(inOther, x, y, 28) * share
          if (Math.abs(blend) > 1e-4) expect(found.has(`${x} ${y}`)).toBe(blend < 0)
        }
      }
    }),
    { numRuns: 25 },
  )
})

test('at both ends it is the object itself', () => {
  fc.assert(
    fc.property(mask, mask, (from, to) => {
      expect(pixelsOf(interpolateObject(from, to, 0)).sort()).toEqual(pixelsOf(from).sort())
      expect(pixelsOf(interpolateObject(from, to, 1)).sort()).toEqual(pixelsOf(to).sort())
    }),
  )
})

test('an object that moves further than it is wide does not vanish half-way', () => {
  const square = (x: number): ObjectMask => ({ x, y: 0, w: 4, h: 4, data: new Uint8Array(16).fill(1) })
  const middle = interpolateObject(square(0), square(100), 0.5)
  expect(pixelsOf(middle).sort()).toEqual(pixelsOf(square(50)).sort())
})

test('without pixels there is nothing between', () => {
  const empty: ObjectMask = { x: 3, y: 3, w: 2, h: 2, data: new Uint8Array(4) }
  expect(interpolateObject(empty, empty, 0.5).w).toBe(0)
})
