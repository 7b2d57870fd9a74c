import { LABEL } from '../../../src-shared/labels.ts'
import type { Tool } from '../tool.ts'
import { pathGesture } from './path-gesture.ts'

/** Paints boundary; what it cuts apart becomes several objects when the pointer lifts. */
export const boundaryTool: Tool = {
  id: 'boundary',
  name: 'Boundary brush',
  hint: 'Paints the gap between cells; an object that it crosses is split.',
  cursor: 'disc',
  begin(page, start) {
    const { radiusPx } = page.options
    return pathGesture(page, start, {
      preview: (path) => ({ tool: 'brush', label: LABEL.boundary, path, radiusPx }),
      stroke: (path) => ({ tool: 'boundary', path, radiusPx }),
      isPreviewed: false,
    })
  },
}
