/** Every tool, in the order of the toolbar: toolbar, shortcuts and cursors all come from this list. */
import type { Tool, ToolId } from '../tool.ts'
import { boundaryTool } from './boundary.ts'
import { brushTool } from './brush.ts'
import { deleteTool } from './delete.ts'
import { eraserTool } from './eraser.ts'
import { fillTool } from './fill.ts'
import { mergeTool } from './merge.ts'
import { pickTool } from './pick.ts'
import { polygonTool } from './polygon.ts'
import { relabelTool } from './relabel.ts'
import { splitTool } from './split.ts'
import { unknownTool } from './unknown.ts'
import { wandTool } from './wand.ts'

export const TOOLS: readonly Tool[] = [
  brushTool,
  eraserTool,
  boundaryTool,
  fillTool,
  polygonTool,
  wandTool,
  pickTool,
  mergeTool,
  splitTool,
  deleteTool,
  relabelTool,
  unknownTool,
]

export function toolOf(id: ToolId): Tool {
  const tool = TOOLS.find((candidate) => candidate.id === id)
  if (!tool) throw new Error(`no tool ${id}`)
  return tool
}
