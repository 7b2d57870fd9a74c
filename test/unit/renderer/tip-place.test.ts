import { expect, test } from 'vitest'
import { tipPlace } from '../../../src-renderer/components/tip-place.ts'

const WINDOW = { width: 1024, height: 768 }
const anchorAt = (left: number, top: number) => ({ left, top, width: 28, height: 28, bottom: top + 28 })

test('a tooltip lies under the middle of what it explains, 6 px below', () => {
  expect(tipPlace(anchorAt(500, 100), { width: 128, height: 24 }, WINDOW)).toEqual({ x: 450, y: 134 })
})

test('it lies above where there is no room below', () => {
  expect(tipPlace(anchorAt(500, 735), { width: 128, height: 24 }, WINDOW).y).toBe(735 - 6 - 24)
})

test('wherever its control is, all of it is inside the window, 6 px from the edges', () => {
  for (const [left, top] of [0, 200, 996, 1010].flatMap((x) => [0, 300, 740, 760].map((y) => [x, y] as const))) {
    for (const tip of [
      { width: 40, height: 24 },
      { width: 322, height: 80 },
    ]) {
      const { x, y } = tipPlace(anchorAt(left, top), tip, WINDOW)
      expect(x).toBeGreaterThanOrEqual(6)
      expect(y).toBeGreaterThanOrEqual(6)
      expect(x + tip.width).toBeLessThanOrEqual(1018)
      expect(y + tip.height).toBeLessThanOrEqual(762)
    }
  }
})
