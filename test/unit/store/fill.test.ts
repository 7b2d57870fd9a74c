/** Filling a plane in pieces: nothing shows before the end, strokes in between are kept, giving up leaves nothing. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FilledObjects } from '../../../src-main/store/index.ts'
import { TILE_PX, type TilePosition, tilesOf } from '../../../src-shared/tile-map.ts'
import { brush, labelsOf, paintedProject } from './project-folder.ts'

const WIDTH = 600
const HEIGHT = 500

/** Object `first` on the left, `first + 1` on the right of column 400, background in the rows between 200 and 210. */
const wantedAt = (first: number, x: number, y: number): number =>
  y >= 200 && y < 210 ? 1 : y % 7 === 3 ? 0 : x < 400 ? first : first + 1

const values =
  (first: number) =>
  ({ tx, ty }: TilePosition): Uint32Array =>
    Uint32Array.from({ length: TILE_PX * TILE_PX }, (_, at) => {
      const [x, y] = [tx * TILE_PX + (at % TILE_PX), ty * TILE_PX + Math.floor(at / TILE_PX)]
      return x < WIDTH && y < HEIGHT ? wantedAt(first, x, y) : 0
    })

async function begun() {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT })
  const { store, image, plane } = painted
  store.labels.apply(plane, brush('new', [[100, 100]], 20))
  const first = store.objects.reserveIds(image.id, plane.layer, 3)
  const fill = store.labels.fill({ plane, kind: 'accept', actionId: 'fill-1', valuesOf: values(first) })
  const classId = store.classes.list()[1]!.id
  const objects: FilledObjects['objects'] = [first, first + 1, first + 2].map((id) => [id, classId] as const)
  const filled: FilledObjects = { origin: 'run r', state: 'accepted', objects }
  return { painted, store, image, plane, first, fill, filled, classId }
}

const everyTile = () => tilesOf({ x: 0, y: 0, w: WIDTH, h: HEIGHT })

test('what was painted before and in between stays, and undo takes back the fill alone', async () => {
  const { painted, store, image, plane, first, fill, filled, classId } = await begun()
  const before = labelsOf(painted)
  const tiles = everyTile()
  expect(fill.prepare(tiles, 0)).toBe(true) // one tile at a time
  store.labels.apply(plane, brush('new', [[60, 60]], 30)) // in the tile that is ready
  while (fill.prepare(tiles, 0));
  store.labels.apply(plane, brush('new', [[450, 300]], 30)) // in another one
  const inBetween = labelsOf(painted)
  expect(inBetween).not.toEqual(before)
  const { changes, objectIds } = fill.commit(filled)
  expect(objectIds).toEqual([first, first + 1]) // the third has no pixel
  expect(changes).toEqual([{ plane, revision: 4, changed: { x: 0, y: 0, w: WIDTH, h: HEIGHT } }])
  const after = labelsOf(painted)
  for (const [at, label] of inBetween.entries()) {
    expect(after[at]).toBe(label === 0 ? wantedAt(first, at % WIDTH, Math.floor(at / WIDTH)) : label)
  }
  expect(store.objects.list(image.id, plane.layer)).toContainEqual({
    id: first,
    classId,
    origin: 'run r',
    state: 'accepted',
  })
  expect((await store.check({ deep: true })).findings).toEqual([])
  expect(store.labels.undo(image.id, plane.layer)).toMatchObject({ kind: 'accept', actionId: 'fill-1' })
  expect(labelsOf(painted)).toEqual(inBetween)
  expect(store.objects.list(image.id, plane.layer).map(({ origin }) => origin)).toEqual(['hand', 'hand', 'hand'])
  store.labels.redo(image.id, plane.layer)
  expect(labelsOf(painted)).toEqual(after)
})

test('giving up, or dying half-way, leaves no tile behind', async () => {
  const { painted, store, image, plane, first, fill } = await begun()
  const before = labelsOf(painted)
  const count = async () => (await store.check({ deep: true })).checked.tiles
  const tiles = await count()
  while (fill.prepare(everyTile(), 10_000));
  expect(await count()).toBeGreaterThan(tiles)
  fill.abandon()
  expect(await count()).toBe(tiles)
  expect(labelsOf(painted)).toEqual(before)
  expect(store.labels.history(image.id, plane.layer)).toEqual({ undo: 1, redo: 0 })

  const other = store.labels.fill({ plane, kind: 'accept', actionId: 'fill-2', valuesOf: values(first) })
  while (other.prepare(everyTile(), 10_000));
  painted.store.close()
  writeFileSync(join(painted.folder, 'lock.json'), '{}') // as a program leaves it that is killed
  const later = await painted.reopen()
  expect((await later.check({ deep: true })).checked.tiles).toBe(tiles)
  expect(labelsOf(painted)).toEqual(before)
})
