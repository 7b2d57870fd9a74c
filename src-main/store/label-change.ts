/** What an action tells about the planes it changed. */
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import type { LabelRooms } from './label-edit.ts'

/** Where pixels, objects or the mark of a plane changed. */
export interface PlaneChange {
  plane: PlaneKey
  /** After the action. */
  revision: number
  /** Every changed pixel lies inside; for undo and redo it is made of whole tiles. w = 0: no pixels changed. */
  changed: Rect
}

export const NO_PIXELS: Rect = { x: 0, y: 0, w: 0, h: 0 }

/** The change of a plane, its rectangle cut to the plane. */
export function changeOf(rooms: LabelRooms, planeId: number, changed: Rect): PlaneChange {
  const plane = rooms.planes.keyOf(planeId)
  const row = rooms.planes.find(plane)!
  const inside = { w: Math.min(changed.w, row.width - changed.x), h: Math.min(changed.h, row.height - changed.y) }
  return { plane, revision: row.revision, changed: { ...changed, ...inside } }
}
