import { describe, expect, test } from 'vitest'
import { LABEL } from '../../../src-shared/labels.ts'
import { classScores } from '../../../src-shared/scores/classes.ts'
import { evaluate, rawTable } from '../../../src-shared/scores/evaluate.ts'
import { isbiScores } from '../../../src-shared/scores/isbi.ts'
import { objectScores } from '../../../src-shared/scores/objects.ts'
import { randInformation } from '../../../src-shared/scores/rand-information.ts'
import { truthOfLabels } from '../../../src-shared/scores/truth.ts'
import { fixtureMembranes, fixturePairs } from './pairs.ts'

const instancePlanes = fixturePairs.map(({ width, height, truth, prediction }, index) => ({
  name: `image ${index}`,
  width,
  height,
  truth,
  labels: prediction,
}))

const membranePlanes = fixtureMembranes.map(({ width, height, truth, probability, cases }, index) => ({
  name: `slice ${index}`,
  width,
  height,
  truth: truth.map((value) => value * 255),
  labels: cases[1]!.warped,
  probability: Float32Array.from(probability),
}))

test('instances get the raw scores of each image and their means', () => {
  const { planes, mean } = evaluate(instancePlanes, { kind: 'instances' })
  const each = fixturePairs.map((pair) => {
    const truth = Uint32Array.from(pair.truth)
    const labels = Uint32Array.from(pair.prediction)
    return { rand: randInformation(truth, labels), objects: objectScores(truth, labels) }
  })
  expect(planes.map(({ name }) => name)).toEqual(['image 0', 'image 1', 'image 2'])
  expect(planes.map(({ raw }) => raw!.objects)).toEqual(each.map(({ objects }) => objects))
  expect(planes.map(({ raw }) => raw!.vRand)).toEqual(each.map(({ rand }) => rand.vRand))
  expect(mean.raw!.vRand).toBeCloseTo(each.reduce((sum, { rand }) => sum + rand.vRand, 0) / 3, 12)
  expect(mean.raw!.randError).toBeCloseTo(1 - mean.raw!.vRand!, 12)
  expect([mean.thinned, mean.pixels]).toEqual([undefined, undefined])
})

describe('membranes', () => {
  test('keep raw and thinned scores in sections of their own', () => {
    const { planes, mean } = evaluate(membranePlanes, { kind: 'membranes', foreground: 255 })
    const thinned = isbiScores(
      membranePlanes.map((plane) => ({ ...plane, truth: Uint8Array.from(plane.truth, (value) => value / 255) })),
    )
    expect(mean.thinned).toEqual(thinned.best)
    expect(planes.map((plane) => plane.thinned)).toEqual(thinned.planes)
    expect(mean.pixels!.pixelError).toBeCloseTo(thinned.atThresholds[5]!.pixelError, 12)
    expect(planes[0]!.raw!.vRand).not.toBe(planes[0]!.thinned!.best.vRand)
  })

  test('take the named value as cell', () => {
    const inverted = membranePlanes.map((plane) => ({ ...plane, truth: plane.truth.map((value) => 255 - value) }))
    expect(evaluate(inverted, { kind: 'membranes', foreground: 0 })).toEqual(
      evaluate(membranePlanes, { kind: 'membranes', foreground: 255 }),
    )
  })

  test('have no thinned scores without probabilities and no raw ones without labels', () => {
    const labelsOnly = membranePlanes.map(({ probability: _, ...plane }) => plane)
    expect(Object.keys(evaluate(labelsOnly, { kind: 'membranes' }).mean)).toEqual(['raw'])
    const probabilitiesOnly = membranePlanes.map(({ labels: _, ...plane }) => plane)
    expect(Object.keys(evaluate(probabilitiesOnly, { kind: 'membranes' }).mean)).toEqual(['thinned', 'pixels'])
  })
})

test('a predicted map is taken by its ids, also where it has only one', () => {
  const truth = [1, 1, 0, 2, 2]
  const of = (labels: number[]) =>
    evaluate([{ name: 'a', width: 5, height: 1, truth, labels }], { kind: 'instances' }).planes[0]!.raw!
  expect(of([7, 7, 0, 7, 7]).vRandMerge).toBe(0.5)
  expect(of([7, 7, 0, 9, 9]).vRand).toBe(1)
  expect(of([7, 7, 9, 9, 9]).vRand).toBe(1)
  expect(of([7, 7, 9, 7, 7]).vRandMerge).toBe(0.5)
})

test('what cannot be said about one image is left out of the means', () => {
  const empty = { name: 'empty', width: 2, height: 1, truth: [0, 0], labels: [0, 0] }
  const found = { name: 'found', width: 2, height: 1, truth: [1, 0], labels: [1, 0] }
  const { planes, mean } = evaluate([empty, found], { kind: 'instances' })
  expect(planes[0]!.raw!.vRand).toBeNaN()
  expect(mean.raw).toMatchObject({ vRand: 1, meanF1: 1, pixelError: 0 })
})

test('the mean SEG is over the true objects of all images', () => {
  const plane = (truth: number[], labels: number[]) => ({ name: 'a', width: truth.length, height: 1, truth, labels })
  const crowded = plane([1, 0, 2, 0, 3], [1, 0, 2, 0, 3])
  const lonely = plane([1, 1], [0, 0])
  const invented = plane([0, 0], [1, 1])
  expect(evaluate([crowded, lonely, invented], { kind: 'instances' }).mean.raw!.seg).toBe(3 / 4)
  expect(evaluate([invented], { kind: 'instances' }).mean.raw!.seg).toBeNaN()
})

test('the table of raw scores holds numbers only, V_Rand first', () => {
  const { raw } = evaluate(instancePlanes, { kind: 'instances' }).planes[0]!
  const table = rawTable(raw!)
  expect(Object.keys(table)[0]).toBe('vRand')
  expect(Object.values(table).every((value) => typeof value === 'number')).toBe(true)
  expect(table.f1AtIou50).toBe(raw!.objects.matches[0]!.f1)
})

describe('class maps', () => {
  test('are scored class by class', () => {
    const truth = [0, 0, 1, 1, 2, 2, 2, 0]
    const prediction = [0, 1, 1, 1, 2, 2, 0, 0]
    const scores = classScores(truth, prediction, ['background', 'cell', 'nucleus', 'debris'])
    expect(scores.classes.map(({ iou }) => iou)).toEqual([2 / 4, 2 / 3, 2 / 3, Number.NaN])
    expect(scores.classes[1]).toEqual({
      index: 1,
      name: 'cell',
      truthPx: 2,
      predictedPx: 3,
      iou: 2 / 3,
      dice: 4 / 5,
      precision: 2 / 3,
      recall: 1,
    })
    expect(scores.pixelAccuracy).toBe(6 / 8)
    expect(scores.meanIou).toBeCloseTo((2 / 4 + 2 / 3 + 2 / 3) / 3, 12)
  })

  test('leave unknown pixels out and refuse classes without a name', () => {
    const mask = Uint8Array.from([1, 1, 0])
    expect(classScores([0, 1, 1], [0, 1, 0], ['background', 'cell'], mask).pixelAccuracy).toBe(1)
    expect(() => classScores([0, 2], [0, 1], ['background', 'cell'])).toThrow()
  })
})

describe('an annotated label map', () => {
  const { unpainted, background, boundary, ignore } = LABEL
  const labels = Uint32Array.from([unpainted, background, boundary, ignore, 16, 99])

  test('is known where it was painted', () => {
    expect(truthOfLabels(labels, { isComplete: false })).toEqual({
      objects: Uint32Array.from([0, 0, 0, 0, 16, 99]),
      mask: Uint8Array.from([0, 1, 1, 0, 1, 1]),
    })
  })

  test('is known everywhere but in ignored pixels when it is complete', () => {
    expect([...truthOfLabels(labels, { isComplete: true }).mask]).toEqual([1, 1, 1, 0, 1, 1])
  })
})
