/** The gesture of every brush: a path is swept, part by part; with Shift held its end is a straight line. */
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { DrawnDraft, Gesture, Outcome, StrokeDraft, ToolPage } from '../tool.ts'

/** The host takes no more. */
const MOST_POINTS = 100_000

interface PathTool {
  /** What is drawn under the pointer. */
  preview(path: StrokePoint[]): DrawnDraft
  /** What is sent; drawn part by part it must cover what `preview` covers, if `isPreviewed`. */
  stroke(path: StrokePoint[]): StrokeDraft
  /** The stroke does nothing when it ends that it did not do on its way. */
  isPreviewed: boolean
}

export function pathGesture(page: ToolPage, start: StrokePoint, tool: PathTool): Gesture {
  const path: StrokePoint[] = [start]
  let straightTo: StrokePoint | null = null
  page.preview(tool.preview([start]))
  const settle = () => {
    if (straightTo) path.push(straightTo)
    straightTo = null
  }
  return {
    move(points, { shift }) {
      const last = points.at(-1)
      if (!last) return
      if (shift) {
        straightTo = last
        page.clearPreview()
        page.preview(tool.preview([...path, last]))
        return
      }
      settle()
      const added = distinct(path.at(-1)!, points).slice(0, MOST_POINTS - path.length)
      if (added.length === 0) return
      page.preview(tool.preview([path.at(-1)!, ...added]))
      for (const point of added) path.push(point)
    },
    lift(): Outcome {
      settle()
      return { stroke: tool.stroke(path), isPreviewed: tool.isPreviewed }
    },
  }
}

/** The points without those where the pointer stood still. */
function distinct(from: StrokePoint, points: readonly StrokePoint[]): StrokePoint[] {
  let last = from
  return points.filter((point) => {
    const isSame = point[0] === last[0] && point[1] === last[1]
    if (!isSame) last = point
    return !isSame
  })
}
