import type { Tool } from '../tool.ts'
import { objectsGesture } from './objects-gesture.ts'

/** Gives objects the chosen class. */
export const relabelTool: Tool = {
  id: 'relabel',
  name: 'Class',
  hint: 'Click an object, or drag over several, to give them the chosen class.',
  cursor: 'pointer',
  begin(page, start) {
    const { classId } = page.options
    if (classId === undefined) return null
    return objectsGesture(page, start, (objectIds) => ({ tool: 'setClass', objectIds, classId }))
  },
}
