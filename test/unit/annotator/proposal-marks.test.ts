import { expect, test } from 'vitest'
import { markedProposals } from '../../../src-renderer/annotator/proposal-marks.ts'

const LABELS = Uint32Array.from([0, 1, 1, 2, 0, 3])
const CLASS_IDS = [0, 40, 50, 60]
const PROPOSED = { labels: LABELS, chosen: new Set([2]), classIds: new Map(CLASS_IDS.entries()) }
const parts = (marked: Uint32Array) => [...marked].map((mark) => [mark & 0x3ffffff, (mark >>> 26) & 31, mark >>> 31])

test('numbers, places of classes and choice are in bits of their own; a class that is not known has no place', () => {
  expect(parts(markedProposals(PROPOSED, [{ id: 50 }, { id: 40 }]))).toEqual([
    [0, 0, 0],
    [1, 2, 0],
    [1, 2, 0],
    [2, 1, 1],
    [0, 0, 0],
    [3, 0, 0],
  ])
})

test('where the project has one class alone no class is marked', () => {
  expect(parts(markedProposals(PROPOSED, [{ id: 40 }])).map(([, place]) => place)).toEqual([0, 0, 0, 0, 0, 0])
})

test('the largest number that a part of a plane can have keeps all its bits', () => {
  const most = (1 << 26) - 1
  const labels = Uint32Array.from([most])
  const classes = Array.from({ length: 32 }, (_, at) => ({ id: at + 1 }))
  const marked = markedProposals({ labels, chosen: new Set([most]), classIds: new Map([[most, 31]]) }, classes)
  expect(parts(marked)).toEqual([[most, 31, 1]])
})
