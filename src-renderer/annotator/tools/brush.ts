import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { DraftOf, Tool } from '../tool.ts'
import { pathGesture } from './path-gesture.ts'

/** Paints the chosen label along the pointer's path. */
export const brushTool: Tool = {
  id: 'brush',
  name: 'Brush',
  hint: 'Paints the chosen label along the path of the pointer.',
  cursor: 'disc',
  begin(page, start) {
    const { radiusPx, fillHoles } = page.options
    const label = page.strokeLabel()
    const draft = (path: StrokePoint[]): DraftOf<'brush'> => ({ tool: 'brush', path, radiusPx, ...label })
    return pathGesture(page, start, {
      preview: draft,
      stroke: (path) => (fillHoles ? { ...draft(path), fillHoles } : draft(path)),
      isPreviewed: !fillHoles,
    })
  },
}
