import { isObjectId, LABEL } from '../../../src-shared/labels.ts'
import type { Tool } from '../tool.ts'
import { outlineGesture } from './outline-gesture.ts'

/** Marks a region that nobody can judge: it teaches nothing, even where the plane is complete. */
export const unknownTool: Tool = {
  id: 'unknown',
  name: 'Unknown region',
  hint: 'Drag around what nobody can judge; click an object to make it unknown.',
  cursor: 'cross',
  begin(page, start) {
    const outline = outlineGesture(page, start, (path) => ({ tool: 'polygon', path, label: 'ignore' }))
    const objectId = page.labelAt(start[0], start[1])
    if (!isObjectId(objectId)) return outline
    let isFirst = true
    return {
      ...outline,
      lift(modifiers) {
        const outcome = outline.lift(modifiers)
        const isClick = isFirst && outcome === 'open'
        isFirst = false
        return isClick ? { stroke: { tool: 'relabel', objectIds: [objectId], label: LABEL.ignore } as const } : outcome
      },
      get sketch() {
        return outline.sketch
      },
    }
  },
}
