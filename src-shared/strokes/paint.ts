/** What a drawn stroke does to a plane: the one rasteriser of the window (as a preview) and of the host (the truth). */
import { AppError } from '../errors.ts'
import { isObjectId, LABEL } from '../labels.ts'
import { intersect, type Rect } from '../planes.ts'
import { type TileMap, union } from '../tile-map.ts'
import { flood } from './flood.ts'
import { fillHoles } from './holes.ts'
import { fillPolygon } from './polygon.ts'
import type { DrawnStroke, StrokeOf } from './schema.ts'
import { forEachSpan, type Spans } from './spans.ts'
import { type NewPart, separate, splitAlong } from './split.ts'
import { sweep } from './sweep.ts'

/** A fill stops with 'fill-too-large' beyond this: 64 MiB of label map. */
export const FILL_LIMIT_PX = 1 << 24

/** Wide enough that a 4-connected object cannot slip through a slanted line, narrow enough to move no visible edge. */
const CUT_RADIUS_PX = 0.75

/** What a stroke needs to know of the objects; the window gives temporary ids until the host answers. */
export interface ObjectRoom {
  /** An id for the object that the stroke makes. */
  newObject(): number
  /** An id for a part that the stroke separates from an object. */
  newPart: NewPart
  /** The object's box in this plane before the stroke, null when it has no pixels or nobody knows. */
  boxOf(objectId: number): Rect | null
}

export interface Painted {
  /** The object painted by this stroke, 'new' or known; undefined for other labels. */
  objectId?: number
  /** Objects that came into being. */
  created: number[]
}

type PathStroke = StrokeOf<'brush' | 'eraser' | 'boundary' | 'polygon' | 'split'>

/** Pixels inside `rect` that a stroke with a path covers, whatever is painted there. */
export function rasterise(stroke: PathStroke, rect: Rect): Spans {
  if (stroke.tool === 'polygon') return fillPolygon(stroke.path, stroke.rule, rect)
  return sweep(stroke.path, stroke.tool === 'split' ? CUT_RADIUS_PX : stroke.radiusPx, rect)
}

/** Draws a stroke. Throws 'fill-too-large'. */
export function paint(map: TileMap, stroke: DrawnStroke, room: ObjectRoom): Painted {
  switch (stroke.tool) {
    case 'brush':
    case 'polygon':
      return paintLabel(map, stroke, rasterise(stroke, map.rect), room)
    case 'fill':
      return paintLabel(map, stroke, regionAt(map, stroke), room)
    case 'eraser':
      return erase(map, stroke)
    case 'boundary':
      return paintBoundary(map, stroke, room)
    case 'split':
      return { created: splitAlong(map, rasterise(stroke, map.rect), stroke.objectId, room.newPart) }
  }
}

function paintLabel(
  map: TileMap,
  stroke: StrokeOf<'brush' | 'polygon' | 'fill'>,
  spans: Spans,
  room: ObjectRoom,
): Painted {
  if (spans.length === 0) return { created: [] }
  const isNew = stroke.label === 'new'
  const label = stroke.label === 'new' ? room.newObject() : stroke.label
  let isPainted = false
  const mayPaint = (old: number) => {
    if (stroke.protectOthers && (isObjectId(old) || old === LABEL.boundary)) return false
    isPainted = true
    return true
  }
  forEachSpan(spans, (y, x0, x1) => map.paintSpan(y, x0, x1, label, mayPaint))
  if (!isPainted || !isObjectId(label)) return { created: [] }
  if (stroke.tool === 'brush' && stroke.fillHoles) fillHoles(map, label, around(map, room.boxOf(label)))
  return { objectId: label, created: isNew ? [label] : [] }
}

/** The box of an object after a stroke has made it larger. */
const around = (map: TileMap, before: Rect | null): Rect => (before ? union(before, map.changed) : map.changed)

function regionAt(map: TileMap, { at, within = map.rect }: StrokeOf<'fill'>): Spans {
  const [x, y] = [Math.floor(at[0]), Math.floor(at[1])]
  const bounds = intersect(within, map.rect)
  if (x < bounds.x || y < bounds.y || x >= bounds.x + bounds.w || y >= bounds.y + bounds.h) return new Int32Array()
  const region = flood(map, x, y, { within: bounds, limitPx: FILL_LIMIT_PX })
  if (!region) throw new AppError('fill-too-large', { limit: FILL_LIMIT_PX })
  return region
}

function erase(map: TileMap, stroke: StrokeOf<'eraser'>): Painted {
  const { only } = stroke
  const mayPaint = only === undefined ? undefined : (old: number) => old === only
  forEachSpan(rasterise(stroke, map.rect), (y, x0, x1) => map.paintSpan(y, x0, x1, LABEL.unpainted, mayPaint))
  return { created: [] }
}

/** Paints boundary, then separates what it has cut apart. */
function paintBoundary(map: TileMap, stroke: StrokeOf<'boundary'>, room: ObjectRoom): Painted {
  const spans = rasterise(stroke, map.rect)
  const crossed = new Set<number>()
  const note = (old: number) => {
    if (isObjectId(old)) crossed.add(old)
    return true
  }
  forEachSpan(spans, (y, x0, x1) => map.paintSpan(y, x0, x1, LABEL.boundary, note))
  const ids = [...crossed].sort((a, b) => a - b)
  return { created: ids.flatMap((objectId) => separate(map, spans, objectId, room.newPart)) }
}
