import { expect, test } from 'vitest'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import { parseStudy, readStudy, studyNames } from '../../../src-main/core/study/study-file.ts'
import { applySettings, presetSettings, requireFittingPatch } from '../../../src-shared/settings.ts'
import { studyOf, studyText } from './studies.ts'

const SHIPPED = [
  'ablations',
  'classes',
  'em-2012',
  'few-images',
  'partial-annotation',
  'peers',
  'seams',
  'speed',
  'touching-cells',
]

test('the studies that the paper asks for come with the program', () => {
  expect(studyNames()).toEqual(expect.arrayContaining(SHIPPED))
})

test.each(studyNames())('%s can be read, its file has its name, and every setting in it exists', (name) => {
  const study = readStudy(name)
  expect(study.name).toBe(name)
  for (const arm of study.arms) {
    if (arm.kind === 'cellbrush')
      expect(() => requireFittingPatch(applySettings(presetSettings(arm.preset), arm.settings))).not.toThrow()
  }
  for (const { checks, notReproduced } of study.claims) expect(checks.length > 0).toBe(notReproduced === undefined)
  expect(cellsOf(study).length === 0).toBe(study.arms.length === 0)
})

test('pictures of the challenge’s images are never published', () => {
  for (const name of studyNames()) {
    for (const { images, isPublishable } of Object.values(readStudy(name).data)) {
      if (images.startsWith('isbi2012-em')) expect(isPublishable).toBe(false)
    }
  }
})

test('slices that are predicted in em-2012 are annotated in no study', () => {
  for (const name of studyNames()) {
    const study = readStudy(name)
    for (const { data, train } of study.splits) {
      if (study.data[data]!.images.startsWith('isbi2012-em')) expect(train).not.toMatch(/1\[\d-[5-9]\]|1[5-9]|\*/)
    }
  }
})

test('an unknown study is answered with the known ones', () => {
  expect(() => readStudy('em-2013')).toThrow(
    /There is no study "em-2013"; the studies are ablations, classes, em-2012, /,
  )
})

test.each([
  ['{ "format": 1', 'The study tiny cannot be run (Invalid JSON'],
  [JSON.stringify({ ...studyText, seeds: [] }), 'seeds: '],
  [JSON.stringify({ ...studyText, name: 'Two Words' }), 'name: a name has small letters'],
  [JSON.stringify({ ...studyText, colour: 'red' }), 'colour: '],
  [JSON.stringify({ ...studyText, steps: 10 }), 'give minutes or steps, one of them'],
  [JSON.stringify({ ...studyText, minutes: undefined }), 'give minutes or steps, one of them'],
])('a wrong study is refused with its place: %#', (text, reason) => {
  expect(() => parseStudy(text, 'tiny')).toThrow(reason)
})

test('names that stand for nothing, or for two things, are refused', () => {
  const claim = (of: object) => ({
    claims: [
      { claim: 'c', where: 'w', checks: [{ says: 's', of: { score: 'raw.vRand', ...of }, relation: '>', value: 0 }] },
    ],
  })
  expect(() => studyOf({ splits: [{ ...studyText.splits[0], data: 'others' }] })).toThrow('split all is of "others"')
  expect(() => studyOf({ arms: [studyText.arms[0], studyText.arms[0]] })).toThrow('"one" stands there twice')
  const predicting = (...predictions: object[]) => studyOf({ arms: [{ ...studyText.arms[0], predictions }] })
  expect(() => predicting({ name: 'a' }, { name: 'a' })).toThrow(
    '"a" stands twice among the predictions of the arm one',
  )
  const beforeIt = 'the arm one has no prediction "b" before "a", which is compared with it'
  expect(() => predicting({ name: 'a', compareWith: 'b' }, { name: 'b' })).toThrow(beforeIt)
  expect(predicting({ name: 'b' }, { name: 'a', compareWith: 'b' }).arms[0]!.predictions).toHaveLength(2)
  expect(() => studyOf(claim({ arm: 'third' }))).toThrow('the arm "third"')
  expect(() => studyOf(claim({ arm: 'one', split: 'some' }))).toThrow('no split "some"')
  expect(() => studyOf(claim({ arm: 'one', prediction: 'averaged' }))).toThrow('no prediction "averaged"')
  expect(studyOf(claim({ arm: 'one', split: 'all', prediction: 'single' })).claims).toHaveLength(1)
})
