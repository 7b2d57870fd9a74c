import type { Tool } from '../tool.ts'
import { outlineGesture } from './outline-gesture.ts'

/** Paints the inside of an outline. */
export const polygonTool: Tool = {
  id: 'polygon',
  name: 'Polygon or lasso',
  hint: 'Drag around a cell, or click its corners and double-click to close.',
  cursor: 'cross',
  begin(page, start) {
    return outlineGesture(page, start, (path) => ({ tool: 'polygon', path, ...page.strokeLabel() }))
  },
}
