/** One training patch: the pixels of a plane and what they teach, through one warp. */
import { type Coordinates, mapWindow, varyGreyValues, type Warp } from './augmentation.ts'
import { sampleImage, sampleLabels } from './augmentation-sampling.ts'
import { withBackgroundRing } from './background-ring.ts'
import { validTile } from './geometry.ts'
import { LABEL } from './labels.ts'
import { intersect, type Rect } from './planes.ts'
import type { Random } from './random.ts'
import type { AugmentationPlan, PlanItem, RunPlan, TargetsPlan } from './run-plan.ts'
import { type TargetRules, type Targets, targetMarginPx, targetsOf } from './targets.ts'

/** A plane as the sampler reads it. Rectangles lie inside the plane. */
export interface SamplePlane {
  width: number
  height: number
  /** Normalised pixels, channel by channel: `[C, h, w]`. */
  readPixels(rect: Rect): Float32Array
  /** Label codes and ids, `[h, w]`. */
  readLabels(rect: Rect): Uint32Array
  item: PlanItem
}

/** Sides of what enters the network and of what it answers, in pixels; the output lies centred in the input. */
export interface PatchSides {
  inputPx: number
  outputPx: number
}

/**
 * For 'valid' padding the smallest tile whose output is at least `patchPx`; otherwise `patchPx` in and out. A pixel
 * classifier answers the pixel at the centre of its window.
 */
export function patchSides({ network, optimization }: Pick<RunPlan, 'network' | 'optimization'>): PatchSides {
  if (network.kind === 'patch-classifier') return { inputPx: network.windowPx, outputPx: 1 }
  if (network.padding === 'valid') return validTile(network.depth, optimization.patchPx)
  return { inputPx: optimization.patchPx, outputPx: optimization.patchPx }
}

/** The targets of a patch, `[outputPx, outputPx]`. */
export function patchTargets(
  plane: SamplePlane,
  warp: Warp,
  sides: PatchSides,
  rules: TargetRules & Pick<TargetsPlan, 'ringPx'>,
): Targets {
  const margin = targetMarginPx(rules)
  const side = sides.outputPx + 2 * margin
  const coordinates = mapWindow(warp, side, sides.inputPx)
  const ids = sampleLabels((rect) => teachingLabels(plane, rect, rules.ringPx), plane, coordinates)
  const inner = { x: margin, y: margin, w: sides.outputPx, h: sides.outputPx }
  return targetsOf(ids, side, side, plane.item, rules, inner)
}

/** The image of a patch, `[inputPx, inputPx, channels]`, written to `out` at `at`. */
export function patchImage(
  plane: SamplePlane,
  warp: Warp,
  sides: PatchSides,
  of: { channels: number; augmentation: AugmentationPlan; random: Random },
  out: Float32Array,
  at: number,
): void {
  const coordinates: Coordinates = mapWindow(warp, sides.inputPx, sides.inputPx)
  sampleImage((rect) => plane.readPixels(rect), plane, of.channels, coordinates, out, at)
  const patch = out.subarray(at, at + sides.inputPx * sides.inputPx * of.channels)
  varyGreyValues(patch, of.channels, of.augmentation, of.random)
}

/** Labels of a rectangle of a plane as they teach: held-out blocks ignored, the background ring drawn. */
export function teachingLabels(plane: SamplePlane, rect: Rect, ringPx: number): Uint32Array {
  const { isComplete, heldOut } = plane.item
  const ring = isComplete ? 0 : Math.ceil(ringPx) // a complete plane has no unpainted pixels to turn
  const wide = intersect(
    { x: rect.x - ring, y: rect.y - ring, w: rect.w + 2 * ring, h: rect.h + 2 * ring },
    { x: 0, y: 0, w: plane.width, h: plane.height },
  )
  let labels = plane.readLabels(wide)
  if (heldOut.length > 0) labels = withoutHeldOut(labels, wide, heldOut)
  if (ring === 0) return labels
  const ringed = withBackgroundRing(labels, wide.w, wide.h, ringPx)
  return cut(ringed, wide, rect)
}

function withoutHeldOut(labels: Uint32Array, rect: Rect, heldOut: readonly Rect[]): Uint32Array {
  const kept = labels.slice()
  for (const block of heldOut) {
    const part = intersect(block, rect)
    for (let y = part.y; y < part.y + part.h; y++) {
      const start = (y - rect.y) * rect.w + part.x - rect.x
      kept.fill(LABEL.ignore, start, start + part.w)
    }
  }
  return kept
}

function cut(labels: Uint32Array, from: Rect, to: Rect): Uint32Array {
  const part = new Uint32Array(to.w * to.h)
  for (let y = 0; y < to.h; y++) {
    const start = (to.y - from.y + y) * from.w + to.x - from.x
    part.set(labels.subarray(start, start + to.w), y * to.w)
  }
  return part
}
