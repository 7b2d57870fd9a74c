/** Of which part of a plane proposals are made: all of a small one, of a large one what is looked at. */
import { intersect, type PlaneKey, type Rect } from '../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'

export interface ProposedPlane {
  plane: PlaneKey
  width: number
  height: number
}

/** Planes with more pixels are made into objects by parts. */
export const MOST_WHOLE_PX = 1 << 24
/** Pixels of a part: so many are made into objects while a slider moves. */
const MOST_PART_PX = 1 << 22

const wholeOf = ({ width, height }: ProposedPlane): Rect => ({ x: 0, y: 0, w: width, h: height })

export const isLarge = ({ width, height }: ProposedPlane): boolean => width * height > MOST_WHOLE_PX

/**
 * The part to make objects of when `visible` is looked at: with up to a quarter of it around. All of a small plane;
 * null where so much is visible that it would not be done while a slider moves.
 */
export function regionFor(of: ProposedPlane, visible: Rect): Rect | null {
  if (!isLarge(of)) return wholeOf(of)
  const left = Math.floor(visible.x)
  const top = Math.floor(visible.y)
  const right = Math.ceil(visible.x + visible.w)
  const bottom = Math.ceil(visible.y + visible.h)
  const seen = intersect({ x: left, y: top, w: right - left, h: bottom - top }, wholeOf(of))
  if (seen.w === 0 || seen.h === 0 || seen.w * seen.h > MOST_PART_PX) return null
  let margin = Math.ceil(Math.max(seen.w, seen.h) / 4)
  while (margin > 0 && (seen.w + 2 * margin) * (seen.h + 2 * margin) > MOST_PART_PX) margin >>= 1
  return intersect(
    { x: seen.x - margin, y: seen.y - margin, w: seen.w + 2 * margin, h: seen.h + 2 * margin },
    wholeOf(of),
  )
}

/** True where all that `visible` shows of the plane lies in the region. */
export function covers(region: Rect, of: ProposedPlane, visible: Rect): boolean {
  const { x, y, w, h } = intersect(visible, wholeOf(of))
  return x >= region.x && y >= region.y && x + w <= region.x + region.w && y + h <= region.y + region.h
}

/**
 * True for an object, by its box in the plane, that may go on outside the region, or would have grown otherwise had more
 * been seen of its neighbours. What is not cut is the object that the whole plane has there.
 */
export function isCut(box: Rect, region: Rect, of: ProposedPlane, { regrowPx }: ObjectsPlan): boolean {
  const near = 2 * Math.ceil(regrowPx) + 1
  return (
    (region.x > 0 && box.x - region.x < near) ||
    (region.y > 0 && box.y - region.y < near) ||
    (region.x + region.w < of.width && region.x + region.w - box.x - box.w < near) ||
    (region.y + region.h < of.height && region.y + region.h - box.y - box.h < near)
  )
}
