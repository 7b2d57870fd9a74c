/** Where a stroke can change pixels, from its geometry alone. */
import type { Rect } from '../../src-shared/planes.ts'
import type { DrawnStroke } from '../../src-shared/strokes.ts'

/** A rectangle with every pixel that drawing the stroke can touch; `plane` where only the labels tell. */
export function strokeBounds(stroke: DrawnStroke, plane: Rect): Rect {
  if (stroke.tool === 'fill') return stroke.within ?? plane
  if (stroke.tool === 'brush' && stroke.fillHoles) return plane
  if (stroke.tool === 'split' || stroke.tool === 'boundary') return plane
  const margin = 'radiusPx' in stroke ? stroke.radiusPx + 1 : 1
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [x, y] of stroke.path) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  const [x, y] = [Math.floor(left - margin), Math.floor(top - margin)]
  return { x, y, w: Math.ceil(right + margin) - x, h: Math.ceil(bottom + margin) - y }
}
