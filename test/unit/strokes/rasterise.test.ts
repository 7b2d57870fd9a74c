import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rect } from '../../../src-shared/planes.ts'
import { areaOf, boundsOf, forEachSpan, parseStroke, rasterise, type Spans } from '../../../src-shared/strokes.ts'

const PLANE: Rect = { x: 0, y: 0, w: 60, h: 50 }

function pixelsOf(spans: Spans): Set<string> {
  const pixels = new Set<string>()
  forEachSpan(spans, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) pixels.add(`${x},${y}`)
  })
  return pixels
}

/** Distance from a point to a segment, by the textbook. */
function distanceToSegment(px: number, py: number, [ax, ay]: number[], [bx, by]: number[]): number {
  const [dx, dy] = [bx! - ax!, by! - ay!]
  const share = dx === 0 && dy === 0 ? 0 : ((px - ax!) * dx + (py - ay!) * dy) / (dx * dx + dy * dy)
  const s = Math.min(1, Math.max(0, share))
  return Math.hypot(px - ax! - s * dx, py - ay! - s * dy)
}

const distanceToPath = (x: number, y: number, path: number[][]): number =>
  path.length === 1
    ? distanceToSegment(x, y, path[0]!, path[0]!)
    : Math.min(...path.slice(1).map((to, index) => distanceToSegment(x, y, path[index]!, to)))

const coordinate = fc.double({ min: -15, max: 75, noNaN: true })
const path = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 6 })
const brush = (points: unknown, radiusPx: number) =>
  parseStroke({ id: 'a', tool: 'brush', label: 1, path: points, radiusPx }) as never

test('a brush paints exactly the pixels whose centre is within the radius of its path', () => {
  fc.assert(
    fc.property(path, fc.double({ min: 0.75, max: 20, noNaN: true }), (points, radiusPx) => {
      const painted = pixelsOf(rasterise(brush(points, radiusPx), PLANE))
      for (let y = 0; y < PLANE.h; y++) {
        for (let x = 0; x < PLANE.w; x++) {
          const distance = distanceToPath(x + 0.5, y + 0.5, points)
          if (Math.abs(distance - radiusPx) < 1e-9) continue // a tie within rounding
          expect(painted.has(`${x},${y}`), `pixel ${x},${y}`).toBe(distance <= radiusPx)
        }
      }
    }),
    { numRuns: 80 },
  )
})

test('with pressure the brush covers every disc on its way and nothing else', () => {
  const pressure = fc.double({ min: 0.1, max: 1, noNaN: true })
  const point = fc.tuple(coordinate, coordinate, pressure)
  fc.assert(
    fc.property(fc.tuple(point, point), ([a, b]) => {
      const radiusPx = 14
      const painted = pixelsOf(rasterise(brush([a, b], radiusPx), PLANE))
      const radius = (p: number) => Math.max(radiusPx * p, 0.7072)
      for (let y = 0; y < PLANE.h; y += 2) {
        for (let x = 0; x < PLANE.w; x++) {
          let least = Number.POSITIVE_INFINITY
          for (let step = 0; step <= 300; step++) {
            const s = step / 300
            const away = Math.hypot(x + 0.5 - a[0] - s * (b[0] - a[0]), y + 0.5 - a[1] - s * (b[1] - a[1]))
            least = Math.min(least, away - radius(a[2]) - s * (radius(b[2]) - radius(a[2])))
          }
          if (Math.abs(least) < 0.02) continue // closer than the sampling can tell
          expect(painted.has(`${x},${y}`), `pixel ${x},${y}`).toBe(least < 0)
        }
      }
    }),
    { numRuns: 15, endOnFailure: true },
  )
})

test('what is painted in a part of the plane does not depend on how the plane is cut into tiles', () => {
  fc.assert(
    fc.property(
      path,
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      fc.integer({ min: 1, max: 23 }),
      (points, r, side) => {
        const stroke = brush(points, r)
        const pieces = new Set<string>()
        for (let y = 0; y < PLANE.h; y += side) {
          for (let x = 0; x < PLANE.w; x += side) {
            const tile = { x, y, w: Math.min(side, PLANE.w - x), h: Math.min(side, PLANE.h - y) }
            for (const pixel of pixelsOf(rasterise(stroke, tile))) pieces.add(pixel)
          }
        }
        expect([...pieces].sort()).toEqual([...pixelsOf(rasterise(stroke, PLANE))].sort())
      },
    ),
  )
})

test('the pixel under the pointer is always painted, however small the brush', () => {
  const inside = fc.tuple(
    fc.double({ min: 0, max: 59.999, noNaN: true }),
    fc.double({ min: 0, max: 49.999, noNaN: true }),
  )
  fc.assert(
    fc.property(inside, fc.double({ min: 0.01, max: 2, noNaN: true }), ([x, y], radiusPx) => {
      const painted = pixelsOf(rasterise(brush([[x, y]], radiusPx), PLANE))
      expect(painted.has(`${Math.floor(x)},${Math.floor(y)}`)).toBe(true)
    }),
  )
})

test('a pencil line is about a pixel wide and has no gaps', () => {
  const painted = rasterise(
    brush(
      [
        [2.9, 3.1],
        [40.2, 18.7],
      ],
      0.5,
    ),
    PLANE,
  )
  const columns = new Map<number, number>()
  forEachSpan(painted, (_, x0, x1) => {
    for (let x = x0; x < x1; x++) columns.set(x, (columns.get(x) ?? 0) + 1)
  })
  expect([...columns.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 39 }, (_, index) => index + 2))
  expect(areaOf(painted)).toBeLessThanOrEqual(39 * 1.1)
})

/** Whether a point is inside, by walking around it: independent of scan lines. */
function windingNumber(px: number, py: number, points: number[][]): number {
  let turns = 0
  for (let index = 0; index < points.length; index++) {
    const [ax, ay] = points[index]!
    const [bx, by] = points[(index + 1) % points.length]!
    let angle = Math.atan2(by! - py, bx! - px) - Math.atan2(ay! - py, ax! - px)
    if (angle > Math.PI) angle -= 2 * Math.PI
    if (angle < -Math.PI) angle += 2 * Math.PI
    turns += angle
  }
  return Math.round(turns / (2 * Math.PI))
}

test('a polygon holds the pixels whose centre its outline winds around', () => {
  const corners = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 8 })
  fc.assert(
    fc.property(corners, fc.constantFrom('evenodd' as const, 'nonzero' as const), (points, rule) => {
      const stroke = parseStroke({ id: 'a', tool: 'polygon', label: 1, path: points, rule }) as never
      const painted = pixelsOf(rasterise(stroke, PLANE))
      for (let y = 0; y < PLANE.h; y += 3) {
        for (let x = 0; x < PLANE.w; x++) {
          const closed = [...points, points[0]!]
          if (distanceToPath(x + 0.5, y + 0.5, closed) < 1e-6) continue
          const turns = windingNumber(x + 0.5, y + 0.5, points)
          expect(painted.has(`${x},${y}`)).toBe(rule === 'nonzero' ? turns !== 0 : turns % 2 !== 0)
        }
      }
    }),
  )
})

test('two polygons with a common edge share no pixel and leave none out', () => {
  const stroke = (points: number[][]) => parseStroke({ id: 'a', tool: 'polygon', label: 1, path: points }) as never
  const left = rasterise(
    stroke([
      [5, 5],
      [30.5, 5],
      [20.5, 40.5],
      [5, 40.5],
    ]),
    PLANE,
  )
  const right = rasterise(
    stroke([
      [30.5, 5],
      [50, 5],
      [50, 40.5],
      [20.5, 40.5],
    ]),
    PLANE,
  )
  const both = rasterise(
    stroke([
      [5, 5],
      [50, 5],
      [50, 40.5],
      [5, 40.5],
    ]),
    PLANE,
  )
  expect(areaOf(left) + areaOf(right)).toBe(areaOf(both))
  expect(new Set([...pixelsOf(left), ...pixelsOf(right)])).toEqual(pixelsOf(both))
})

test('the bounds of runs are the smallest rectangle around them', () => {
  expect(boundsOf(rasterise(brush([[10.5, 10.5]], 2), PLANE))).toEqual({ x: 8, y: 8, w: 5, h: 5 })
  expect(boundsOf(new Int32Array())).toEqual({ x: 0, y: 0, w: 0, h: 0 })
})
