import type { Tool } from '../tool.ts'
import { objectsGesture } from './objects-gesture.ts'

/** Makes whole objects unpainted. */
export const deleteTool: Tool = {
  id: 'delete',
  name: 'Delete object',
  hint: 'Click an object, or drag over several, to remove them.',
  cursor: 'pointer',
  begin(page, start) {
    return objectsGesture(page, start, (objectIds) => ({ tool: 'delete', objectIds }))
  },
}
