/** Filling what an object encloses. */
import type { Rect } from '../planes.ts'
import type { TileMap } from '../tile-map.ts'

/** Larger boxes are left as they are: filling is a convenience and not worth a gigabyte. */
const MOST_PIXELS = 1 << 24

/**
 * Paints the unpainted holes of an object inside its box. A hole is an 8-connected set of other pixels that does not
 * reach the border of the box (an object is 4-connected, so its outside is 8-connected).
 */
export function fillHoles(map: TileMap, objectId: number, box: Rect): void {
  if (box.w < 3 || box.h < 3 || box.w * box.h > MOST_PIXELS) return
  const { data } = map.readRegion(box)
  const isOutside = reachFromBorder(data, box.w, box.h, objectId)
  for (let y = 1; y < box.h - 1; y++) {
    for (let x = 1; x < box.w - 1; x++) {
      const index = y * box.w + x
      if (data[index] === 0 && isOutside[index] === 0) map.set(box.x + x, box.y + y, objectId)
    }
  }
}

function reachFromBorder(data: Uint32Array, w: number, h: number, objectId: number): Uint8Array {
  const reached = new Uint8Array(w * h)
  const pending: number[] = []
  const visit = (x: number, y: number) => {
    if (x < 0 || y < 0 || x >= w || y >= h) return
    const index = y * w + x
    if (reached[index] === 1 || data[index] === objectId) return
    reached[index] = 1
    pending.push(index)
  }
  for (let x = 0; x < w; x++) for (const y of [0, h - 1]) visit(x, y)
  for (let y = 0; y < h; y++) for (const x of [0, w - 1]) visit(x, y)
  while (pending.length > 0) {
    const index = pending.pop()!
    const [x, y] = [index % w, Math.floor(index / w)]
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) visit(x + dx, y + dy)
  }
  return reached
}
