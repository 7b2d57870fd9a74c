import { isObjectId } from '../../../src-shared/labels.ts'
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { DraftOf, Tool } from '../tool.ts'
import { pathGesture } from './path-gesture.ts'

/** Makes pixels unpainted: they teach nothing. */
export const eraserTool: Tool = {
  id: 'eraser',
  name: 'Eraser',
  hint: 'Makes pixels unpainted again, so that they teach nothing.',
  cursor: 'disc',
  begin(page, start) {
    const { radiusPx, eraseOneObject } = page.options
    const first = page.labelAt(start[0], start[1])
    const only = eraseOneObject && isObjectId(first) ? { only: first } : {}
    const draft = (path: StrokePoint[]): DraftOf<'eraser'> => ({ tool: 'eraser', path, radiusPx, ...only })
    return pathGesture(page, start, { preview: draft, stroke: draft, isPreviewed: true })
  },
}
