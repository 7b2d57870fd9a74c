import { expect, test } from 'vitest'
import {
  cellName,
  cellsOf,
  fingerprintOf,
  isFullLength,
  lengthOf,
  lengthText,
} from '../../../src-main/core/study/cells.ts'
import { studyOf, studyText } from './studies.ts'

test('every arm learns every split with every seed, one seed after the other; a floor is measured once', () => {
  const splits = [...studyText.splits, { name: 'few', data: 'cells', train: 'a*', test: 'b*' }]
  expect(cellsOf(studyOf({ splits, seeds: [4, 7] })).map(cellName)).toEqual([
    'all/one/seed-4',
    'all/other/seed-4',
    'all/floor/seed-4',
    'few/one/seed-4',
    'few/other/seed-4',
    'few/floor/seed-4',
    'all/one/seed-7',
    'all/other/seed-7',
    'few/one/seed-7',
    'few/other/seed-7',
  ])
})

test('a floor has every seed where the seed draws the images', () => {
  const splits = [{ ...studyText.splits[0], count: 2 }]
  const floors = cellsOf(studyOf({ splits })).filter(({ arm }) => arm.kind === 'floor')
  expect(floors.map(({ seed }) => seed)).toEqual([1, 2, 3])
})

test('only some arms and other seeds can be asked for', () => {
  expect(cellsOf(studyOf(), { only: ['other'], seeds: [9, 10] }).map(cellName)).toEqual([
    'all/other/seed-9',
    'all/other/seed-10',
  ])
})

test('a floor has the first seed of the study, whichever seeds are asked for: the report looks for it there', () => {
  expect(cellsOf(studyOf(), { only: ['one', 'floor'], seeds: [9, 10] }).map(cellName)).toEqual([
    'all/one/seed-9',
    'all/floor/seed-1',
    'all/one/seed-10',
  ])
})

test('an arm that is not there is refused with those that are', () => {
  expect(() => cellsOf(studyOf(), { only: ['third'] })).toThrow(
    'The study has no arm "third"; its arms are one, other, floor.',
  )
})

test('only some splits can be asked for, one that is not there is refused', () => {
  const [first] = studyText.splits
  const study = studyOf({ splits: [first, { ...first, name: 'second' }] })
  const chosen = cellsOf(study, { splits: ['second'], only: ['one'], seeds: [1] })
  expect(chosen.map(cellName)).toEqual(['second/one/seed-1'])
  expect(() => cellsOf(study, { splits: ['third'] })).toThrow(
    'The study has no split "third"; its splits are all, second.',
  )
})

test('the person’s steps or minutes win over the study’s length', () => {
  const study = studyOf()
  expect(lengthOf(study, {})).toEqual({ minutes: 5 })
  expect(lengthOf(study, { minutes: 1 })).toEqual({ minutes: 1 })
  expect(lengthOf(study, { steps: 60 })).toEqual({ steps: 60 })
  expect(lengthOf(studyOf({ minutes: undefined, steps: 300 }), {})).toEqual({ steps: 300 })
  expect([isFullLength(study, { minutes: 5 }), isFullLength(study, { steps: 60 })]).toEqual([true, false])
  expect(lengthText({ steps: 60 })).toBe('60 steps')
})

test('a fingerprint changes with whatever changes the result, and with nothing else', () => {
  const study = studyOf()
  const cells = cellsOf(study)
  const fingerprint = fingerprintOf(study, cells[0]!, { minutes: 5 })
  const again = (changes: object, length: { minutes: number } | { steps: number } = { minutes: 5 }) => {
    const other = studyOf(changes)
    return fingerprintOf(other, cellsOf(other)[0]!, length)
  }
  const [first, ...rest] = studyText.arms
  const armWith = (changes: object) => ({ arms: [{ ...first, ...changes }, ...rest] })
  expect(again({ title: 'Another title', about: [], seeds: [1], columns: ['raw.seg'] })).toBe(fingerprint)
  expect(again(armWith({ says: 'in other words' }))).toBe(fingerprint)
  const different = [
    again({}, { steps: 5 }),
    again(armWith({ settings: ['w0=1'] })),
    again(armWith({ preset: 'paper' })),
    again(armWith({ predictions: [{ name: 'single', average: true }] })),
    again({ splits: [{ ...studyText.splits[0], test: 'c*' }] }),
    again({ data: { cells: { ...studyText.data.cells, foreground: 255 } } }),
    again({ seeds: [2] }),
  ]
  expect(new Set([fingerprint, ...different]).size).toBe(1 + different.length)
})
