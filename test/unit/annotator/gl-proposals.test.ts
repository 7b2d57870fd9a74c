/** What of proposed objects goes to the graphics card, and which of them are there for a click. */
import { expect, test } from 'vitest'
import { GlProposals } from '../../../src-renderer/annotator/gl-proposals.ts'
import { PredictionLayer } from '../../../src-renderer/annotator/prediction-layer.ts'
import { MARK, MARKS_WIDTH } from '../../../src-renderer/annotator/proposal-marks.ts'
import type { ProposedObjects } from '../../../src-renderer/annotator/renderer.ts'

const PROPOSED: ProposedObjects = {
  region: { x: 10, y: 20, w: 3, h: 2 },
  labels: Uint32Array.from([1, 1, 2, 0, 0, 2]),
  classIds: new Map([[2, 7]]),
  chosen: new Set(),
}

/** The card, as the textures that are uploaded: size, and the first three values. */
function card() {
  const uploads: unknown[] = []
  const texture = (name: string) => ({
    put: (width: number, height: number, data: ArrayBufferView | null) => {
      uploads.push([name, width, height, [...(data as Uint32Array).subarray(0, 3)]])
    },
    bind: () => {},
  })
  const classes = [{ id: 7, name: 'cell', colour: '#e69f00' }]
  const proposals = new GlProposals(texture('map'), texture('marks'))
  const drawn = (proposed: ProposedObjects | null, of = classes) => {
    proposals.bind(proposed, of)
    return uploads.splice(0)
  }
  return { drawn }
}

test('a map is uploaded once, as it is; a choice uploads the table of marks alone', () => {
  const { drawn } = card()
  expect(drawn(null)).toEqual([])
  expect(drawn(PROPOSED)).toEqual([
    ['map', 3, 2, [1, 1, 2]],
    ['marks', MARKS_WIDTH, 1, [0, 0, MARK.shown]],
  ])
  expect(drawn(PROPOSED)).toEqual([])
  expect(drawn({ ...PROPOSED, chosen: new Set([2]) })).toEqual([
    ['marks', MARKS_WIDTH, 1, [0, 0, MARK.shown | MARK.chosen]],
  ])
})

test('other classes of the project are other marks, another map is uploaded, and none gives its memory back', () => {
  const { drawn } = card()
  drawn(PROPOSED)
  const classes = ['a', 'b'].map((name, at) => ({ id: 6 + at, name, colour: '#56b4e9' }))
  expect(drawn(PROPOSED, classes)).toEqual([['marks', MARKS_WIDTH, 1, [0, 0, MARK.shown | 2]]])
  const other = { ...PROPOSED, labels: PROPOSED.labels.slice() }
  expect(drawn(other, classes).map((upload) => (upload as string[])[0])).toEqual(['map', 'marks'])
  expect(drawn(null)).toEqual([['map', 1, 1, [0]]])
  expect(drawn(null)).toEqual([])
  expect(drawn(other, classes)).toEqual([['map', 3, 2, [1, 1, 2]]])
})

test('an object of the map that is not shown is not there for a click', () => {
  const layer = new PredictionLayer(() => {})
  layer.proposals = PROPOSED
  const at = (x: number, y: number) => layer.proposalAt({ x, y })
  expect([at(10, 20), at(12, 20), at(12, 21), at(11, 21), at(13, 20), at(9, 21)]).toEqual([0, 2, 2, 0, 0, 0])
})
