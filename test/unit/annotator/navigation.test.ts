import { expect, test } from 'vitest'
import { Navigation } from '../../../src-renderer/annotator/navigation.ts'
import type { Point } from '../../../src-renderer/annotator/viewport.ts'

function aView(pointer: Point | null = null) {
  let changes = 0
  const navigation = new Navigation(
    () => changes++,
    () => pointer,
  )
  navigation.resize(400, 300, 1)
  navigation.open({ width: 1000, height: 500 })
  return { navigation, changes: () => changes }
}

test('another plane of the same size is seen as the one before, one of another size as a whole', () => {
  const { navigation } = aView()
  navigation.view = { zoom: 3, centre: { x: 100, y: 90 } }
  navigation.open({ width: 1000, height: 500 })
  expect(navigation.view).toEqual({ zoom: 3, centre: { x: 100, y: 90 } })
  navigation.open({ width: 800, height: 500 })
  expect(navigation.viewport.visible).toEqual({ x: 0, y: 0, w: 800, h: 500 })
})

test('what lies under the pointer stays there while one zooms', () => {
  const { navigation } = aView({ x: 300, y: 200 })
  const before = navigation.viewport.toPlane({ x: 300, y: 200 })
  navigation.zoomBy(2)
  const after = navigation.viewport.toPlane({ x: 300, y: 200 })
  expect(after.x).toBeCloseTo(before.x, 9)
  expect(after.y).toBeCloseTo(before.y, 9)
})

test('a jump to a place keeps the zoom, unless the place is too small to see or does not fit', () => {
  const { navigation } = aView()
  navigation.view = { zoom: 2, centre: { x: 500, y: 250 } }
  navigation.jumpTo({ x: 100, y: 100, w: 40, h: 40 })
  expect(navigation.view).toEqual({ zoom: 2, centre: { x: 120, y: 120 } })
  navigation.jumpTo({ x: 200, y: 200, w: 2, h: 2 })
  expect(navigation.view.zoom).toBeGreaterThan(2)
  navigation.jumpTo({ x: 0, y: 0, w: 900, h: 400 })
  expect(navigation.view.zoom).toBeLessThan(1)
})

test('a jump to a place that is seen whole moves nothing; one cut by the edge is centred', () => {
  const { navigation } = aView()
  navigation.view = { zoom: 2, centre: { x: 500, y: 250 } } // seen: 400..600, 175..325
  navigation.jumpTo({ x: 401, y: 176, w: 40, h: 40 })
  expect(navigation.view.centre).toEqual({ x: 500, y: 250 })
  navigation.jumpTo({ x: 399, y: 176, w: 40, h: 40 })
  expect(navigation.view.centre).toEqual({ x: 419, y: 196 })
})

test('after a jump a side of the plane that fits the canvas is seen whole, in the middle', () => {
  const { navigation } = aView()
  navigation.view = { zoom: 0.5, centre: { x: 150, y: 100 } } // seen: 800 across of 1000, all 500 down
  navigation.jumpTo({ x: 900, y: 20, w: 60, h: 60 })
  expect(navigation.view.centre).toEqual({ x: 930, y: 250 })
})

test('every change of the view is told once', () => {
  const { navigation, changes } = aView()
  const before = changes()
  navigation.fit()
  navigation.actualSize()
  navigation.zoomBy(1.5)
  expect(changes()).toBe(before + 3)
})
