import fc from 'fast-check'
import { expect, test } from 'vitest'
import { levelsOf, Viewport } from '../../../src-renderer/annotator/viewport.ts'

const viewport = (planeWidth = 512, planeHeight = 400) => {
  const view = new Viewport(planeWidth, planeHeight)
  view.resize(800, 600, 2)
  view.fit()
  return view
}

test('zooming keeps the pixel under the cursor where it is', () => {
  const inside = fc.record({
    x: fc.double({ min: 300, max: 500, noNaN: true }),
    y: fc.double({ min: 200, max: 400, noNaN: true }),
  })
  fc.assert(
    fc.property(inside, fc.double({ min: 0.8, max: 6, noNaN: true }), (at, factor) => {
      const view = viewport()
      const before = view.toPlane(at)
      view.zoomBy(factor, at)
      const after = view.toPlane(at)
      expect(after.x).toBeCloseTo(before.x, 6)
      expect(after.y).toBeCloseTo(before.y, 6)
    }),
  )
})

test('screen and plane coordinates are inverse to each other', () => {
  const view = viewport()
  view.zoomBy(3.7, { x: 120, y: 333 })
  const there = view.toPlane({ x: 17.5, y: 401 })
  const back = view.toScreen(there)
  expect(back.x).toBeCloseTo(17.5, 9)
  expect(back.y).toBeCloseTo(401, 9)
})

test('fit shows the whole plane, in the middle', () => {
  const view = viewport(4000, 300)
  expect(view.showsAll).toBe(true)
  expect(view.toScreen({ x: 2000, y: 150 })).toEqual({ x: 400, y: 300 })
})

test('actual size is one image pixel per device pixel', () => {
  const view = viewport(4000, 3000)
  view.actualSize()
  const [a, b] = [view.toScreen({ x: 10, y: 10 }), view.toScreen({ x: 11, y: 10 })]
  expect((b.x - a.x) * view.devicePixelRatio).toBeCloseTo(1, 9)
})

test('panning moves the plane with the hand and never loses it', () => {
  const view = viewport()
  const before = view.toScreen({ x: 256, y: 200 })
  view.panBy(30, -12)
  expect(view.toScreen({ x: 256, y: 200 }).x).toBeCloseTo(before.x + 30, 9)
  view.panBy(1e6, 1e6)
  const { w, h } = view.visible
  expect(w * view.zoom).toBeGreaterThan(40)
  expect(h * view.zoom).toBeGreaterThan(40)
})

test('a rectangle that is shown lies wholly on screen', () => {
  const view = viewport(5000, 5000)
  const rect = { x: 4000, y: 100, w: 300, h: 50 }
  view.show(rect)
  const { visible } = view
  expect(visible.x).toBeLessThanOrEqual(rect.x)
  expect(visible.x + visible.w).toBeGreaterThanOrEqual(rect.x + rect.w)
  expect(view.zoom).toBeGreaterThan(1)
})

test('zoomed out, the level has no more than two pixels for each device pixel', () => {
  const view = viewport(20_000, 20_000)
  const levels = levelsOf(20_000, 20_000)
  expect(levels).toBe(8)
  for (const zoom of [1, 0.5, 0.26, 0.25, 0.1, 0.03]) {
    view.zoomTo(zoom)
    const scale = view.scale * 2 ** view.levelFor(levels)
    expect(scale).toBeGreaterThan(0.5)
    if (view.levelFor(levels) > 0) expect(scale).toBeLessThanOrEqual(1.0001)
  }
})
