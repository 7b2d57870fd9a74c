/** Of a plane that is too large to be judged at once the part where the most is painted. */
import type { ImageView } from '../../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import { TILE_PX, type TilePosition, tileRect, union } from '../../../src-shared/tile-map.ts'
import type { Asking } from '../connection.ts'
import { isWhole, MOST_SIDE_PX, middleOf, type PlanePart, partOf } from './maps.ts'

/** All of a plane of usual size; of a larger one the part with the most painted tiles, which are in its middle. */
export async function paintedPart(
  connection: Asking,
  image: ImageView,
  plane: PlaneKey,
  signal: AbortSignal,
): Promise<PlanePart> {
  const middle = middleOf(image, plane)
  if (isWhole(middle)) return middle
  const tiles = await connection.ask('plane.painted', { plane }, { signal })
  const painted = mostPainted(tiles, MOST_SIDE_PX / TILE_PX)
  return painted ? partOf(image, plane, painted) : middle
}

/** The box of the most tiles that lie within so many columns and rows, in pixels; undefined of none. */
export function mostPainted(tiles: readonly TilePosition[], side: number): Rect | undefined {
  const best = { left: 0, top: 0, count: 0 }
  // The best place can be moved right and down until it begins with a painted column and a painted row.
  for (const left of new Set(tiles.map(({ tx }) => tx))) {
    const inRow = new Map<number, number>()
    for (const { tx, ty } of tiles) if (tx >= left && tx < left + side) inRow.set(ty, (inRow.get(ty) ?? 0) + 1)
    for (const top of inRow.keys()) {
      let count = 0
      for (let ty = top; ty < top + side; ty++) count += inRow.get(ty) ?? 0
      if (count > best.count) Object.assign(best, { left, top, count })
    }
  }
  const { left, top } = best
  const inside = tiles.filter(({ tx, ty }) => tx >= left && tx < left + side && ty >= top && ty < top + side)
  return inside.length === 0 ? undefined : inside.map(tileRect).reduce(union)
}
