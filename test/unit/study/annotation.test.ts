import { describe, expect, test } from 'vitest'
import { PAINTED_BY, type PaintedBy, partOf } from '../../../src-main/core/study/annotation.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { Random } from '../../../src-shared/random.ts'

const [width, height] = [160, 120]

/** Discs of background, ids from 16, on a grid: nothing touches. */
function discs(): Uint32Array {
  const map = new Uint32Array(width * height).fill(LABEL.background)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = [Math.floor(x / 20), Math.floor(y / 20)]
      if (Math.hypot(x - column * 20 - 10, y - row * 20 - 10) < 6) map[y * width + x] = 16 + row * 8 + column
    }
  }
  return map
}
const truth = discs()
const count = (map: Uint32Array, isCounted: (label: number) => boolean) =>
  map.reduce((n, label) => n + (isCounted(label) ? 1 : 0), 0)
const painted = (map: Uint32Array) => count(map, (label) => label !== LABEL.unpainted)
const part = (by: PaintedBy, share: number, seed = 1) => partOf(truth, width, height, { share, by }, new Random(seed))

describe.each(PAINTED_BY)('by %s', (by) => {
  test('at least the share is painted, and not much more', () => {
    for (const share of [0.05, 0.1, 0.5, 0.9]) {
      const found = painted(part(by, share)) / truth.length
      expect(found).toBeGreaterThanOrEqual(share)
      expect(found).toBeLessThan(share + (by === 'strokes' ? 0.12 : 0.03)) // one stroke is a ninth of this small plane
    }
  })

  test('what is painted is the truth, and everything is painted when all is asked for', () => {
    const found = part(by, 0.3)
    for (const [at, label] of found.entries()) if (label !== LABEL.unpainted) expect(label).toBe(truth[at])
    expect(part(by, 1)).toEqual(truth)
  })

  test('a seed gives the same paint again, another seed other paint', () => {
    expect(part(by, 0.2, 3)).toEqual(part(by, 0.2, 3))
    expect(part(by, 0.2, 3)).not.toEqual(part(by, 0.2, 4))
  })

  test('it is painted in few pieces, not in scattered pixels', () => {
    const found = part(by, 0.15)
    let borders = 0
    for (let at = 0; at < found.length - 1; at++) {
      if ((at + 1) % width > 0 && (found[at] === 0) !== (found[at + 1] === 0)) borders++
    }
    // Scattered pixels would change nearly twice for each painted one.
    expect(borders).toBeLessThan(painted(found) / 5)
  })
})

test('by objects, objects are painted whole with what is nearest to them', () => {
  const found = part('objects', 0.25)
  const ids = new Set(found.filter((label) => label >= 16))
  expect(ids.size).toBeGreaterThan(5)
  for (const id of ids) expect(count(found, (label) => label === id)).toBe(count(truth, (label) => label === id))
  // A 20 x 20 cell of the grid belongs to each disc; only pixels as near to two discs may go either way.
  expect(Math.abs(painted(found) - ids.size * 400)).toBeLessThan(ids.size * 45)
})

test('by groups, objects are painted whole, and most of them beside another one', () => {
  const found = part('groups', 0.32)
  const ids = new Set(found.filter((label) => label >= 16))
  for (const id of ids) expect(count(found, (label) => label === id)).toBe(count(truth, (label) => label === id))
  // 16 of 48 discs in two groups of 8: each has a painted one to its left or right, or above or below.
  const lonely = [...ids].filter((id) => ![1, -1, 8, -8].some((step) => ids.has(id + step)))
  expect(ids.size).toBeGreaterThanOrEqual(15)
  expect(lonely).toEqual([])
})

test('by strokes, both objects and background are painted', () => {
  const found = part('strokes', 0.4)
  expect(count(found, (label) => label === LABEL.background)).toBeGreaterThan(1000)
  expect(count(found, (label) => label >= 16)).toBeGreaterThan(300)
})
