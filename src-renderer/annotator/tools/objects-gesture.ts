/** A gesture over whole objects: a click takes one, dragging takes all that the pointer passes. */
import { isObjectId } from '../../../src-shared/labels.ts'
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { Gesture, StrokeDraft, ToolPage } from '../tool.ts'
import type { Point } from '../viewport.ts'

/** Calls `visit` with the label of every pixel between two points, about one step per pixel. */
export function alongLine(
  page: Pick<ToolPage, 'labelAt'>,
  from: StrokePoint,
  to: StrokePoint,
  visit: (label: number) => void,
): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]))))
  for (let step = 0; step <= steps; step++) {
    const share = step / steps
    visit(page.labelAt(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share))
  }
}

export function objectsGesture(
  page: ToolPage,
  start: StrokePoint,
  stroke: (objectIds: number[]) => StrokeDraft | null,
): Gesture {
  const ids = new Set<number>()
  const path: Point[] = [{ x: start[0], y: start[1] }]
  let last = start
  const take = (label: number) => {
    if (isObjectId(label)) ids.add(label)
  }
  take(page.labelAt(start[0], start[1]))
  return {
    move(points) {
      for (const point of points) {
        alongLine(page, last, point, take)
        path.push({ x: point[0], y: point[1] })
        last = point
      }
    },
    lift() {
      const draft = ids.size > 0 ? stroke([...ids]) : null
      return draft ? { stroke: draft } : null
    },
    get sketch() {
      return { kind: 'line' as const, path }
    },
  }
}
