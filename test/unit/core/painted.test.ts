import { expect, test } from 'vitest'
import { countPainted, type PaintedPlane, paintedGrid } from '../../../src-main/core/painted.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { type SamplePlane, teachingLabels } from '../../../src-shared/sampler-patch.ts'
import { paintedPixels } from '../../../src-shared/targets.ts'

/** A plane held in memory that counts its largest read. */
function planeOf(width: number, height: number, labelAt: (x: number, y: number) => number, isComplete = false) {
  const data = Uint32Array.from({ length: width * height }, (_, at) => labelAt(at % width, Math.floor(at / width)))
  let largest = 0
  const read = ({ x, y, w, h }: Rect): Uint32Array => {
    largest = Math.max(largest, w * h)
    return Uint32Array.from({ length: w * h }, (_, at) => data[(y + Math.floor(at / w)) * width + x + (at % w)]!)
  }
  const plane: PaintedPlane = { width, height, read, isComplete, objectClasses: { 17: 2 } }
  return { plane, largestRead: () => largest }
}

const PLAIN = { ringPx: 0, carve: false, classes: 3 }

test('painted pixels are counted by class and unpainted ones only where the plane is complete', async () => {
  const labelAt = (x: number, y: number) => (y > 0 ? 0 : [16, 16, 17, 1, 2, 3, 0][x]!)
  expect([...(await countPainted(planeOf(7, 2, labelAt).plane, PLAIN))]).toEqual([2, 2, 1])
  expect([...(await countPainted(planeOf(7, 2, labelAt, true).plane, PLAIN))]).toEqual([2 + 1 + 7, 2, 1])
})

test('held out blocks do not count', async () => {
  const { plane } = planeOf(10, 10, () => 16)
  const blocks = [
    { x: 0, y: 0, w: 5, h: 5 },
    { x: 4, y: 4, w: 2, h: 2 },
  ]
  expect([...(await countPainted(plane, PLAIN, blocks))]).toEqual([0, 100 - 25 - 3, 0])
})

test('objects of a held-out block make no background ring, also where the block ends at the edge of a window', async () => {
  // Objects on both sides of the edge at x = 512, at which windows meet; the ring reaches 4 pixels.
  const labelAt = (x: number, y: number) =>
    y < 10 || y >= 20 ? 0 : x >= 506 && x < 512 ? 16 : x >= 530 && x < 540 ? 17 : 0
  const { plane } = planeOf(700, 30, labelAt)
  const rules = { ...PLAIN, ringPx: 4 }
  const left = { x: 0, y: 0, w: 512, h: 30 }
  const only = (id: number) => planeOf(700, 30, (x, y) => (labelAt(x, y) === id ? id : 0)).plane
  expect(await countPainted(plane, rules, [left])).toEqual(await countPainted(only(17), rules))
  const right = { x: 512, y: 0, w: 188, h: 30 }
  const sampled = teachingCounts(planeOf(700, 30, labelAt).plane, [right], rules)
  expect([...(await countPainted(plane, rules, [right]))]).toEqual(sampled)
})

test('a count without a block is not taken for one with a block beside the window', async () => {
  const known = new Map<string, unknown>()
  const { plane } = planeOf(700, 30, (x) => (x >= 512 && x < 520 ? 16 : 0))
  const remembered: PaintedPlane['remembered'] = {
    plane: (_what, compute) => compute(),
    window: (window, what, compute) => {
      const key = JSON.stringify([window, what])
      if (!known.has(key)) known.set(key, compute())
      return known.get(key) as ReturnType<typeof compute>
    },
  }
  const rules = { ...PLAIN, ringPx: 4 }
  const block = { x: 512, y: 0, w: 100, h: 30 }
  expect([...(await countPainted({ ...plane, remembered }, rules))]).toEqual([8 * 30, 8 * 30, 0])
  expect([...(await countPainted({ ...plane, remembered }, rules, [block]))]).toEqual([0, 0, 0])
})

test('a large plane is read in windows and counts the same, over their borders too', async () => {
  const labelAt = (x: number, y: number) => (Math.hypot(x - 1024, y - 1020) < 60 ? 16 : 0)
  const { plane, largestRead } = planeOf(1500, 1300, labelAt)
  const [background, object] = await countPainted(plane, { ringPx: 5, carve: true, classes: 2 })
  let ring = 0
  for (let y = 0; y < 1300; y++) for (let x = 0; x < 1500; x++) if (labelAt(x, y) === 0 && isNear(x, y)) ring++
  function isNear(x: number, y: number): boolean {
    if (Math.hypot(x - 1024, y - 1020) > 66) return false
    for (let v = -5; v <= 5; v++) {
      for (let u = -5; u <= 5; u++) if (u * u + v * v <= 25 && labelAt(x + u, y + v) === 16) return true
    }
    return false
  }
  expect(background).toBe(ring)
  expect(object).toBe(countWhere(1500, 1300, (x, y) => labelAt(x, y) === 16))
  expect(largestRead()).toBeLessThan(1500 * 1300)
})

test('counting that is no longer wanted ends with the window it is at', async () => {
  for (const count of [
    (plane: PaintedPlane, signal: AbortSignal) => countPainted(plane, PLAIN, [], signal),
    (plane: PaintedPlane, signal: AbortSignal) => paintedGrid(plane, PLAIN, signal),
  ]) {
    const { plane } = planeOf(2000, 100, () => 16)
    const unwanted = new AbortController()
    const reads: Rect[] = []
    const read = (rect: Rect) => {
      reads.push(rect)
      if (reads.length === 2) unwanted.abort()
      return plane.read(rect)
    }
    await expect(count({ ...plane, read }, unwanted.signal)).rejects.toThrow(unwanted.signal.reason)
    expect(reads.map(({ x }) => x)).toEqual([0, 511])
  }
})

test('the grid tells the classes of objects from each other and from everything else painted', async () => {
  const { plane } = planeOf(40, 20, (x, y) => (x < 16 && y < 16 ? 16 : x >= 32 ? 1 : y >= 16 ? 17 : 0))
  const { columns, rows, objects, other } = await paintedGrid(plane, PLAIN)
  expect([columns, rows]).toEqual([3, 2])
  expect(objects.map((counts) => [...counts])).toEqual([
    [256, 0, 0, 0, 0, 0],
    [0, 0, 0, 4 * 16, 4 * 16, 0],
  ])
  expect([...other]).toEqual([0, 0, 8 * 16, 0, 0, 8 * 4])
})

/** Pixels of each class by what the sampler of training is given. */
function teachingCounts(plane: PaintedPlane, heldOut: Rect[], { ringPx }: { ringPx: number }): number[] {
  const { width, height, isComplete, objectClasses } = plane
  const item = { isComplete, objectClasses, heldOut } as SamplePlane['item']
  const readPixels = () => new Float32Array()
  const whole = { x: 0, y: 0, w: width, h: height }
  const labels = teachingLabels({ width, height, readPixels, readLabels: plane.read, item }, whole, ringPx)
  return [...paintedPixels(labels, width, height, plane, PLAIN)]
}

function countWhere(width: number, height: number, holds: (x: number, y: number) => boolean): number {
  let count = 0
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (holds(x, y)) count++
  return count
}
