/**
 * Objects from probabilities (docs/science.md, "Objects"): threshold, 4-connected components or a watershed from
 * seeds, minimum size, holes filled, then regrown, because training taught the network a gap between touching objects.
 */
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
  const { labels, count } = separated(foreground, width, height, plan)
  if (plan.minimumAreaPx > 1) dropSmaller(labels, count, plan.minimumAreaPx)
  if (plan.fillHoles) fillHoles(labels, width, height)
  if (plan.regrowPx > 0) regrow(labels, width, height, plan.regrowPx)
  return renumbered(labels, count)
}

/** The pixels at or above `threshold`, in objects: components, divided between seeds with a higher `seedThreshold`. */
function separated(foreground: Float32Array, width: number, height: number, plan: ObjectsPlan): Separated {
  const runs = runsAtLeast(foreground, width, height, Math.fround(plan.threshold)) // 0.1 as a double is above 0.1 as stored
  const components = runs.number(0)
  if (plan.seedThreshold > plan.threshold) return dividedBySeeds(foreground, runs, components, plan)
  const labels = new Uint32Array(foreground.length)
  runs.paint(labels)
  return { labels, count: components + 1 }
}

function dropSmaller(labels: Uint32Array, count: number, minimumAreaPx: number): void {
  const area = new Uint32Array(count)
  for (let at = 0; at < labels.length; at++) area[labels[at]!]!++
  for (let at = 0; at < labels.length; at++) if (area[labels[at]!]! < minimumAreaPx) labels[at] = 0
}

/** Ids 1..n in the order of their first pixel, in place; ids before are below `count`. */
function renumbered(labels: Uint32Array, count: number): Uint32Array {
  const final = new Uint32Array(count)
  let objects = 0
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    if (label === 0) continue
    if (final[label] === 0) final[label] = ++objects
    labels[at] = final[label]!
  }
  return labels
}

function largest(labels: Uint32Array): number {
  let most = 0
  for (let at = 0; at < labels.length; at++) if (labels[at]! > most) most = labels[at]!
  return most
}

/**
 * Class of each object, index 1..n (0 at index 0): the class other than background with the highest mean probability
 * over its pixels. `probabilities` is `[K, size]`, channel 0 background.
 */
export function classesOfObjects(labels: Uint32Array, probabilities: Float32Array, classes: number): Uint8Array {
  const size = labels.length
  const best = new Uint8Array(largest(labels) + 1)
  const bestSum = new Float64Array(best.length).fill(-1)
  for (let index = 1; index < classes; index++) {
    const sum = new Float64Array(best.length) // sums compare as means do: all are over the same pixels
    for (let at = 0; at < size; at++) sum[labels[at]!]! += probabilities[index * size + at]!
    for (let id = 1; id < best.length; id++) {
      if (sum[id]! <= bestSum[id]!) continue
      bestSum[id] = sum[id]!
      best[id] = index
    }
  }
  return best
}
