/** What the workstation computes, once more and in the plainest way: by trying every pixel against everything. */
import { LABEL } from '../../src-shared/labels.ts'
import type { LabelMap, Point } from './workstation.ts'

/** Distance of a point to a polyline. */
export function distanceToPath({ x, y }: Point, path: readonly Point[]): number {
  let least = Math.hypot(x - path[0]!.x, y - path[0]!.y)
  for (let index = 1; index < path.length; index++) {
    const [a, b] = [path[index - 1]!, path[index]!]
    const [dx, dy] = [b.x - a.x, b.y - a.y]
    const squared = dx * dx + dy * dy
    const share = squared === 0 ? 0 : Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / squared))
    least = Math.min(least, Math.hypot(x - a.x - share * dx, y - a.y - share * dy))
  }
  return least
}

/** For each pixel whether its centre lies within the radius of the path; undefined where rounding decides. */
export function underBrush({ width, height }: LabelMap, path: readonly Point[], radiusPx: number) {
  const [xs, ys] = [path.map(({ x }) => x), path.map(({ y }) => y)]
  const [left, right] = [Math.min(...xs) - radiusPx - 1, Math.max(...xs) + radiusPx + 1]
  const [top, bottom] = [Math.min(...ys) - radiusPx - 1, Math.max(...ys) + radiusPx + 1]
  return Array.from({ length: width * height }, (_, at) => {
    const centre = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    if (centre.x < left || centre.x > right || centre.y < top || centre.y > bottom) return false
    const beyond = distanceToPath(centre, path) - radiusPx
    return Math.abs(beyond) < 1e-6 ? undefined : beyond < 0
  })
}

/** Number of 4-connected parts of the pixels with a value. */
export function partsOf({ width, labels }: LabelMap, value: number): number {
  const left = new Set<number>()
  for (let at = 0; at < labels.length; at++) if (labels[at] === value) left.add(at)
  let parts = 0
  for (const start of left) {
    parts++
    const open = [start]
    left.delete(start)
    while (open.length > 0) {
      const at = open.pop()!
      const x = at % width
      const neighbours = [at - width, at + width, ...(x > 0 ? [at - 1] : []), ...(x < width - 1 ? [at + 1] : [])]
      for (const next of neighbours) if (left.delete(next)) open.push(next)
    }
  }
  return parts
}

export interface WeightShape {
  w0: number
  sigmaPx: number
  /** wc of background and of the one class, over the training set. */
  classes: readonly [number, number]
}

/**
 * w(x) of each pixel, NaN where nothing teaches: equation 2 of the paper over a plane of objects that do not touch, of
 * one class: the distances to the nearest and the second nearest object by looking at every pixel of every object.
 */
export function weightsOf({ width, labels }: LabelMap, { w0, sigmaPx, classes }: WeightShape): Float64Array {
  const objects = new Map<number, number[]>()
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    if (label >= LABEL.firstObject) {
      const pixels = objects.get(label)
      if (pixels) pixels.push(at)
      else objects.set(label, [at])
    }
  }
  return Float64Array.from(labels, (label, at) => {
    if (label >= LABEL.firstObject) return classes[1]
    if (label !== LABEL.background && label !== LABEL.boundary) return Number.NaN
    const nearest = [...objects.values()].map((pixels) => leastDistance(at, pixels, width)).sort((a, b) => a - b)
    const term = nearest.length < 2 ? 0 : w0 * Math.exp(-((nearest[0]! + nearest[1]!) ** 2) / (2 * sigmaPx ** 2))
    return classes[0] + term
  })
}

function leastDistance(at: number, pixels: readonly number[], width: number): number {
  const [x, y] = [at % width, Math.floor(at / width)]
  let least = Number.POSITIVE_INFINITY
  for (const pixel of pixels) {
    const [dx, dy] = [(pixel % width) - x, Math.floor(pixel / width) - y]
    least = Math.min(least, dx * dx + dy * dy)
  }
  return Math.sqrt(least)
}

/**
 * For each pixel whether its centre lies under a pen whose radius changes evenly from point to point: the discs of 4000
 * places of each segment. Undefined within a hundredth of a pixel of the edge.
 */
export function underPen({ width, height }: LabelMap, path: readonly (Point & { radiusPx: number })[]) {
  return Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [(at % width) + 0.5, Math.floor(at / width) + 0.5]
    let beyond = Number.POSITIVE_INFINITY
    for (let index = 1; index < path.length; index++) {
      const [a, b] = [path[index - 1]!, path[index]!]
      const reach = Math.max(a.radiusPx, b.radiusPx) + 1
      if (x < Math.min(a.x, b.x) - reach || x > Math.max(a.x, b.x) + reach) continue
      if (y < Math.min(a.y, b.y) - reach || y > Math.max(a.y, b.y) + reach) continue
      for (let step = 0; step <= 4000; step++) {
        const share = step / 4000
        const distance = Math.hypot(x - a.x - share * (b.x - a.x), y - a.y - share * (b.y - a.y))
        beyond = Math.min(beyond, distance - a.radiusPx - share * (b.radiusPx - a.radiusPx))
      }
    }
    return Math.abs(beyond) < 0.01 ? undefined : beyond < 0
  })
}

/** For each pixel whether its centre lies inside the polygon, by counting the edges to its right; undefined on an edge. */
export function insidePolygon({ width, height }: LabelMap, corners: readonly Point[]) {
  const closed = [...corners, corners[0]!]
  return Array.from({ length: width * height }, (_, at) => {
    const centre = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    if (distanceToPath(centre, closed) < 1e-6) return undefined
    let crossings = 0
    for (let index = 1; index < closed.length; index++) {
      const [a, b] = [closed[index - 1]!, closed[index]!]
      if (a.y > centre.y === b.y > centre.y) continue
      if (a.x + ((centre.y - a.y) / (b.y - a.y)) * (b.x - a.x) > centre.x) crossings++
    }
    return crossings % 2 === 1
  })
}
