/** An outline drawn freehand, corner by corner, or both: drag to draw, click to set corners, double click to close. */
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { Gesture, Outcome, StrokeDraft, ToolPage } from '../tool.ts'

/** Farther than this from where it was pressed, in CSS pixels, a pointer drags. */
const DRAG_PX = 4
/** This near to the first corner, in CSS pixels, a click closes the outline. */
const CLOSE_PX = 8
/** A drag of more points than this draws freehand; with fewer a click was shaken. */
const SHAKEN_POINTS = 8
const MOST_POINTS = 100_000

export function outlineGesture(
  page: ToolPage,
  start: StrokePoint,
  stroke: (path: StrokePoint[]) => StrokeDraft | null,
): Gesture {
  const path: StrokePoint[] = [start]
  let pressedAt = start
  /** Points that were there when it was pressed last. */
  let lengthAtPress = 0
  let isPressed = true
  let isDragged = false
  let hover: StrokePoint | null = null
  const screenDistance = (a: StrokePoint, b: StrokePoint) => Math.hypot(a[0] - b[0], a[1] - b[1]) * page.zoom
  const finish = (): Outcome => {
    const draft = path.length >= 3 ? stroke(path) : null
    return draft ? { stroke: draft } : null
  }
  return {
    move(points) {
      const last = points.at(-1)
      if (!last) return
      hover = last
      if (!isPressed) return
      isDragged ||= screenDistance(pressedAt, last) > DRAG_PX
      if (isDragged && path.length + points.length < MOST_POINTS) path.push(...points)
    },
    lift() {
      isPressed = false
      const isFreehand = isDragged && path.length - lengthAtPress > SHAKEN_POINTS
      isDragged = false
      const last = path.at(-1)!
      const isClosed = path.length > 3 && screenDistance(path[0]!, last) < CLOSE_PX
      return isFreehand || isClosed ? finish() : 'open'
    },
    press(point) {
      isPressed = true
      pressedAt = point
      lengthAtPress = path.length
      if (path.length >= 3 && screenDistance(path[0]!, point) < CLOSE_PX) path.push(path[0]!)
      else path.push(point)
    },
    complete: finish,
    stepBack() {
      path.pop()
      return path.length > 0
    },
    get sketch() {
      const corners = hover && !isDragged ? [...path, hover] : path
      return { kind: 'outline' as const, path: corners.map(([x, y]) => ({ x, y })) }
    },
  }
}
