import { AppError } from '../../../src-shared/errors.ts'
import { intersect, type Rect } from '../../../src-shared/planes.ts'
import type { StrokePoint } from '../../../src-shared/strokes.ts'
import type { DraftOf, GreyRegion, Tool } from '../tool.ts'
import { outlineOf, similarRegion } from './region.ts'

/** The wand looks no further than this from the pixel pointed at. */
const REACH_PX = 512
/** So many CSS pixels to the right double the tolerance. */
const DOUBLING_PX = 80
/** Points that the outline of one stroke may have. */
const MOST_POINTS = 100_000

const reads: NonNullable<Tool['reads']> = (page, x, y) => {
  const around: Rect = { x: x - REACH_PX, y: y - REACH_PX, w: 2 * REACH_PX, h: 2 * REACH_PX }
  return intersect(intersect(around, page.visible), { x: 0, y: 0, w: page.width, h: page.height })
}

/** Paints the connected pixels with a grey value like the one pointed at; dragging sideways changes how like. */
export const wandTool: Tool = {
  id: 'wand',
  name: 'Grey-value wand',
  hint: 'Click to take the pixels of similar brightness; drag right for more of them, left for fewer.',
  cursor: 'cross',
  reads,
  begin(page, start) {
    const [x, y] = [Math.floor(start[0]), Math.floor(start[1])]
    const reach = reads(page, x, y)
    if (intersect(reach, { x, y, w: 1, h: 1 }).w === 0) return null
    const grey = page.readGrey(reach)
    if (!grey) throw new AppError('picture-loading')
    const label = page.strokeLabel()
    let tolerance = page.options.tolerance
    let isRagged = false
    const draftNow = (): DraftOf<'polygon'> | null => {
      const path = pathOf(grey, x, y, tolerance)
      isRagged = path.length > MOST_POINTS
      return isRagged ? null : { tool: 'polygon', rule: 'evenodd', path, ...label }
    }
    let draft = draftNow()
    if (draft) page.preview(draft)
    return {
      move(points) {
        const last = points.at(-1)
        if (!last) return
        tolerance = Math.min(1, page.options.tolerance * 2 ** (((last[0] - start[0]) * page.zoom) / DOUBLING_PX))
        draft = draftNow()
        page.clearPreview()
        if (draft) page.preview(draft)
      },
      lift() {
        if (isRagged) throw new AppError('region-ragged')
        page.setOptions({ tolerance })
        return draft ? { stroke: draft, isPreviewed: true } : null
      },
    }
  },
}

function pathOf({ rect, values }: GreyRegion, x: number, y: number, tolerance: number): StrokePoint[] {
  const region = similarRegion(values, rect.w, rect.h, x - rect.x, y - rect.y, tolerance)
  return outlineOf(region, rect.w, rect.h).map(([px, py]) => [px + rect.x, py + rect.y])
}
