import { expect, test } from 'vitest'
import { countColumns, typicalWindow } from '../../../src-main/engine/best-window.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { Random } from '../../../src-shared/random.ts'

const [WIDTH, HEIGHT, SIDE_PX] = [320, 256, 96]

/** Which pixels a window looks at, to whole cells of 32 px, as an oracle by counting. */
const sharesBy = (isObject: (x: number, y: number) => boolean, isAnnotated: (x: number, y: number) => boolean) => {
  const shareIn = ({ x, y, w, h }: Rect) => {
    let [objects, annotated] = [0, 0]
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        if (isAnnotated(column, row)) annotated++
        if (isObject(column, row)) objects++
      }
    }
    return { annotated, share: objects / Math.max(1, annotated) }
  }
  const found = typicalWindow(WIDTH, HEIGHT, SIDE_PX, (strip, cellPx) => {
    const counted = (is: (x: number, y: number) => boolean) =>
      countColumns(strip, cellPx, (x, y) => is(strip.x + x, strip.y + y))
    return { objects: counted(isObject), annotated: counted(isAnnotated) }
  })
  return { found, shareIn }
}

test('the window is that whose share of objects is nearest to that of the whole, by trying all', () => {
  for (const seed of [1, 2, 3]) {
    const random = new Random(seed)
    const discs = Array.from({ length: 12 }, () => ({
      x: random.uniform(0, WIDTH),
      y: random.uniform(0, HEIGHT),
      radius: random.uniform(8, 50),
    }))
    const isObject = (x: number, y: number) => discs.some((disc) => Math.hypot(x - disc.x, y - disc.y) < disc.radius)
    const { found, shareIn } = sharesBy(isObject, () => true)
    const whole = shareIn({ x: 0, y: 0, w: WIDTH, h: HEIGHT }).share
    const offset = (rect: Rect) => Math.abs(shareIn(rect).share - whole)
    for (let y = 0; y + SIDE_PX <= HEIGHT; y += 32) {
      for (let x = 0; x + SIDE_PX <= WIDTH; x += 32) {
        expect(offset(found)).toBeLessThanOrEqual(offset({ x, y, w: SIDE_PX, h: SIDE_PX }) + 1e-12)
      }
    }
  }
})

test('inside one large object there is nothing to get wrong, and no window is put there', () => {
  const isObject = (x: number, y: number) => x < 200 || (x + y) % 8 < 4
  const { found, shareIn } = sharesBy(isObject, () => true)
  expect(shareIn(found).share).toBeLessThan(0.95)
})

test('a typical place that is hardly annotated is passed over', () => {
  const isAnnotated = (x: number, y: number) => (x >= 160 && x < 280 && y < 128) || (x + y) % 40 === 0
  const isObject = (x: number, y: number) => isAnnotated(x, y) && x % 3 === 0
  const { found, shareIn } = sharesBy(isObject, isAnnotated)
  expect(shareIn(found).annotated).toBeGreaterThan(0.85 * SIDE_PX ** 2)
})

test('what is smaller than the window is seen whole', () => {
  const none = () => ({ objects: new Uint32Array(4), annotated: new Uint32Array(4) })
  expect(typicalWindow(80, 60, 96, none)).toEqual({ x: 0, y: 0, w: 80, h: 60 })
})
