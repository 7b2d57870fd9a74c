/** Of a plane that is too large to be judged at once the part where the most is painted. */
import type { ImageView } from '../../../src-shared/api.ts'
import { largestOf, leastOf } from '../../../src-shared/extremes.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import { TILE_PX, type TilePosition } from '../../../src-shared/tile-map.ts'
import type { Connection } from '../connection.ts'
import { MOST_SIDE_PX, type PlanePart, partOf } from './maps.ts'

/** All of a plane of usual size; of a larger one the part with the most painted tiles, which are in its middle. */
export async function paintedPart(
  connection: Connection,
  image: ImageView,
  plane: PlaneKey,
  signal: AbortSignal,
): Promise<PlanePart> {
  const isLarge = image.width > MOST_SIDE_PX || image.height > MOST_SIDE_PX
  const tiles = isLarge ? await connection.ask('plane.painted', { plane }, { signal }) : []
  return partOf(image, plane, mostPainted(tiles, MOST_SIDE_PX / TILE_PX) ?? whole(image))
}

const whole = ({ width, height }: ImageView): Rect => ({ x: 0, y: 0, w: width, h: height })

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
  return inside.length === 0 ? undefined : boxOf(inside)
}

function boxOf(tiles: readonly TilePosition[]): Rect {
  const [columns, rows] = [tiles.map(({ tx }) => tx), tiles.map(({ ty }) => ty)]
  const [x, y] = [leastOf(columns) * TILE_PX, leastOf(rows) * TILE_PX]
  return { x, y, w: (largestOf(columns) + 1) * TILE_PX - x, h: (largestOf(rows) + 1) * TILE_PX - y }
}
