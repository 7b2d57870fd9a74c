import { expect, test } from 'vitest'
import { plotOf } from '../../../src-main/core/study/plot-files.ts'
import { summarize } from '../../../src-main/core/study/summary.ts'
import { resultsOf, studyOf, studyText } from './studies.ts'
import { parseXml } from './xml.ts'

test('a curve that names no prediction goes through the first one of each arm alone', () => {
  const curve = { kind: 'curve', title: 'By images', score: 'raw.vRand', axis: 'images' }
  const study = studyOf({
    splits: [1, 2].map((images) => ({ ...studyText.splits[0], name: `all-${images}`, at: images })),
    arms: [{ ...studyText.arms[0], predictions: [{ name: 'single' }, { name: 'averaged', average: true }] }],
    plots: [curve, { ...curve, prediction: 'averaged' }],
  })
  const results = resultsOf(study, ({ split, seed }) => ({ 'raw.vRand': seed / 10 + split.at! / 100 })).map((one) => {
    const single = one.predictions.single!
    return { ...one, predictions: { single, averaged: { ...single, scores: { 'raw.vRand': 0.9 } } } }
  })
  const summary = summarize(study, results, { minutes: 5 })
  const dots = study.plots.map((plan) =>
    parseXml(plotOf(plan, study, summary)!).filter(({ name }) => name === 'circle'),
  )
  expect(dots.map((ofPlot) => ofPlot.length)).toEqual([6, 6])
  expect(new Set(dots[0]!.map(({ attributes }) => attributes.cy)).size).toBe(6)
  expect(new Set(dots[1]!.map(({ attributes }) => attributes.cy)).size).toBe(1)
})
