import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type CellMeasure, measureCells } from '../../../src-shared/cell-measures.ts'

const fixture = JSON.parse(readFileSync(new URL('../../fixtures/scores/measures.json', import.meta.url), 'utf8'))
const { width, height } = fixture
const labels = Uint32Array.from(fixture.labels)

test('areas, boxes, mean intensities and doubts are those of scikit-image', () => {
  const samples = Uint16Array.from(fixture.values)
  const foreground = Uint8Array.from(fixture.foreground)
  const cells = measureCells({ width, height, labels, firstId: 1, samples, foreground })
  const expected = fixture.cells.map((cell: CellMeasure & { intensity: number }) => ({
    id: cell.id,
    areaPx: cell.areaPx,
    box: cell.box,
    centre: expect.anything(),
    intensities: [expect.closeTo(cell.intensity, 8)],
    doubt: expect.closeTo(cell.doubt, 8),
  }))
  expect(cells).toEqual(expected)
})

test('codes below the first id are no cells, and each channel is measured by itself', () => {
  const cells = measureCells({
    ...{ width: 3, height: 1, firstId: 16 },
    labels: Uint32Array.of(1, 17, 17),
    samples: Uint8Array.of(9, 2, 4, 9, 100, 200),
  })
  expect(cells).toEqual([
    {
      ...{ id: 17, areaPx: 2, intensities: [3, 150], doubt: Number.NaN },
      box: { x: 1, y: 0, w: 2, h: 1 },
      centre: { x: 2, y: 0.5 },
    },
  ])
})

test('values that are no numbers are left out of a mean', () => {
  const samples = Float32Array.of(Number.NaN, 4, Number.POSITIVE_INFINITY, Number.NaN)
  const cells = measureCells({ width: 4, height: 1, labels: Uint32Array.of(1, 1, 1, 2), firstId: 1, samples })
  expect(cells.map(({ intensities }) => intensities)).toEqual([[4], [Number.NaN]])
})
