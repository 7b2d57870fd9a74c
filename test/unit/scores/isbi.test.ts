import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { decode } from 'tiff'
import { beforeAll, describe, expect, test } from 'vitest'
import { connectedComponents4 } from '../../../src-shared/components.ts'
import { thinBorders } from '../../../src-shared/scores/border-thinning.ts'
import { ISBI_THRESHOLDS, type IsbiScores, isbiScores, pixelError } from '../../../src-shared/scores/isbi.ts'
import { isSimplePoint } from '../../../src-shared/scores/simple-points.ts'
import { warp } from '../../../src-shared/scores/warping.ts'
import { warpingMistakes } from '../../../src-shared/scores/warping-mistakes.ts'
import { fixtureMembranes } from './pairs.ts'

/** A drawing of cells (o) and membrane (.) as a plane of 0 and 1. */
function drawing(...rows: string[]) {
  const data = Uint8Array.from(rows.join(''), (sign) => (sign === 'o' ? 1 : 0))
  return { width: rows[0]!.length, height: rows.length, data }
}

const draw = (plane: ArrayLike<number>, width: number) =>
  (
    Array.from(plane, (value) => (value > 0 ? 'o' : '.'))
      .join('')
      .match(new RegExp(`.{${width}}`, 'g')) ?? []
  ).join('\n')

const binaryPlane = fc.integer({ min: 1, max: 9 }).chain((width) =>
  fc
    .array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 9,
    })
    .map((rows) => ({ width, height: rows.length, data: Uint8Array.from(rows.flat()) })),
)

const oracle = new URL('../../../../shared/data/oracle/isbi-metrics/', import.meta.url)
const hasOracle = existsSync(oracle)

describe.skipIf(!hasOracle)('on the reference stack of the ISBI 2012 scripts', () => {
  let scores: IsbiScores
  let itself: IsbiScores
  beforeAll(() => {
    const read = (name: string) => decode(readFileSync(new URL(name, oracle)))
    const truths = read('labels.tif').map(({ data }) => Uint8Array.from(data))
    const probabilities = read('prob.tif').map(({ data }) => Float32Array.from(data))
    const planes = truths.map((truth, z) => ({ width: 512, height: 512, truth, probability: probabilities[z]! }))
    scores = isbiScores(planes)
    const perfect = (truth: Uint8Array) => Float32Array.from(truth, (value) => value / 255)
    itself = isbiScores(
      planes.map((plane) => ({ ...plane, probability: perfect(plane.truth) })),
      [0, 0.5],
    )
  }, 120_000)

  test('the largest V_Rand and V_Info after thinning are those of the scripts', () => {
    expect(scores.best.vRand).toBeCloseTo(0.8861535367, 9)
    expect(scores.best.vInfo).toBeCloseTo(0.9390015993, 9)
    expect([scores.best.vRandThreshold, scores.best.vInfoThreshold]).toEqual([0.5, 0.5])
  })

  test('pixel error and warping error at 0.5 are those of the scripts', () => {
    const at = scores.atThresholds.find(({ threshold }) => threshold === 0.5)!
    expect(at.pixelError).toBeCloseTo(0.229412079, 8)
    expect(at.warpingError).toBeCloseTo(0.020226796, 8)
  })

  test('labels against themselves are perfect', () => {
    const { vRand, vInfo, pixelError: pixels, warpingError } = itself.best
    expect(vRand).toBeCloseTo(1, 12)
    expect(vInfo).toBeCloseTo(1, 12)
    expect([pixels, warpingError]).toEqual([0, 0])
  })
})

describe('thinning', () => {
  test.each(fixtureMembranes)('floods as an independent watershed does ($width x $height)', (membrane) => {
    for (const { threshold, thinned } of membrane.cases) {
      const isCell = Uint8Array.from(membrane.probability, (p) => (Math.fround(p) > threshold ? 1 : 0))
      expect([...thinBorders(isCell, membrane.width, membrane.height)]).toEqual(thinned)
    }
  })

  test('leaves a line between two cells and no line where there is one', () => {
    const { width, height, data } = drawing('oo.....oo', 'oo.....oo', 'oo.....oo')
    expect(draw(thinBorders(data, width, height), width)).toBe('oooo.oooo\noooo.oooo\noooo.oooo')
    const one = drawing('.......', '.oo....', '.......')
    expect(draw(thinBorders(one.data, one.width, one.height), one.width)).toBe('ooooooo\nooooooo\nooooooo')
  })

  test('makes one basin of a plane without cells', () => {
    expect([...thinBorders(new Uint8Array(6), 3, 2)]).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('never joins, splits or moves a cell', () => {
    fc.assert(
      fc.property(binaryPlane, ({ width, height, data }) => {
        const before = connectedComponents4(data, width, height)
        fc.pre(before.count > 0)
        const after = thinBorders(data, width, height)
        expect([...before.labels].map((id, pixel) => (id > 0 ? after[pixel] : 0))).toEqual([...before.labels])
        expect(new Set(after.filter((id) => id > 0)).size).toBe(before.count)
        for (let at = 0; at < after.length; at++) {
          const pairs = [(at + 1) % width > 0 ? at + 1 : -1, at + width]
          for (const next of pairs) {
            if (next > 0 && next < after.length && after[at]! > 0 && after[next]! > 0)
              expect(after[at]).toBe(after[next])
          }
        }
      }),
    )
  })
})

describe('simple points', () => {
  /** Parts of the neighbours with `value`: 4-connected ones that touch a side of the centre, or 8-connected ones. */
  function countParts(patch: Uint8Array, value: number, diagonal: boolean): number {
    const inside = [...patch.keys()].filter((i) => i !== 4 && patch[i] === value)
    const touch = (a: number, b: number) => {
      const dx = Math.abs((a % 3) - (b % 3))
      const dy = Math.abs(Math.floor(a / 3) - Math.floor(b / 3))
      return diagonal ? Math.max(dx, dy) === 1 : dx + dy === 1
    }
    const group = new Map(inside.map((i) => [i, i]))
    for (const _ of inside) {
      for (const a of inside)
        for (const b of inside) if (touch(a, b)) group.set(a, Math.min(group.get(a)!, group.get(b)!))
    }
    const roots = inside.filter((i) => diagonal || i % 2 === 1).map((i) => group.get(i))
    return new Set(roots).size
  }

  test('are those whose two topological numbers are 1, in all 512 neighbourhoods', () => {
    for (let code = 0; code < 512; code++) {
      const patch = Uint8Array.from({ length: 9 }, (_, i) => (code >> i) & 1)
      const isSimple = countParts(patch, 1, false) === 1 && countParts(patch, 0, true) === 1
      expect(isSimplePoint(patch, 4, 3), patch.join('')).toBe(isSimple)
    }
  })
})

describe('warping', () => {
  test.each(fixtureMembranes)('ends where an independent warp ends ($width x $height)', (membrane) => {
    const { width, height } = membrane
    const truth = Uint8Array.from(membrane.truth)
    const probability = Float32Array.from(membrane.probability)
    for (const { threshold, warpingError, warped } of membrane.cases) {
      const result = warp({ width, height, truth, probability }, threshold)
      expect(draw(result.warped, width)).toBe(draw(warped, width))
      expect(result.warpingError).toBeCloseTo(warpingError, 12)
    }
  })

  const judge = (truth: ReturnType<typeof drawing>, prediction: ReturnType<typeof drawing>) => {
    const probability = Float32Array.from(prediction.data)
    const { warped, mismatches, warpingError } = warp({ ...truth, truth: truth.data, probability }, 0.5)
    return { warpingError, mistakes: warpingMistakes(warped, mismatches, truth.width, truth.height) }
  }
  const none = { merges: 0, splits: 0, holesAdded: 0, holesDeleted: 0, objectsAdded: 0, objectsDeleted: 0 }

  test('forgives a border that lies elsewhere', () => {
    const moved = judge(
      drawing('.......', '.oo.oo.', '.oo.oo.', '.......'),
      drawing('.......', '.o.ooo.', '.o.ooo.', '.......'),
    )
    expect(moved).toEqual({ warpingError: 0, mistakes: none })
  })

  test('names a merge, a split, and objects too many or too few', () => {
    const two = drawing('.......', '.oo.oo.', '.oo.oo.', '.......')
    const one = drawing('.......', '.ooooo.', '.ooooo.', '.......')
    expect(judge(two, one).mistakes).toEqual({ ...none, merges: 1 })
    expect(judge(one, two).mistakes).toEqual({ ...none, splits: 1 })
    const empty = drawing('.......', '.......', '.......', '.......')
    expect(judge(one, empty).mistakes).toEqual({ ...none, objectsDeleted: 1 })
    expect(judge(empty, drawing('.......', '...o...', '.......', '.......')).mistakes).toEqual({
      ...none,
      objectsAdded: 1,
    })
  })

  test('names holes', () => {
    const full = drawing('.......', '.ooooo.', '.ooooo.', '.ooooo.', '.......')
    const hole = drawing('.......', '.ooooo.', '.oo.oo.', '.ooooo.', '.......')
    expect(judge(full, hole).mistakes).toEqual({ ...none, holesAdded: 1 })
    expect(judge(hole, full).mistakes).toEqual({ ...none, holesDeleted: 1 })
  })

  test('counts pixels of one kind that touch across a corner as one merge or one hole', () => {
    const split = drawing('ooo.', 'oo.o', 'o.oo', '.ooo')
    expect(warpingMistakes(split.data, [6, 9], 4, 4)).toEqual({ ...none, merges: 1 })
    const full = drawing('oooo', 'oooo', 'oooo', 'oooo')
    expect(warpingMistakes(full.data, [5, 10], 4, 4)).toEqual({ ...none, holesAdded: 1 })
    expect(
      warpingMistakes(
        full.data.map(() => 0),
        [5, 10],
        4,
        4,
      ),
    ).toEqual({ ...none, objectsAdded: 2 })
  })

  test('leaves unknown pixels alone and out of the count', () => {
    const truth = drawing('....', '.oo.', '....')
    const probability = new Float32Array(12)
    const mask = Uint8Array.from({ length: 12 }, (_, pixel) => (pixel === 5 || pixel === 6 ? 0 : 1))
    expect(warp({ ...truth, truth: truth.data, probability, mask }, 0.5).warpingError).toBe(0)
    expect(pixelError(truth.data, new Uint8Array(12), mask)).toBe(0)
  })
})

/** Four cells of 6 x 6 px and what was predicted: right but for one hole, and sure of nothing. */
function almostRight(): { width: number; height: number; truth: Uint8Array; probability: Float32Array } {
  const [width, height] = [16, 16]
  const isCell = (pixel: number) => [pixel % width, Math.floor(pixel / width)].every((at) => at % 8 > 0 && at % 8 < 7)
  const truth = Uint8Array.from({ length: width * height }, (_, pixel) => (isCell(pixel) ? 1 : 0))
  const probability = Float32Array.from(truth, (cell) => (cell ? 0.75 : 0.25))
  for (const row of [3, 4, 5]) probability.fill(0.05, row * width + 3, row * width + 6)
  return { width, height, truth, probability }
}

describe('the scores of a stack', () => {
  const planes = fixtureMembranes.map(({ width, height, truth, probability }) => ({
    width,
    height,
    truth: Uint8Array.from(truth),
    probability: Float32Array.from(probability),
  }))

  test('are taken at the thresholds 0 to 1 in steps of 0.1', () => {
    expect(ISBI_THRESHOLDS.map((threshold) => threshold.toFixed(6))).toEqual(
      Array.from({ length: 11 }, (_, step) => (step / 10).toFixed(6)),
    )
    expect(isbiScores(planes).atThresholds.map(({ threshold }) => threshold)).toEqual([...ISBI_THRESHOLDS])
  })

  test('are the best means over the planes, each at its own threshold', () => {
    const { best, planes: each, atThresholds } = isbiScores(planes)
    expect(best.vRand).toBe(Math.max(...atThresholds.map(({ vRand }) => vRand)))
    expect(best.vInfo).toBe(Math.max(...atThresholds.map(({ vInfo }) => vInfo)))
    expect(best.pixelError).toBe(Math.min(...atThresholds.map((at) => at.pixelError)))
    expect(best.warpingError).toBe(Math.min(...atThresholds.map(({ warpingError }) => warpingError)))
    expect(best.randError).toBe(1 - best.vRand)
    for (const score of ['vRand', 'vInfo', 'pixelError', 'warpingError'] as const) {
      expect(each.reduce((sum, plane) => sum + plane.best[score], 0) / each.length).toBeCloseTo(best[score], 12)
    }
  })

  test('agree at every threshold with the chain computed by definition in numpy', () => {
    const stored = JSON.parse(readFileSync(new URL('../../fixtures/scores/isbi.json', import.meta.url), 'utf8'))
    const { best, atThresholds } = isbiScores(planes)
    const isClose = (found: number, expected: number, name: string) => expect(found, name).toBeCloseTo(expected, 12)
    for (const [index, expected] of stored.atThresholds.entries()) {
      for (const name of ['vRand', 'vInfo', 'pixelError', 'warpingError'] as const) {
        isClose(atThresholds[index]![name], expected[name], `${name} at ${atThresholds[index]!.threshold}`)
      }
    }
    for (const name of ['vRand', 'randError', 'vInfo', 'pixelError', 'warpingError'] as const) {
      isClose(best[name], stored.best[name], name)
    }
  })

  test('have the warping error of the segmentation that V_Rand chooses, beside the least one', () => {
    const { best, atThresholds } = isbiScores([almostRight()])
    // A hole cannot be made by bending borders: its 9 pixels are left. Where all is membrane, a pixel of each cell is.
    const at = (threshold: number) => atThresholds.find((one) => Math.abs(one.threshold - threshold) < 0.01)!
    expect(at(1).warpingError).toBe(4 / 256)
    expect(best.vRandThreshold).toBeGreaterThan(0.2)
    expect(best.vRandThreshold).toBeLessThan(0.75)
    expect([best.warpingErrorAtVRand, best.warpingError]).toEqual([9 / 256, 4 / 256])
  })

  test('of a perfect prediction are perfect', () => {
    const perfect = planes.map((plane) => ({ ...plane, probability: Float32Array.from(plane.truth) }))
    expect(isbiScores(perfect).best).toMatchObject({ vRand: 1, randError: 0, pixelError: 0, warpingError: 0 })
  })
})
