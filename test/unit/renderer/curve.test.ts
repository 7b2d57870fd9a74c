import { expect, test } from 'vitest'
import { addEvent, curveOf, emptyCurve, smoothed, thinned } from '../../../src-renderer/state/curve.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'

const step = (at: number, energy: number, seconds = 0.5): RunEvent => ({
  type: 'step',
  step: at,
  energy,
  learningRate: 0.001,
  seconds,
})
const OBJECTS = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: true, regrowPx: 1 }
const validation = (at: number, score: number): RunEvent => ({
  type: 'validation',
  step: at,
  energy: 1 - score,
  score,
  objects: OBJECTS,
})

test('a resumed run takes back the steps after its checkpoint', () => {
  const curve = curveOf([step(1, 4), step(2, 3), validation(2, 0.4), step(3, 2), step(4, 1)])
  addEvent(curve, step(2, 2.5))
  addEvent(curve, step(3, 2.2))
  expect(curve.steps).toEqual([1, 2, 3])
  expect(curve.energies).toEqual([4, 2.5, 2.2])
  expect(curve.validationSteps).toEqual([])
})

test('a run that goes on from a checkpoint stands there before its first step', () => {
  const curve = curveOf([step(1, 4), step(2, 3), step(3, 2), validation(3, 0.4)])
  addEvent(curve, { type: 'state', state: 'stopped', step: 2 })
  expect(curve.steps).toEqual([1, 2, 3])
  addEvent(curve, { type: 'state', state: 'running', step: 2 })
  expect([curve.steps, curve.validationSteps]).toEqual([[1, 2], []])
})

test('the pace begins as it was measured and follows the steps', () => {
  const planned: RunEvent = {
    type: 'planned',
    steps: 100,
    secondsPerStep: 2,
    device: 'tensorflow',
    label: 'here',
    memoryBytes: 5,
  }
  const curve = curveOf([planned])
  expect(curve.secondsPerStep).toBe(2)
  for (let at = 1; at <= 60; at++) addEvent(curve, step(at, 1, 1))
  expect(curve.secondsPerStep).toBeGreaterThan(1)
  expect(curve.secondsPerStep).toBeLessThan(1.01)
  expect(emptyCurve().secondsPerStep).toBeUndefined()
})

test('smoothing is a weighted mean of what came so far', () => {
  const past = 0.8
  const values = [5, 1, 4, 4, 2]
  const expected = values.map((_, end) => {
    const weights = values.slice(0, end + 1).map((_, at) => past ** (end - at))
    const sum = weights.reduce((all, weight, at) => all + weight * values[at]!, 0)
    return sum / weights.reduce((all, weight) => all + weight, 0)
  })
  for (const [at, value] of smoothed(values, past).entries()) expect(value).toBeCloseTo(expected[at]!, 12)
  expect(smoothed(values, 0)).toEqual(values)
})

test('thinning keeps the highest and the lowest value and the order', () => {
  const steps = Array.from({ length: 10_000 }, (_, at) => at)
  const values = steps.map((at) => Math.sin(at / 50) + (at === 7321 ? 40 : 0) - (at === 15 ? 30 : 0))
  const [thinSteps, thinValues] = thinned(steps, values, 200)
  expect(thinSteps.length).toBeLessThanOrEqual(200)
  expect(Math.max(...thinValues)).toBe(Math.max(...values))
  expect(Math.min(...thinValues)).toBe(Math.min(...values))
  expect(thinSteps).toEqual([...thinSteps].sort((a, b) => a - b))
  expect(thinValues).toEqual(thinSteps.map((at) => values[at]))
})

test('a curve of very many steps keeps some thousands of them, its spikes, its validations and its newest step', () => {
  const curve = emptyCurve()
  const energyAt = (at: number) => (at === 777 ? 90 : at === 31_002 ? -5 : 1 / at)
  for (let at = 1; at <= 60_000; at++) {
    addEvent(curve, step(at, energyAt(at)))
    if (at % 10_000 === 0) addEvent(curve, validation(at, 0.5))
  }
  expect(curve.steps.length).toBeGreaterThan(4000)
  expect(curve.steps.length).toBeLessThanOrEqual(10_000)
  expect(curve.energies).toEqual(curve.steps.map(energyAt))
  expect([curve.steps[0], curve.steps.at(-1), ...[777, 31_002].filter((at) => curve.steps.includes(at))]).toEqual([
    ...[1, 60_000, 777, 31_002],
  ])
  expect(curve.validationSteps).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  addEvent(curve, { type: 'state', state: 'running', step: 25_000 })
  expect(curve.steps.at(-1)).toBeLessThanOrEqual(25_000)
})
