import { expect, test } from 'vitest'
import { readPainted } from '../../../src-renderer/state/regions.ts'
import { labelTileUrl } from '../../../src-shared/data-urls.ts'
import { TILE_PX } from '../../../src-shared/tile-map.ts'
import { FakeHost } from '../../drivers/fake-connection.ts'

const PLANE = { imageId: 1, layer: 'objects', z: 0, t: 0 }
const RECT = { x: 1, y: 0, w: 3, h: 1 }

/** A plane of one tile that begins with one pixel of nothing, then background, then an object. */
function host(revision: number): FakeHost {
  const found = new FakeHost({ 'plane.view': () => ({ isComplete: false, revision, undo: 0, redo: 0 }) })
  const tile = new Uint32Array(TILE_PX * TILE_PX)
  tile.set([0, 1, 1, 16])
  found.tiles.set(labelTileUrl(PLANE, 7, { level: 0, tx: 0, ty: 0 }), tile.buffer)
  return found
}

test('what is painted comes with its background, also where no object is', async () => {
  expect([...(await readPainted(host(7).connection, PLANE, RECT))!]).toEqual([1, 1, 16])
})

test('of a plane that nobody has painted no tile is asked for', async () => {
  expect(await readPainted(host(0).connection, PLANE, RECT)).toBeNull()
})
