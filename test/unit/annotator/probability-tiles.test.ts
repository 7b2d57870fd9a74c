import { expect, test } from 'vitest'
import { ProbabilityTiles } from '../../../src-renderer/annotator/probability-tiles.ts'
import { TILE_PX } from '../../../src-shared/tile-map.ts'

const SIZE = TILE_PX * TILE_PX
/** p * 255 of background, class 1 and class 2 at every pixel. */
const tile = Uint8Array.from({ length: 3 * SIZE }, (_, at) => [55, 40, 160][Math.floor(at / SIZE)]!)

test.each([
  [0, 200],
  [1, 40],
  [2, 160],
])('of class %i the probability %i is shown, 0 standing for any object', async (shown, expected) => {
  const came = Promise.withResolvers<void>()
  const tiles = new ProbabilityTiles({ classes: 3, shown, loadTile: async () => tile }, () => came.resolve())
  tiles.want(0, { x: 0, y: 0, w: 10, h: 10 })
  await came.promise
  expect(tiles.shareAt(3, 4)).toBe(expected / 255)
  expect(tiles.tile({ level: 0, tx: 0, ty: 0 })).toHaveLength(SIZE)
  tiles.dispose()
})
