/** What is laid over cells: never so much that the picture is lost, and never two things that look alike. */
import { expect, test } from 'vitest'
import { looksOfCells, looksOfMistakes, MISTAKE_COLOURS } from '../../../../src-renderer/state/results/looks.ts'
import type { PlacedMistake } from '../../../../src-shared/scores/mistakes.ts'

const WHITE = [255, 255, 255]
const box = { x: 0, y: 0, w: 1, h: 1 }
const merged: PlacedMistake = { kind: 'merged', truth: [16, 17], prediction: [3], sizePx: 9, box }
const missed: PlacedMistake = { kind: 'missed', truth: [18], prediction: [], sizePx: 5, box }
const invented: PlacedMistake = { kind: 'invented', truth: [], prediction: [4], sizePx: 4, box }
const all = [merged, missed, invented]
const hex = (colour: readonly number[]) => `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`

test('of the two maps of a mistake only one is filled, and faintly', () => {
  for (const chosen of [null, ...all]) {
    const painted = looksOfMistakes(all, 'truth', chosen)
    const predicted = looksOfMistakes(all, 'prediction', chosen)
    expect([16, 17].map((id) => painted.get(id)?.fill)).toEqual([0, 0])
    for (const look of [painted.get(18), predicted.get(3), predicted.get(4)]) {
      expect(look?.fill).toBeGreaterThan(0)
      expect(look?.fill).toBeLessThanOrEqual(0.2)
    }
  }
})

test('the painted outline of the chosen mistake is white, all else has the colour of its kind', () => {
  const painted = looksOfMistakes(all, 'truth', merged)
  expect([16, 17].map((id) => painted.get(id)?.colour)).toEqual([WHITE, WHITE])
  expect(hex(painted.get(18)!.colour)).toBe(MISTAKE_COLOURS.missed.toLowerCase())
  expect(hex(looksOfMistakes(all, 'prediction', merged).get(3)!.colour)).toBe(MISTAKE_COLOURS.merged.toLowerCase())
  // Nothing is predicted there to be told apart from.
  expect(hex(looksOfMistakes(all, 'truth', missed).get(18)!.colour)).toBe(MISTAKE_COLOURS.missed.toLowerCase())
})

test('selected cells keep their colours under a white outline; the others are dimmed, background is left alone', () => {
  const looks = looksOfCells([17], [16, 17])
  expect(looks.get(17)).toEqual({ colour: WHITE, fill: 0, edge: 1 })
  expect(looks.get(16)).toMatchObject({ colour: [0, 0, 0] })
  expect(looks.get(16)!.fill).toBeGreaterThan(0.3)
  expect([...looks.keys()].sort()).toEqual([16, 17])
})
