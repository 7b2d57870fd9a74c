/** The inside of a closed outline by the pixel centre rule. */
import type { Rect } from '../planes.ts'
import type { StrokePoint } from './schema.ts'
import { SpanBuilder, type Spans } from './spans.ts'

interface Crossing {
  x: number
  /** +1 where the outline goes down, -1 where it goes up. */
  turn: number
}

/**
 * Pixels inside `clip` whose centre is inside the outline, which is closed from its last point to its first. A centre
 * on the outline belongs to the pixel set right of and below it, so that two polygons with a common edge share no pixel
 * and leave none out.
 */
export function fillPolygon(path: readonly StrokePoint[], rule: 'evenodd' | 'nonzero', clip: Rect): Spans {
  const spans = new SpanBuilder(clip)
  for (const [y, crossings] of crossingsByRow(path, clip)) {
    crossings.sort((a, b) => a.x - b.x)
    let winding = 0
    for (let index = 0; index + 1 < crossings.length; index++) {
      winding += crossings[index]!.turn
      const isInside = rule === 'nonzero' ? winding !== 0 : index % 2 === 0
      if (isInside) spans.add(y, Math.ceil(crossings[index]!.x - 0.5), Math.ceil(crossings[index + 1]!.x - 0.5))
    }
  }
  return spans.build()
}

/** Where the line through the pixel centres of each row meets the outline. */
function crossingsByRow(path: readonly StrokePoint[], clip: Rect): Map<number, Crossing[]> {
  const rows = new Map<number, Crossing[]>()
  for (let index = 0; index < path.length; index++) {
    const [x0, y0] = path[index]!
    const [x1, y1] = path[(index + 1) % path.length]!
    const turn = Math.sign(y1 - y0)
    const top = Math.max(clip.y, Math.ceil(Math.min(y0, y1) - 0.5))
    const end = Math.min(clip.y + clip.h, Math.ceil(Math.max(y0, y1) - 0.5))
    for (let y = top; y < end; y++) {
      const crossing = { x: x0 + ((x1 - x0) * (y + 0.5 - y0)) / (y1 - y0), turn }
      const row = rows.get(y)
      if (row) row.push(crossing)
      else rows.set(y, [crossing])
    }
  }
  return rows
}
