/** The tools with the keys they have unless a person gives them others, and where the toolbar draws a line. */
import type { ToolId } from '../annotator/tool.ts'
import { TOOLS as PAINTING_TOOLS } from '../annotator/tools/index.ts'

export type { ToolId }

const KEYS: Record<ToolId, string> = {
  brush: 'B',
  eraser: 'E',
  boundary: 'D',
  fill: 'F',
  polygon: 'G',
  wand: 'W',
  pick: 'V',
  merge: 'M',
  split: 'S',
  delete: 'X',
  relabel: 'L',
  unknown: 'U',
}

const GROUPS: Record<ToolId, number> = {
  brush: 0,
  eraser: 0,
  boundary: 0,
  fill: 1,
  polygon: 1,
  wand: 1,
  pick: 2,
  merge: 2,
  split: 2,
  delete: 2,
  relabel: 2,
  unknown: 2,
}

export const TOOLS = PAINTING_TOOLS.map(({ id, name, hint }) => ({
  id,
  title: name,
  hint,
  key: KEYS[id],
  group: GROUPS[id],
}))

/** Tools whose size is that of a disc. */
export const hasSize = (tool: ToolId): boolean => ['brush', 'eraser', 'boundary'].includes(tool)
/** Tools that paint the chosen label. */
export const hasLabel = (tool: ToolId): boolean => ['brush', 'fill', 'polygon', 'wand'].includes(tool)
