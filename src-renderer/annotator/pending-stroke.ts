/** A stroke that the window shows and the host has not yet confirmed, and what it does to the tiles at hand. */
import { LABEL } from '../../src-shared/labels.ts'
import { type DrawnStroke, type ObjectStroke, paint, type Stroke } from '../../src-shared/strokes.ts'
import { TILE_PX, type TileMap, type TilePosition } from '../../src-shared/tile-map.ts'

/** What survives a reload of the window. */
export interface UnsavedStroke {
  stroke: Stroke
  /** Ids that the window gave to objects this stroke makes, in the order in which they came into being. */
  temporary: number[]
  /** The label is an id of this window's own that nobody has painted before. */
  isFresh: boolean
}

/** Ids from here on are the window's own until the host has said which they are. */
export const FIRST_TEMPORARY_ID = 0xf0000000

export const isTemporary = (id: number): boolean => id >= FIRST_TEMPORARY_ID

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

/**
 * Whether the window, with all tiles at hand, paints exactly what the host paints. It does not know where the rest of a
 * known object lies, which decides what "fill holes" encloses.
 */
export const isExact = ({ stroke, isFresh }: UnsavedStroke): boolean =>
  stroke.tool !== 'brush' || !stroke.fillHoles || isFresh || stroke.label === 'new'
