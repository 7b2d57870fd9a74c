/** Objects pixel by pixel as docs/science.md defines them: slow, plainly correct, for comparison. */
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'

interface Plane {
  foreground: Float32Array
  width: number
  height: number
}

/** Neighbours of a pixel inside the plane: 4, or 8 with corners. */
function neighbours({ width, height }: Plane, at: number, withCorners = false): number[] {
  const [x, y] = [at % width, Math.floor(at / width)]
  const found: number[] = []
  for (const [dx, dy] of [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
    ...(withCorners
      ? [
          [-1, -1],
          [1, -1],
          [-1, 1],
          [1, 1],
        ]
      : []),
  ] as [number, number][]) {
    if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height) found.push(at + dy * width + dx)
  }
  return found
}

/** Regions of the pixels that are inside, in the order of their first pixel. */
function regionsOf(plane: Plane, isInside: (at: number) => boolean, withCorners = false): number[][] {
  const isSeen = new Set<number>()
  const regions: number[][] = []
  for (let start = 0; start < plane.foreground.length; start++) {
    if (isSeen.has(start) || !isInside(start)) continue
    const region = [start]
    isSeen.add(start)
    for (const at of region) {
      for (const to of neighbours(plane, at, withCorners)) {
        if (isSeen.has(to) || !isInside(to)) continue
        isSeen.add(to)
        region.push(to)
      }
    }
    regions.push(region)
  }
  return regions
}

export function objectsByDefinition(plane: Plane, plan: ObjectsPlan): number[] {
  const labels = separated(plane, plan)
  if (plan.minimumAreaPx > 1) dropSmaller(labels, plan.minimumAreaPx)
  if (plan.fillHoles) fillHoles(plane, labels)
  if (plan.regrowPx > 0) regrow(plane, labels, plan.regrowPx)
  const final = new Map<number, number>([[0, 0]])
  for (const label of labels) if (!final.has(label)) final.set(label, final.size)
  return labels.map((label) => final.get(label)!)
}

function separated(plane: Plane, { threshold, seedThreshold }: ObjectsPlan): number[] {
  const { foreground } = plane
  const labels = new Array<number>(foreground.length).fill(0)
  const components = regionsOf(plane, (at) => foreground[at]! >= Math.fround(threshold))
  if (seedThreshold <= threshold) {
    for (const [index, component] of components.entries()) for (const at of component) labels[at] = index + 1
    return labels
  }
  const isSeed = new Set<number>()
  for (const component of components) {
    const peak = Math.max(...component.map((at) => foreground[at]!))
    const isWhole = peak < seedThreshold && peak >= (threshold + seedThreshold) / 2
    for (const at of component) if (isWhole || foreground[at]! >= Math.fround(seedThreshold)) isSeed.add(at)
  }
  for (const [index, seed] of regionsOf(plane, (at) => isSeed.has(at)).entries()) {
    for (const at of seed) labels[at] = index + 1
  }
  flood(plane, labels, threshold)
  return labels
}

/** The pixel of the highest level goes first, of one level the one reached first; 1024 levels, and never uphill. */
function flood(plane: Plane, labels: number[], threshold: number): void {
  const waiting: { at: number; level: number }[] = []
  for (const [at, label] of labels.entries()) if (label > 0) waiting.push({ at, level: 1024 })
  while (waiting.length > 0) {
    const next = waiting.reduce((best, { level }, index) => (level > waiting[best]!.level ? index : best), 0)
    const [{ at, level }] = waiting.splice(next, 1) as [{ at: number; level: number }]
    for (const to of neighbours(plane, at)) {
      if (labels[to] !== 0 || plane.foreground[to]! < Math.fround(threshold)) continue
      labels[to] = labels[at]!
      waiting.push({ at: to, level: Math.min(level, 1023, Math.floor(plane.foreground[to]! * 1024)) })
    }
  }
}

function dropSmaller(labels: number[], minimumAreaPx: number): void {
  const area = new Map<number, number>()
  for (const label of labels) area.set(label, (area.get(label) ?? 0) + 1)
  for (const [at, label] of labels.entries()) if (area.get(label)! < minimumAreaPx) labels[at] = 0
}

function fillHoles(plane: Plane, labels: number[]): void {
  const { width, height } = plane
  for (const region of regionsOf(plane, (at) => labels[at] === 0, true)) {
    const isAtEdge = region.some((at) => neighbours(plane, at, true).length < 8) || width < 3 || height < 3
    const around = new Set(region.flatMap((at) => neighbours(plane, at, true).map((to) => labels[to]!)))
    around.delete(0)
    if (!isAtEdge && around.size === 1) for (const at of region) labels[at] = [...around][0]!
  }
}

function regrow(plane: Plane, labels: number[], regrowPx: number): void {
  const nearest = labels.map((label, at) => (label === 0 ? nearestWithin(plane, labels, at, regrowPx) : label))
  for (const region of regionsOfEqual(plane, nearest)) {
    if (region.some((at) => labels[at] !== 0)) for (const at of region) labels[at] = nearest[at]!
  }
}

/** Id of the nearest object pixel; of equally near ones the leftmost, of those the uppermost; 0 beyond the distance. */
function nearestWithin({ width, height }: Plane, labels: number[], at: number, distancePx: number): number {
  const [x, y] = [at % width, Math.floor(at / width)]
  let [best, id] = [Number.POSITIVE_INFINITY, 0]
  const reach = Math.min(width + height, Math.floor(distancePx))
  for (let toX = Math.max(0, x - reach); toX <= Math.min(width - 1, x + reach); toX++) {
    for (let toY = Math.max(0, y - reach); toY <= Math.min(height - 1, y + reach); toY++) {
      const square = (toX - x) ** 2 + (toY - y) ** 2 // whole, so that equally near ones are told exactly
      if (labels[toY * width + toX] === 0 || Math.sqrt(square) > distancePx || square >= best) continue
      best = square
      id = labels[toY * width + toX]!
    }
  }
  return id
}

/** 4-connected regions of equal ids other than 0. */
function regionsOfEqual(plane: Plane, ids: number[]): number[][] {
  return [...new Set(ids)].filter((id) => id !== 0).flatMap((id) => regionsOf(plane, (at) => ids[at] === id))
}
