import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { Tool } from '../tool.ts'

/** Takes the label under the pointer as the one to paint with. */
export const pickTool: Tool = {
  id: 'pick',
  name: 'Pick label',
  hint: 'Click an object to go on painting it.',
  cursor: 'picker',
  begin(page, start) {
    let at: StrokePoint = start
    return {
      move(points) {
        at = points.at(-1) ?? at
      },
      lift() {
        const label = page.labelAt(at[0], at[1])
        page.setOptions({ label: label === 0 ? 'new' : label })
        return null
      },
    }
  },
}
