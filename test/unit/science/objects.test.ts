import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectedComponents4 } from '../../../src-shared/components.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { DEFAULT_OBJECTS, objectsFromProbabilities } from '../../../src-shared/objects.ts'
import { chooseObjectsPlan } from '../../../src-shared/objects-search.ts'
import { Random } from '../../../src-shared/random.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { validationScore } from '../../../src-shared/scores/objects.ts'
import { storedCase } from './label-maps.ts'

const plain: ObjectsPlan = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 0 }

/** Probabilities from digits: 7 is 0.7; rows as strings. */
const map = (...rows: string[]) => ({
  foreground: Float32Array.from(rows.join(''), (digit) => Number(digit) / 10),
  width: rows[0]!.length,
  height: rows.length,
})
const objects = (of: ReturnType<typeof map>, plan: Partial<ObjectsPlan>): string[] => {
  const labels = objectsFromProbabilities(of.foreground, of.width, of.height, { ...plain, ...plan })
  return Array.from({ length: of.height }, (_, y) => labels.slice(y * of.width, (y + 1) * of.width).join(''))
}

const probabilities = fc
  .tuple(fc.integer({ min: 1, max: 18 }), fc.integer({ min: 1, max: 18 }))
  .chain(([width, height]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: width * height, maxLength: width * height })
      .map((digits) => ({ width, height, foreground: Float32Array.from(digits, (digit) => digit / 10) })),
  )

test('with one threshold objects are the 4-connected components at or above it', () => {
  fc.assert(
    fc.property(probabilities, fc.integer({ min: 1, max: 9 }), ({ width, height, foreground }, tenths) => {
      const threshold = tenths / 10
      const found = objectsFromProbabilities(foreground, width, height, {
        ...plain,
        threshold,
        seedThreshold: threshold,
      })
      const mask = Uint8Array.from(foreground, (p) => (Math.round(p * 10) >= tenths ? 1 : 0))
      expect([...found]).toEqual([...connectedComponents4(mask, width, height).labels])
    }),
  )
})

test('two seeds divide a component along the valley between them', () => {
  expect(objects(map('998765789', '987654689'), { seedThreshold: 0.8 })).toEqual(['111112222', '111110222'])
})

test('a component without a seed is an object only when it reaches half-way to the seed threshold', () => {
  expect(objects(map('5680650990'), { seedThreshold: 0.9 })).toEqual(['1110000220'])
})

test('every seed stays one object that contains it, and nothing below the threshold is taken', () => {
  fc.assert(
    fc.property(probabilities, ({ width, height, foreground }) => {
      const found = objectsFromProbabilities(foreground, width, height, {
        ...plain,
        threshold: 0.4,
        seedThreshold: 0.8,
      })
      const isSeed = Uint8Array.from(foreground, (p) => (Math.round(p * 10) >= 8 ? 1 : 0))
      const seeds = connectedComponents4(isSeed, width, height)
      const objectOfSeed = new Map<number, number>()
      seeds.labels.forEach((seed, at) => {
        if (Math.round(foreground[at]! * 10) < 4) expect(found[at]).toBe(0)
        if (seed === 0) return
        expect(found[at]).toBe(objectOfSeed.get(seed) ?? found[at])
        objectOfSeed.set(seed, found[at]!)
      })
      expect(new Set(objectOfSeed.values()).size).toBe(seeds.count)
    }),
  )
})

test('objects are numbered 1..n, each of them 4-connected and of the smallest size, whatever the plan', () => {
  const plans = fc.record({
    threshold: fc.constantFrom(0.2, 0.5),
    seedThreshold: fc.constantFrom(0.2, 0.5, 0.8),
    minimumAreaPx: fc.constantFrom(0, 3, 6),
    fillHoles: fc.boolean(),
    regrowPx: fc.constantFrom(0, 1, 1.5, 3),
  })
  fc.assert(
    fc.property(probabilities, plans, ({ width, height, foreground }, plan) => {
      const found = objectsFromProbabilities(foreground, width, height, plan)
      const ids = [...new Set(found)].filter((id) => id > 0)
      expect(ids).toEqual(ids.map((_, index) => index + 1))
      for (const id of ids) {
        const own = found.map((other) => (other === id ? 1 : 0))
        expect(connectedComponents4(Uint8Array.from(own), width, height).count).toBe(1)
        expect(own.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(plan.minimumAreaPx)
      }
    }),
    { numRuns: 300 },
  )
})

test('objects below the minimum size disappear', () => {
  expect(objects(map('9909', '9009'), { minimumAreaPx: 3 })).toEqual(['1100', '1000'])
})

test('a hole is filled when one object alone encloses it', () => {
  const ring = map('999990', '900090', '909090', '900090', '999990')
  expect(objects(ring, { fillHoles: true })).toEqual(['111110', '100010', '102010', '100010', '111110'])
  expect(objects(map('9999', '9009', '9999', '0000'), { fillHoles: true })).toEqual(['1111', '1111', '1111', '0000'])
})

test('background that leaks to the outside through a corner is no hole', () => {
  expect(objects(map('9990', '9099', '9900'), { fillHoles: true })).toEqual(['1110', '1011', '1100'])
})

test('what two objects enclose together stays background', () => {
  const enclosed = map('99999', '90009', '00000', '90009', '99999')
  expect(objects(enclosed, { fillHoles: true })).toEqual(['11111', '10001', '00000', '20002', '22222'])
  const between = map('999888', '900008', '999888')
  expect(objects(between, { seedThreshold: 0.9, fillHoles: true })).toEqual(['111111', '111111', '111111'])
})

test('objects regrow to the nearest one within the distance, and meet without merging', () => {
  expect(objects(map('90000009'), { regrowPx: 2 })).toEqual(['11100222'])
  expect(objects(map('900009'), { regrowPx: 9 })).toEqual(['111222'])
  expect(objects(map('000', '090', '000'), { regrowPx: 1 })).toEqual(['010', '111', '010'])
})

test('regrown objects cover what carving took from touching nuclei, but for the pixels next to a corner', () => {
  const { labels, width, height } = storedCase('nuclei')
  const foreground = Float32Array.from(labels, (id, at) => {
    if (id < 16) return 0.1
    const isEdge = [at - 1, at + 1, at - width, at + width].some((other) => (labels[other] ?? id) < id)
    return isEdge ? 0.2 : 0.9
  })
  const areaOf = (plan: ObjectsPlan) =>
    objectsFromProbabilities(foreground, width, height, plan).reduce((sum, id) => sum + (id > 0 ? 1 : 0), 0)
  const truth = labels.reduce((sum, id) => sum + (id >= 16 ? 1 : 0), 0)
  expect(areaOf({ ...plain, regrowPx: 0 })).toBeLessThan(0.98 * truth)
  expect(Math.abs(areaOf({ ...plain, regrowPx: 1 }) / truth - 1)).toBeLessThan(0.2)
})

/** Nuclei whose probability falls off towards the edge, with faint specks: 0.3 is the true outline. */
function blurredNuclei() {
  const { labels, width, height, d1 } = storedCase('nuclei')
  const foreground = Float32Array.from(labels, (id, at) => {
    const isSpeck = at % 611 === 0
    return id >= 16 ? (at % 7 === 0 ? 0.35 : 0.8) : isSpeck ? 0.6 : d1[at]! < 3 ? 0.25 : 0.05
  })
  return { width, height, foreground, truth: labels, isComplete: true }
}

test('the chosen plan scores what it says and no less than the default', () => {
  const plane = blurredNuclei()
  const { objects: plan, score } = chooseObjectsPlan([plane], validationScore)
  const truth = plane.truth.map((id) => (id >= 16 ? id : 0))
  const scoreOf = (of: ObjectsPlan) =>
    validationScore(truth, objectsFromProbabilities(plane.foreground, plane.width, plane.height, of), {})
  expect(score).toBeCloseTo(scoreOf(plan), 12)
  expect(score).toBeGreaterThan(scoreOf(DEFAULT_OBJECTS) + 0.02)
  expect(plan.threshold).toBeGreaterThan(0.25)
  expect(plan.threshold).toBeLessThanOrEqual(0.35)
  expect(plan.minimumAreaPx).toBeGreaterThan(1)
})

test('no threshold does better, with no regrowth, with little or with much', () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const plane = softDiscs(seed)
    const { score } = chooseObjectsPlan([plane], validationScore)
    const truth = plane.truth.map((id) => (id >= 16 ? id : 0))
    for (const regrowPx of [0, 1, 4, 64]) {
      for (const threshold of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) {
        const plan = { ...DEFAULT_OBJECTS, threshold, seedThreshold: threshold, regrowPx }
        const found = objectsFromProbabilities(plane.foreground, plane.width, plane.height, plan)
        expect(score, JSON.stringify({ seed, plan })).toBeGreaterThanOrEqual(validationScore(truth, found, {}))
      }
    }
  }
})

/** Discs in pairs with a gap of some pixels, their probability falling off over some pixels, at another height for each seed. */
function softDiscs(seed: number) {
  const [width, height] = [96, 64]
  const random = new Random(seed)
  const discs = Array.from({ length: 6 }, (_, index) => {
    const radius = random.uniform(5, 8)
    const [column, row] = [index % 3, Math.floor(index / 3)]
    return { x: 16 + column * 32 + random.uniform(-3, 3), y: 16 + row * 32, radius, gap: random.uniform(2, 4) }
  }).flatMap(({ x, y, radius, gap }) => [
    { x: x - radius / 2 - gap / 2, y, radius: radius / 2 + 1 },
    { x: x + radius / 2 + gap / 2, y, radius: radius / 2 + 1 },
  ])
  const [softness, middle] = [random.uniform(0.2, 0.8), random.uniform(-0.5, 0.5)]
  const truth = new Uint32Array(width * height).fill(1)
  const foreground = new Float32Array(width * height)
  for (let at = 0; at < truth.length; at++) {
    for (const [index, disc] of discs.entries()) {
      const outside = Math.hypot((at % width) + 0.5 - disc.x, Math.floor(at / width) + 0.5 - disc.y) - disc.radius
      if (outside < 0) truth[at] = 16 + index
      foreground[at] = Math.max(foreground[at]!, 1 / (1 + Math.exp(outside / softness - middle)))
    }
  }
  return { width, height, foreground, truth, isComplete: true }
}

test('the choice is the same every time, and searching around it finds nothing worse', () => {
  const planes = [blurredNuclei()]
  const first = chooseObjectsPlan(planes, validationScore)
  expect(chooseObjectsPlan(planes, validationScore)).toEqual(first)
  const again = chooseObjectsPlan(planes, validationScore, { start: first.objects })
  expect(again.score).toBeGreaterThanOrEqual(first.score)
})

test('what is unpainted in the truth does not count against a plan', () => {
  const seen: number[] = []
  const plane = { ...map('9990', '0000'), truth: Uint32Array.of(16, 16, 0, 0, 1, 3, 2, 0), isComplete: false }
  chooseObjectsPlan([plane], (truth, _, { mask }) => {
    expect([...truth]).toEqual([16, 16, 0, 0, 0, 0, 0, 0])
    seen.push(...mask)
    return 1
  })
  expect(seen.slice(0, 8)).toEqual([1, 1, 0, 0, 1, 0, 1, 0])
})

/** Four discs of radius 5 in a square of 40 pixels, one of them cut to a sliver by the left edge, and specks nobody painted. */
function cutNuclei() {
  const [width, height] = [40, 40]
  const middles = [
    [-4.5, 8],
    [20, 10],
    [12, 28],
    [32, 30],
  ] as const
  const at = (index: number) => [index % width, Math.floor(index / width)] as const
  const isIn = (index: number, [x, y]: readonly [number, number]) => Math.hypot(at(index)[0] - x, at(index)[1] - y) <= 5
  const truth = Uint32Array.from({ length: width * height }, (_, index) => {
    const place = middles.findIndex((middle) => isIn(index, middle))
    return place < 0 ? 0 : LABEL.firstObject + place
  })
  const foreground = Float32Array.from(truth, (label, index) => {
    const [x, y] = at(index)
    const isSpeck = x % 10 === 5 && y % 10 === 4 && truth[index] === 0
    return label > 0 || isSpeck ? 0.9 : 0.05
  })
  return { width, height, foreground, truth, isComplete: true }
}

test('an object that the edge of a held-out part cuts is not too small, so the smallest area still drops specks', () => {
  const plane = cutNuclei()
  const asWhole = chooseObjectsPlan([plane], validationScore)
  const asPart = chooseObjectsPlan([{ ...plane, isPart: true }], validationScore)
  expect(asPart.score).toBeCloseTo(1, 12)
  expect(asPart.objects.minimumAreaPx).toBeGreaterThan(1)
  expect(asWhole.score).toBeLessThan(1) // a whole plane has to choose: specks or the sliver
})

/** Many nuclei that are found as they are, and a few specks that somebody took for nuclei. */
function nucleiAndDust(dust: number) {
  const [width, height] = [400, 400]
  const truth = new Uint32Array(width * height)
  let id = LABEL.firstObject
  for (let y = 2; y < height - 10; y += 10) {
    for (let x = 2; x < width - 10; x += 10, id++) {
      const side = id - LABEL.firstObject < dust ? 2 : 8
      for (let at = 0; at < side * side; at++) truth[(y + Math.floor(at / side)) * width + x + (at % side)] = id
    }
  }
  return {
    width,
    height,
    foreground: Float32Array.from(truth, (label) => (label > 0 ? 0.9 : 0.1)),
    truth,
    isComplete: true,
  }
}

test('a small object more or less does not decide about the smallest area, many of them do', () => {
  expect(chooseObjectsPlan([nucleiAndDust(1)], validationScore).objects.minimumAreaPx).toBe(8)
  expect(chooseObjectsPlan([nucleiAndDust(60)], validationScore).objects.minimumAreaPx).toBeLessThanOrEqual(4)
})
