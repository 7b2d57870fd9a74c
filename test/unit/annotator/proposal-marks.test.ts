import { expect, test } from 'vitest'
import { MARK, MARKS_WIDTH, proposalMarks } from '../../../src-renderer/annotator/proposal-marks.ts'

/** Number 2 is not shown, number 4 is chosen. */
const PROPOSED = {
  classIds: new Map([
    [1, 40],
    [3, 50],
    [4, 60],
  ]),
  chosen: new Set([4]),
}

test('shown numbers have the place of their class and whether they are chosen; a class that is not known has no place', () => {
  const marks = proposalMarks(PROPOSED, [{ id: 50 }, { id: 40 }])
  expect(marks).toHaveLength(MARKS_WIDTH)
  expect([...marks.subarray(0, 6)]).toEqual([0, MARK.shown | 2, 0, MARK.shown | 1, MARK.shown | MARK.chosen, 0])
})

test('where the project has one class alone no class is marked', () => {
  const marks = proposalMarks(PROPOSED, [{ id: 40 }])
  expect([...marks.subarray(0, 5)].map((mark) => mark & MARK.placeMask)).toEqual([0, 0, 0, 0, 0])
})

test('a chosen number that is not shown is marked as nothing', () => {
  expect(proposalMarks({ ...PROPOSED, chosen: new Set([2]) }, [])[2]).toBe(0)
})

test('there are rows up to the largest number shown, and its mark and the place of the last class are whole', () => {
  const most = (1 << 23) + 5
  const classes = Array.from({ length: 32 }, (_, at) => ({ id: at + 1 }))
  const marks = proposalMarks({ classIds: new Map([[most, 31]]), chosen: new Set([most]) }, classes)
  expect(marks).toHaveLength((2048 + 1) * MARKS_WIDTH)
  expect(marks[most]).toBe(MARK.shown | MARK.chosen | 31)
  expect(proposalMarks({ classIds: new Map([[1, 32]]), chosen: new Set() }, classes)[1]).toBe(MARK.shown)
})
