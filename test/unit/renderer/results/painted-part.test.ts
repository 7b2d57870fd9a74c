import { expect, test } from 'vitest'
import { mostPainted } from '../../../../src-renderer/state/results/painted-part.ts'
import { TILE_PX } from '../../../../src-shared/tile-map.ts'

/** Tiles where a letter stands. */
const tilesOf = (...rows: string[]) =>
  rows.flatMap((row, ty) => [...row].flatMap((letter, tx) => (letter === '.' ? [] : [{ tx, ty }])))
const box = (x: number, y: number, w: number, h: number) => ({
  ...{ x: x * TILE_PX, y: y * TILE_PX },
  ...{ w: w * TILE_PX, h: h * TILE_PX },
})

test('the most painted part is the box of the most tiles that fit, wherever they lie', () => {
  expect(mostPainted(tilesOf('o....', '.....'), 3)).toEqual(box(0, 0, 1, 1))
  expect(mostPainted(tilesOf('o...o', '.....', '...o.', '....o'), 3)).toEqual(box(3, 0, 2, 3))
  expect(mostPainted(tilesOf('.o.o.', 'oo.o.', '.....', '....o'), 2)).toEqual(box(0, 0, 2, 2))
})

test('where nothing is painted there is no such part', () => {
  expect(mostPainted([], 16)).toBeUndefined()
})
