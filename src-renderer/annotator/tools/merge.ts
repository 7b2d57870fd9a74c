import type { Tool } from '../tool.ts'
import { objectsGesture } from './objects-gesture.ts'

/** Joins the objects that the pointer passes; the first one gives its id and class. */
export const mergeTool: Tool = {
  id: 'merge',
  name: 'Merge',
  hint: 'Drag from one object to others: they become one.',
  cursor: 'pointer',
  begin(page, start) {
    return objectsGesture(page, start, (objectIds) => (objectIds.length > 1 ? { tool: 'merge', objectIds } : null))
  },
}
