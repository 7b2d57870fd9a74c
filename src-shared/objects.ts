/**
 * Objects from probabilities (docs/science.md, "Objects"): threshold, 4-connected components or a watershed from
 * seeds, minimum size, holes filled, then regrown, because training taught the network a gap between touching objects.
 */
import {
  areasOf,
  joinSmaller,
  type LabelsOfClasses,
  LEAST_CLASS_PIECE_PX,
  separatedByClass,
} from './objects-classes.ts'
import { fillHoles } from './objects-holes.ts'
import { regrow } from './objects-regrow.ts'
import { dividedBySeeds, type Separated } from './objects-watershed.ts'
import { runsAtLeast } from './pixel-runs.ts'
import type { ObjectsPlan } from './run-plan.ts'

/** What objects are made with until validation has chosen something better. */
export const DEFAULT_OBJECTS: ObjectsPlan = {
  threshold: 0.5,
  seedThreshold: 0.5,
  minimumAreaPx: 0,
  fillHoles: true,
  regrowPx: 1,
}

/** The plan with another threshold; seeds that are off go with it, and are off still. */
export const atThreshold = (plan: ObjectsPlan, threshold: number): ObjectsPlan => ({
  ...plan,
  threshold,
  seedThreshold: plan.seedThreshold > plan.threshold ? Math.max(plan.seedThreshold, threshold) : threshold,
})

/** An instance map with the class of each of its objects. */
export interface ClassedObjects {
  /** 0 is background, objects are 1..n in the order of their first pixel, each of them 4-connected. */
  labels: Uint32Array
  /** Class index (1..K-1) of each object; 0 at index 0. */
  classIndex: Uint8Array
}

/**
 * An instance map: 0 is background, objects are 1..n in the order of their first pixel, each of them 4-connected.
 * `foreground` is 1 - p(background) of each pixel, row-major. Beside it and the map, memory is taken by runs and bands
 * of rows, and by the box around the largest component that has several seeds.
 */
export function objectsFromProbabilities(
  foreground: Float32Array,
  width: number,
  height: number,
  plan: ObjectsPlan,
): Uint32Array {
  return objectsOfClasses(foreground, null, width, height, plan).labels
}

/**
 * The same where there are several classes. `classOf` is the likeliest class but background of each pixel
 * (`likeliestClasses`): pixels of different classes never belong to one object, however they touch. Null for one class.
 * With `isPart` the arrays are a part of a plane: what its edge cuts is as large as nobody knows, and none too small.
 */
export function objectsOfClasses(
  foreground: Float32Array,
  classOf: Uint8Array | null,
  width: number,
  height: number,
  plan: ObjectsPlan,
  { isPart = false }: { isPart?: boolean | undefined } = {},
): ClassedObjects {
  const found = classOf
    ? separatedByClass(foreground, classOf, (own) => separated(own, width, height, plan))
    : oneClass(separated(foreground, width, height, plan))
  const { labels, count, classOfLabel } = found
  if (classOf) joinSmaller(found, width, Math.max(plan.minimumAreaPx, LEAST_CLASS_PIECE_PX))
  if (plan.minimumAreaPx > 1) {
    const area = areasOf(labels, count)
    if (isPart) for (const label of onEdge(labels, width, height)) area[label] = plan.minimumAreaPx
    dropSmaller(labels, area, plan.minimumAreaPx)
  }
  if (plan.fillHoles) fillHoles(labels, width, height)
  if (plan.regrowPx > 0) regrow(labels, width, height, plan.regrowPx)
  const { final, objects } = renumber(labels, count)
  const classIndex = new Uint8Array(objects + 1)
  for (let label = 1; label < count; label++) if (final[label]! > 0) classIndex[final[label]!] = classOfLabel[label]!
  return { labels, classIndex }
}

const oneClass = (found: Separated): LabelsOfClasses => ({
  ...found,
  classOfLabel: new Uint8Array(found.count).fill(1),
})

/** The pixels at or above `threshold`, in objects: components, divided between seeds with a higher `seedThreshold`. */
function separated(foreground: Float32Array, width: number, height: number, plan: ObjectsPlan): Separated {
  const runs = runsAtLeast(foreground, width, height, Math.fround(plan.threshold)) // 0.1 as a double is above 0.1 as stored
  const components = runs.number(0)
  if (plan.seedThreshold > plan.threshold) return dividedBySeeds(foreground, runs, components, plan)
  const labels = new Uint32Array(foreground.length)
  runs.paint(labels)
  return { labels, count: components + 1 }
}

function dropSmaller(labels: Uint32Array, area: Uint32Array, minimumAreaPx: number): void {
  for (let at = 0; at < labels.length; at++) if (area[labels[at]!]! < minimumAreaPx) labels[at] = 0
}

/** The labels of the first and last row and column, 0 among them where it is there. */
export function onEdge(labels: Uint32Array, width: number, height: number): Set<number> {
  const found = new Set([...labels.subarray(0, width), ...labels.subarray(width * (height - 1))])
  for (let row = 0; row < height; row++) found.add(labels[row * width]!).add(labels[(row + 1) * width - 1]!)
  return found
}

/** Gives objects the ids 1..n in the order of their first pixel, in place; ids before are below `count`. */
function renumber(labels: Uint32Array, count: number): { final: Uint32Array; objects: number } {
  const final = new Uint32Array(count)
  let objects = 0
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    if (label === 0) continue
    if (final[label] === 0) final[label] = ++objects
    labels[at] = final[label]!
  }
  return { final, objects }
}
