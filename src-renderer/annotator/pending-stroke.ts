/** A stroke that the window shows and the host has not yet confirmed, and what it does to the tiles at hand. */
import { isTemporary, LABEL } from '../../src-shared/labels.ts'
import { type DrawnStroke, type ObjectStroke, paint, type Stroke, type StrokeOf } from '../../src-shared/strokes.ts'
import { TILE_PX, type TileMap, type TilePosition } from '../../src-shared/tile-map.ts'

/** What survives a reload of the window. */
export interface UnsavedStroke {
  stroke: Stroke
  /** Ids that the window gave to objects this stroke makes, in the order in which they came into being. */
  temporary: number[]
  /** The label is an id of this window's own that nobody has painted before. */
  isFresh: boolean
}

const DRAWN: readonly string[] = ['brush', 'eraser', 'boundary', 'polygon', 'fill', 'split']
export const isDrawn = (stroke: Stroke): stroke is DrawnStroke => DRAWN.includes(stroke.tool)

/**
 * Applies a stroke to a label map as the host does; whole objects change in the tiles given. `nextId` names objects that
 * come into being. Answers their ids. Throws 'fill-too-large'.
 */
export function applyStroke(
  map: TileMap,
  stroke: Stroke,
  nextId: () => number,
  tiles: () => Iterable<TilePosition>,
): number[] {
  if (isDrawn(stroke)) return paint(map, stroke, { newObject: nextId, newPart: nextId, boxOf: () => null }).created
  return applyToObjects(map, stroke, nextId, tiles)
}

function applyToObjects(
  map: TileMap,
  stroke: ObjectStroke,
  nextId: () => number,
  tiles: () => Iterable<TilePosition>,
): number[] {
  switch (stroke.tool) {
    case 'delete':
      recolour(map, stroke.objectIds, LABEL.unpainted, tiles())
      return []
    case 'merge':
      recolour(map, stroke.objectIds.slice(1), stroke.objectIds[0]!, tiles())
      return []
    case 'relabel': {
      const label = stroke.label === 'new' ? nextId() : stroke.label
      recolour(map, stroke.objectIds, label, tiles())
      return stroke.label === 'new' ? [label] : []
    }
    case 'setState':
      if (stroke.state === 'rejected') recolour(map, stroke.objectIds, LABEL.background, tiles())
      return []
    case 'setClass':
    case 'complete':
      return []
  }
}

function recolour(map: TileMap, ids: readonly number[], label: number, tiles: Iterable<TilePosition>): void {
  const values = new Set(ids.filter((id) => id !== label))
  const isOne = (old: number) => values.has(old)
  for (const { tx, ty } of tiles) {
    const [right, bottom] = [Math.min((tx + 1) * TILE_PX, map.width), Math.min((ty + 1) * TILE_PX, map.height)]
    for (let y = ty * TILE_PX; y < bottom; y++) map.paintSpan(y, tx * TILE_PX, right, label, isOne)
  }
}

type PaintStroke = StrokeOf<'brush' | 'polygon' | 'fill'>

/** Whether a stroke paints a label where it is drawn. */
const isPaint = (stroke: Stroke): stroke is PaintStroke => isDrawn(stroke) && 'label' in stroke

/** The stroke with ids replaced that the host has renamed. */
export function renamed<T extends Stroke>(stroke: T, names: ReadonlyMap<number, number>): T {
  if (names.size === 0) return stroke
  const name = (id: number) => names.get(id) ?? id
  const copy: Record<string, unknown> = { ...stroke }
  if ('label' in stroke && typeof stroke.label === 'number') copy.label = name(stroke.label)
  if ('objectId' in stroke) copy.objectId = name(stroke.objectId)
  if ('only' in stroke && stroke.only !== undefined) copy.only = name(stroke.only)
  if ('objectIds' in stroke) copy.objectIds = [...new Set(stroke.objectIds.map(name))]
  return copy as T
}

/** Ids of the objects that a stroke names. */
export function idsIn(stroke: Stroke): number[] {
  const ids: (number | 'new')[] = []
  if ('label' in stroke) ids.push(stroke.label)
  if ('objectId' in stroke) ids.push(stroke.objectId)
  if ('only' in stroke && stroke.only !== undefined) ids.push(stroke.only)
  if ('objectIds' in stroke) ids.push(...stroke.objectIds)
  return ids.filter((id) => id !== 'new')
}

/**
 * Gives objects their names in a stroke that waits. One that was to make such an object goes on with it: another stroke
 * has made it meanwhile.
 */
export function rename(of: UnsavedStroke, names: ReadonlyMap<number, number>): void {
  of.stroke = renamed(of.stroke, names)
  const label = names.get(of.temporary[0] ?? 0)
  if (label === undefined || !isPaint(of.stroke) || of.stroke.label !== 'new') return
  of.stroke = { ...of.stroke, label }
  of.temporary = []
  of.isFresh = false
}

/**
 * A stroke as it is sent when its turn comes. An object that has no name by then is made by it: the stroke that was to
 * make the object has been refused, taken back or set aside.
 */
export const asSent = (stroke: Stroke): Stroke => (paintsTemporary(stroke) ? { ...stroke, label: 'new' } : stroke)

/** The window's ids of the objects that a stroke sent so makes. */
export const madeBy = ({ stroke, temporary }: UnsavedStroke): number[] =>
  paintsTemporary(stroke) ? [stroke.label] : temporary

const paintsTemporary = (stroke: Stroke): stroke is PaintStroke & { label: number } =>
  isPaint(stroke) && stroke.label !== 'new' && isTemporary(stroke.label)

/**
 * Whether the window, with all tiles at hand, paints exactly what the host paints. It does not know where the rest of a
 * known object lies, which decides what "fill holes" encloses.
 */
export const isExact = ({ stroke, isFresh }: UnsavedStroke): boolean =>
  stroke.tool !== 'brush' || !stroke.fillHoles || isFresh || stroke.label === 'new'
