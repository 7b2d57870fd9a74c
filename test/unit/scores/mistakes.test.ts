import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rect } from '../../../src-shared/planes.ts'
import { contingency } from '../../../src-shared/scores/contingency.ts'
import { matchedPairs } from '../../../src-shared/scores/matching.ts'
import { boxesOf, findMistakes, MISTAKE_KINDS, type PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import { objectScores } from '../../../src-shared/scores/objects.ts'
import { addTallies, scoresOfTally, tallyOf } from '../../../src-shared/scores/tally.ts'
import { truthOfLabels } from '../../../src-shared/scores/truth.ts'
import { smallMaps } from './pairs.ts'

interface Fixture {
  width: number
  height: number
  truth: number[]
  prediction: number[]
  mask: number[]
  mistakes: PlacedMistake[]
  counted: { matches: number; sumOfIou: number; wrongPx: number; knownPx: number }
}
const fixtures: Fixture[] = JSON.parse(
  readFileSync(new URL('../../fixtures/scores/mistakes.json', import.meta.url), 'utf8'),
)
const mapsOf = ({ truth, prediction, mask }: Fixture) =>
  [Uint32Array.from(truth), Uint32Array.from(prediction), { mask: Uint8Array.from(mask) }] as const

/** A map of one row: a digit is an id, a dot is background. */
const row = (text: string) => Uint32Array.from(text, (sign) => (sign === '.' ? 0 : Number(sign)))
const known = (text: string) => Uint8Array.from(text, (sign) => (sign === '?' ? 0 : 1))
const inOrder = (found: readonly PlacedMistake[]) =>
  found
    .map(({ truth, prediction, ...rest }) => ({
      ...rest,
      truth: [...truth].sort((a, b) => a - b),
      prediction: [...prediction].sort((a, b) => a - b),
    }))
    .sort((a, b) =>
      JSON.stringify([a.kind, a.truth, a.prediction]).localeCompare(JSON.stringify([b.kind, b.truth, b.prediction])),
    )

describe('numpy, going by the definition, object against object,', () => {
  test.each(fixtures)('finds the same mistakes, sizes and places ($width x $height)', (fixture) => {
    const [truth, prediction, mask] = mapsOf(fixture)
    const found = findMistakes(truth, prediction, fixture.width, mask)
    expect(inOrder(found)).toEqual(inOrder(fixture.mistakes))
  })
  test.each(fixtures)('counts the same matches and pixels ($width x $height)', (fixture) => {
    const { sumOfIou, ...counts } = fixture.counted
    const [truth, prediction, mask] = mapsOf(fixture)
    const tally = tallyOf(truth, prediction, mask)
    expect(tally).toMatchObject(counts)
    expect(tally.sumOfIou).toBeCloseTo(sumOfIou, 10)
  })
  test('the fixtures hold each kind of mistake', () => {
    const kinds = new Set(fixtures.flatMap(({ mistakes }) => mistakes.map(({ kind }) => kind)))
    expect(kinds).toEqual(new Set(MISTAKE_KINDS))
  })
})

test('the largest mistake comes first', () => {
  const sizes = findMistakes(row('1.22.333'), row('........'), 8).map(({ sizePx }) => sizePx)
  expect(sizes).toEqual([3, 2, 1])
})

test('one prediction may swallow more objects than a call takes arguments', () => {
  const truth = Uint32Array.from({ length: 200_000 }, (_, index) => index + 1)
  const [merger, ...others] = findMistakes(truth, new Uint32Array(200_000).fill(1), 500)
  expect(others).toEqual([])
  expect(merger).toEqual({
    ...{ kind: 'merged', truth: [...truth], prediction: [1], sizePx: 199_999 },
    box: { x: 0, y: 0, w: 500, h: 400 },
  })
})

test('a mistake lies in the box around all of its objects', () => {
  const truth = row(['11111111.', '.........'].join(''))
  const prediction = row(['2222.333.', '.....3...'].join(''))
  expect(findMistakes(truth, prediction, 9)).toEqual([
    { kind: 'split', truth: [1], prediction: [2, 3], sizePx: 4, box: { x: 0, y: 0, w: 8, h: 2 } },
  ])
})

test('predictions in unpainted places are no inventions, unless the plane is complete; unknown never counts', () => {
  const painted = Uint32Array.from([16, 16, 0, 0, 0, 0, 3, 3])
  const prediction = row('11..22.4')
  const kindsOf = (isComplete: boolean) => {
    const { objects, mask } = truthOfLabels(painted, { isComplete })
    return findMistakes(objects, prediction, 8, { mask }).map(({ kind, prediction }) => [kind, ...prediction])
  }
  expect(kindsOf(false)).toEqual([])
  expect(kindsOf(true)).toEqual([['invented', 2]])
})

test('half of a prediction known is enough to judge it, less is not', () => {
  expect(findMistakes(row('....'), row('.22.'), 4, { mask: known('..??') })).toMatchObject([{ kind: 'invented' }])
  expect(findMistakes(row('....'), row('.222'), 4, { mask: known('..??') })).toEqual([])
})

test('no object is left out and none is blamed without cause, whatever the maps', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction, mask }) => {
      const found = findMistakes(truth, prediction, truth.length, { mask })
      const table = contingency(truth, prediction, { mask })
      const matches = matchedPairs(table)
      const named = (side: 'truth' | 'prediction') =>
        new Set([
          ...found.flatMap((mistake) => mistake[side]),
          ...matches.map((match) => (side === 'truth' ? table.truthIds : table.predictionIds)[match[side]]!),
        ])
      const present = new Set([...truth].filter((id, at) => id > 0 && mask[at] === 1))
      expect(named('truth')).toEqual(present)
      for (const id of new Set([...prediction].filter((value) => value > 0))) {
        const whole = prediction.filter((value) => value === id).length
        const inKnown = prediction.filter((value, at) => value === id && mask[at] === 1).length
        if (2 * inKnown >= whole) expect(named('prediction')).toContain(id)
      }
      for (const { kind, truth: t, prediction: p, sizePx } of found) {
        expect([t.length, p.length].map((count) => Math.min(count, 2))).toEqual(
          { missed: [1, 0], invented: [0, 1], split: [1, 2], merged: [2, 1] }[kind],
        )
        expect(sizePx).toBeGreaterThan(0)
      }
    }),
  )
})

test('the list is as long as the counts of the scores', () => {
  fc.assert(
    fc.property(smallMaps, ({ truth, prediction, mask }) => {
      const found = findMistakes(truth, prediction, truth.length, { mask })
      const counts = Object.fromEntries(MISTAKE_KINDS.map((of) => [of, found.filter(({ kind }) => kind === of).length]))
      expect(objectScores(truth, prediction, { mask })).toMatchObject(counts)
    }),
  )
})

test('boxes are those of trying every pixel', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }), (values) => {
      const map = Uint32Array.from(values)
      const expected = new Map<number, Rect>()
      for (const id of new Set(values.filter((value) => value > 0))) {
        const at = values.flatMap((value, index) => (value === id ? [index] : []))
        const [xs, ys] = [at.map((index) => index % 6), at.map((index) => Math.floor(index / 6))]
        const [x, y] = [Math.min(...xs), Math.min(...ys)]
        expected.set(id, { x, y, w: Math.max(...xs) - x + 1, h: Math.max(...ys) - y + 1 })
      }
      expect(boxesOf(map, 6)).toEqual(expected)
    }),
  )
})

test('planes that are judged together are one plane in two parts', () => {
  const [one, two] = fixtures.map((fixture) => tallyOf(...mapsOf(fixture)))
  const together = scoresOfTally(addTallies([one!, two!]))
  const [a, b] = fixtures.map(mapsOf)
  const joined = (index: 0 | 1) =>
    Uint32Array.from([...a![index], ...b![index].map((id) => (id === 0 ? 0 : id + 1000))])
  const mask = Uint8Array.from([...a![2].mask, ...b![2].mask])
  const whole = objectScores(joined(0), joined(1), { mask })
  const [at] = whole.matches
  expect(together.f1).toBeCloseTo(at!.f1, 12)
  expect(together.precision).toBeCloseTo(at!.precision, 12)
  expect(together.recall).toBeCloseTo(at!.recall, 12)
  expect(together.seg).toBeCloseTo(whole.seg, 12)
})
