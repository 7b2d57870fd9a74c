/**
 * Objects from probabilities (docs/science.md, "Objects"): threshold, 4-connected components or a watershed from
 * seeds, minimum size, holes filled, then regrown, because training taught the network a gap between touching objects.
 */
import { connectedComponents4 } from './components.ts'
import { nearestValue } from './distance.ts'
import { fillHoles } from './objects-holes.ts'
import { growSeeds } from './objects-watershed.ts'
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
 * `foreground` is 1 - p(background) of each pixel, row-major.
 */
export function objectsFromProbabilities(
  foreground: Float32Array,
  width: number,
  height: number,
  plan: ObjectsPlan,
): Uint32Array {
  const labels = separated(foreground, width, height, plan)
  if (plan.minimumAreaPx > 1) dropSmaller(labels, plan.minimumAreaPx)
  if (plan.fillHoles) fillHoles(labels, width, height)
  if (plan.regrowPx > 0) regrow(labels, width, height, plan.regrowPx)
  return renumbered(labels)
}

/**
 * The pixels at or above `threshold`, in objects. With a higher `seedThreshold` a component with several seeds is
 * divided between them; one without a seed stays an object when it reaches half-way from `threshold` to `seedThreshold`.
 */
function separated(
  foreground: Float32Array,
  width: number,
  height: number,
  { threshold, seedThreshold }: ObjectsPlan,
): Uint32Array {
  const isObject = atLeast(foreground, threshold)
  const components = connectedComponents4(isObject, width, height)
  if (seedThreshold <= threshold) return components.labels
  const peak = new Float32Array(components.count + 1)
  for (let at = 0; at < foreground.length; at++) {
    const component = components.labels[at]!
    if (foreground[at]! > peak[component]!) peak[component] = foreground[at]!
  }
  const isSeed = atLeast(foreground, seedThreshold)
  const least = (threshold + seedThreshold) / 2
  for (let at = 0; at < isSeed.length; at++) {
    const component = components.labels[at]!
    if (component > 0 && peak[component]! < seedThreshold && peak[component]! >= least) isSeed[at] = 1
  }
  const seeds = connectedComponents4(isSeed, width, height).labels
  growSeeds(seeds, foreground, isObject, width, height)
  return seeds
}

const atLeast = (values: Float32Array, threshold: number): Uint8Array => {
  const is = new Uint8Array(values.length)
  const rounded = Math.fround(threshold) // 0.1 as a double is above 0.1 as stored
  for (let at = 0; at < values.length; at++) if (values[at]! >= rounded) is[at] = 1
  return is
}

function dropSmaller(labels: Uint32Array, minimumAreaPx: number): void {
  const area = new Float64Array(largest(labels) + 1)
  for (let at = 0; at < labels.length; at++) area[labels[at]!]!++
  for (let at = 0; at < labels.length; at++) if (area[labels[at]!]! < minimumAreaPx) labels[at] = 0
}

/**
 * Background within `regrowPx` of an object goes to the nearest one. Only what stays 4-connected to the object is
 * taken, so that objects which nearly meet cannot leave crumbs behind each other.
 */
function regrow(labels: Uint32Array, width: number, height: number, regrowPx: number): void {
  const { distance, value } = nearestValue(labels, width, height)
  const queue = new Int32Array(labels.length) // a pixel enters once
  let count = 0
  for (let at = 0; at < labels.length; at++) if (labels[at] !== 0) queue[count++] = at
  const take = (at: number, id: number) => {
    if (labels[at] !== 0 || value[at] !== id || distance[at]! > regrowPx) return
    labels[at] = id
    queue[count++] = at
  }
  for (let next = 0; next < count; next++) {
    const at = queue[next]!
    const id = labels[at]!
    const x = at % width
    if (x > 0) take(at - 1, id)
    if (x < width - 1) take(at + 1, id)
    if (at >= width) take(at - width, id)
    if (at + width < labels.length) take(at + width, id)
  }
}

/** Ids 1..n in the order of their first pixel, in place. */
function renumbered(labels: Uint32Array): Uint32Array {
  const final = new Uint32Array(largest(labels) + 1)
  let count = 0
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    if (label === 0) continue
    if (final[label] === 0) final[label] = ++count
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
