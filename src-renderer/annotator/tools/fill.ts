import type { DraftOf, Tool } from '../tool.ts'

/** Fills the area of one label under the pointer, no further than the screen shows. */
export const fillTool: Tool = {
  id: 'fill',
  name: 'Fill',
  hint: 'Fills the area under the pointer up to what is painted around it, as far as you see.',
  cursor: 'cross',
  begin(page, start) {
    const { visible } = page
    if (visible.w === 0 || visible.h === 0) return null
    const stroke: DraftOf<'fill'> = {
      tool: 'fill',
      at: [start[0], start[1]],
      within: visible,
      ...page.strokeLabel(),
    }
    return { move: () => {}, lift: () => ({ stroke }) }
  },
}
