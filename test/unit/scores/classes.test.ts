import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { componentsOfEqualValues } from '../../../src-shared/components.ts'
import { objectScoresByClass } from '../../../src-shared/scores/class-objects.ts'
import { type ClassifiedMap, evaluateClasses } from '../../../src-shared/scores/evaluate-classes.ts'

interface Fixture {
  names: string[]
  planes: { width: number; height: number; truth: number[]; prediction: number[]; known: number[] }[]
  // biome-ignore lint/suspicious/noExplicitAny: the numbers are compared by name
  total: { pixelAccuracy: number; classes: any[] }
}
/** Made by scripts/fixtures/scores_classes.py with numpy, scipy and scikit-image. */
const { names, planes, total }: Fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/scores/classes.json', import.meta.url), 'utf8'),
)

function classified(values: number[], width: number, height: number): ClassifiedMap {
  const classes = Uint8Array.from(values)
  const objects = componentsOfEqualValues(classes, width, height).labels
  const ofObject = new Map([...objects].map((id, at) => [id, classes[at]!]))
  return { classes, objects, classOf: (id) => ofObject.get(id)! }
}

test('pixels and objects of each class agree with numpy and scipy, added up over planes with unknown parts', () => {
  const found = evaluateClasses(
    planes.map(({ width, height, truth, prediction, known }, index) => ({
      name: String(index),
      truth: classified(truth, width, height),
      prediction: classified(prediction, width, height),
      mask: Uint8Array.from(known),
    })),
    names,
  ).total
  expect(found.pixelAccuracy).toBeCloseTo(total.pixelAccuracy, 12)
  for (const [index, expected] of total.classes.entries()) {
    const { objects, ...pixels } = found.classes[index]!
    const { objects: expectedObjects, ...expectedPixels } = expected
    for (const [name, value] of Object.entries(expectedPixels)) {
      if (typeof value === 'number') expect(pixels[name as 'dice'], name).toBeCloseTo(value, 12)
    }
    for (const [name, value] of Object.entries(expectedObjects ?? {})) {
      expect(objects![name as 'seg'], `${expected.name} ${name}`).toBeCloseTo(value as number, 12)
    }
    expect(objects === undefined).toBe(index === 0)
  }
  const f1 = total.classes.slice(1).map(({ objects }) => objects.f1AtIou50)
  expect(found.meanF1AtIou50).toBeCloseTo((f1[0] + f1[1] + f1[2]) / 3, 12)
})

test('an object that is found with the wrong class is missed in its own class and invented in the other', () => {
  const map = Uint32Array.from('1122..', (digit) => Number(digit) || 0)
  const right = (id: number) => id
  const swapped = (id: number) => 3 - id
  const scores = (prediction: (id: number) => number) =>
    objectScoresByClass(map, map, { truth: right, prediction }, ['background', 'a', 'b']).map((one) => [
      one.name,
      one.matches[0]!.f1,
      one.missed,
      one.invented,
    ])
  expect(scores(right)).toEqual([
    ['a', 1, 0, 0],
    ['b', 1, 0, 0],
  ])
  expect(scores(swapped)).toEqual([
    ['a', 0, 1, 1],
    ['b', 0, 1, 1],
  ])
})

test('a class that occurs nowhere has no score and does not pull down the means', () => {
  const map = classified([0, 1, 1, 0], 4, 1)
  const { total } = evaluateClasses([{ name: 'a', truth: map, prediction: map }], ['background', 'a', 'never'])
  expect(total.classes[2]).toMatchObject({ dice: Number.NaN, truthPx: 0 })
  expect([total.meanDice, total.meanF1AtIou50]).toEqual([1, 1])
})
