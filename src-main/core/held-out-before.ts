/**
 * What a run that begins with the weights of another may be judged by: what that run held out, too. On a place that its
 * first weights have learned a network looks better than it is, and thresholds are chosen for that.
 */
import { intersect, type Rect } from '../../src-shared/planes.ts'
import type { PlanItem, RunPlan } from '../../src-shared/run-plan.ts'
import type { TaughtPlane } from './taught-planes.ts'

/** A run whose weights another begins with. */
export interface StartingRun {
  /** Absolute path of its model. */
  model: string
  plan: RunPlan
}

type Judged = Pick<TaughtPlane, 'key' | 'role' | 'width' | 'height'>

/** Per plane, the blocks that the other run held out of it; none where it does not teach now. */
export function blocksHeldOutBefore(planes: readonly Judged[], { plan }: StartingRun): Rect[][] {
  return planes.map((plane) => {
    const whole = wholeOf(plane)
    const before = plane.role === 'train' ? (itemOf(plan, plane)?.heldOut ?? []) : []
    return before.map((block) => intersect(block, whole)).filter(({ w, h }) => w > 0 && h > 0)
  })
}

/** Whether the other run has learned from something that this one is judged by, as far as its plan knows. */
export function hasLearnedWhatJudges(
  planes: readonly Judged[],
  heldOut: readonly (readonly Rect[])[],
  { plan }: StartingRun,
): boolean {
  return planes.some((plane, index) => {
    const item = itemOf(plan, plane)
    const places = plane.role === 'validation' ? [wholeOf(plane)] : heldOut[index]!
    return item !== undefined && places.some((place) => plan.hasSeenHeldOut || isTaught(item, place))
  })
}

/** Whether a plane taught some of a place. Its blocks do not overlap. */
function isTaught({ role, heldOut }: PlanItem, place: Rect): boolean {
  if (role === 'validation') return false
  const spared = heldOut.reduce((area, block) => area + areaOf(intersect(block, place)), 0)
  return spared < areaOf(place)
}

const itemOf = ({ items }: RunPlan, { key }: Judged): PlanItem | undefined =>
  items.find(({ imageId, z, t }) => imageId === key.imageId && z === key.z && t === key.t)

const wholeOf = ({ width, height }: Judged): Rect => ({ x: 0, y: 0, w: width, h: height })

const areaOf = ({ w, h }: Rect): number => w * h
