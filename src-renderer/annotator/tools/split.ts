import { isObjectId } from '../../../src-shared/labels.ts'
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { Tool } from '../tool.ts'
import { alongLine } from './objects-gesture.ts'

/** Cuts the object that a line mostly lies in; both sides keep all their pixels. */
export const splitTool: Tool = {
  id: 'split',
  name: 'Split',
  hint: 'Draw a line across an object to cut it in two.',
  cursor: 'cross',
  begin(page, start) {
    const path: StrokePoint[] = [start]
    const crossed = new Map<number, number>()
    const count = (label: number) => {
      if (isObjectId(label)) crossed.set(label, (crossed.get(label) ?? 0) + 1)
    }
    return {
      move(points, { shift }) {
        if (shift) path.length = 1
        path.push(...(shift ? points.slice(-1) : points))
      },
      lift() {
        for (let index = 1; index < path.length; index++) alongLine(page, path[index - 1]!, path[index]!, count)
        const [most] = [...crossed].sort(([, a], [, b]) => b - a)
        return most ? { stroke: { tool: 'split', objectId: most[0], path } as const } : null
      },
      get sketch() {
        return { kind: 'line' as const, path: path.map(([x, y]) => ({ x, y })) }
      },
    }
  },
}
