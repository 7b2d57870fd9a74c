import { expect, test } from 'vitest'
import { type ReadinessSummary, readiness } from '../../../src-shared/readiness.ts'

const image = { name: 'a.tif', objects: 12, paintedPixels: [9000, 4000] }
const ready: ReadinessSummary = {
  classNames: ['background', 'nucleus'],
  ringPx: 0,
  training: [image, { ...image, name: 'b.tif' }],
  validationPlanes: 1,
  validationObjects: 4,
}
const said = (change: Partial<ReadinessSummary>) => {
  const { canStart, problems } = readiness({ ...ready, ...change })
  return { canStart, problems: problems.map(({ severity, sentence }) => `${severity}: ${sentence}`) }
}

test('two painted images with background and a held-out block have no problem', () => {
  expect(readiness(ready)).toEqual({ canStart: true, problems: [] })
})

test('objects without background and ring are refused with the three remedies', () => {
  const { canStart, problems } = said({ training: [{ ...image, paintedPixels: [0, 4000] }] })
  expect(canStart).toBe(false)
  expect(problems[0]).toMatch(
    /^blocks: .*paint some background, mark the plane complete, or switch the background ring on/,
  )
})

test('with a ring that finds no room the sentence does not ask for a ring', () => {
  const { canStart, problems } = said({ ringPx: 8, training: [{ ...image, paintedPixels: [0, 4000] }] })
  expect(canStart).toBe(false)
  expect(problems[0]).not.toMatch(/switch/)
})

test('nothing painted, only background, and no image at all are refused', () => {
  expect(said({ training: [{ ...image, objects: 0, paintedPixels: [0, 0] }] })).toEqual({
    canStart: false,
    problems: ['blocks: nothing is painted yet; paint a few objects first.'],
  })
  expect(said({ training: [{ ...image, objects: 0, paintedPixels: [70, 0] }] })).toEqual({
    canStart: false,
    problems: ['blocks: only background is painted; paint a few objects first.'],
  })
  expect(said({ training: [] }).canStart).toBe(false)
})

test('one object, one image, a class without examples and no validation are warnings that let training start', () => {
  const { canStart, problems } = said({
    classNames: ['background', 'nucleus', 'debris', 'dust'],
    training: [{ ...image, objects: 1, paintedPixels: [90000, 4000, 0, 5] }],
    validationPlanes: 0,
    validationObjects: 0,
  })
  expect(canStart).toBe(true)
  expect(problems).toHaveLength(5)
  expect(problems.every((problem) => problem.startsWith('warns: '))).toBe(true)
  expect(problems.join(' ')).toMatch(/one object.*one image.*"debris" has no painted.*"dust" is less.*validation/)
})

test('a few objects are counted in the warning, and held-out images without objects are named', () => {
  const { problems } = said({
    training: [
      { ...image, objects: 2 },
      { ...image, objects: 1 },
    ],
    validationObjects: 0,
  })
  expect(problems[0]).toMatch(/only 3 objects/)
  expect(problems[1]).toMatch(/show no painted object/)
})

test('weights of a run with another number of classes let training start, and it is said what is lost', () => {
  const fromClassNames = ['background', 'nucleus', 'debris']
  expect(said({ fromClassNames })).toEqual({
    canStart: true,
    problems: [
      'warns: the run to start from was taught 2 classes and the project has 1 now; its last layer is learnt anew, the rest is taken over.',
    ],
  })
  expect(said({ fromClassNames: fromClassNames.slice(0, 2) }).problems).toEqual([])
})

test('weights that have learned what the run is scored on let training start, and it is said what the score is worth', () => {
  expect(said({ hasSeenHeldOut: true })).toEqual({
    canStart: true,
    problems: [
      'warns: the run to start from has learned from places that this run is scored on, so the score will be too good; paint an image that it has not seen and give it the validation role.',
    ],
  })
  expect(said({ hasSeenHeldOut: false }).problems).toEqual([])
})

test('more classes than a network can tell apart are refused, however much is painted', () => {
  const named = (count: number) => ['background', ...Array.from({ length: count }, (_, index) => `class ${index + 1}`)]
  const painted = (count: number) => [{ ...image, paintedPixels: named(count).map(() => 900) }]
  expect(said({ classNames: named(31), training: painted(31) }).canStart).toBe(true)
  const { canStart, problems } = said({ classNames: named(35), training: painted(35) })
  expect([canStart, problems[0]]).toEqual([
    false,
    'blocks: the project has 35 classes and a network can tell 31 apart; make a project in which several of them have one name.',
  ])
})
