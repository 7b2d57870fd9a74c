/**
 * A round brush swept along a polyline. A pixel is painted when its centre lies within the radius of the line: an exact
 * distance to the segments, so the result depends on no zoom, no tile border and no speed of the hand.
 */
import type { Rect } from '../planes.ts'
import type { StrokePoint } from './schema.ts'
import { SpanBuilder, type Spans } from './spans.ts'

/** A disc of this radius paints the pixel it lies in wherever its centre is: sqrt(1/2), a little more for rounding. */
export const LEAST_ROUND_RADIUS_PX = 0.7072

interface Disc {
  x: number
  y: number
  r: number
}

/** Pixels inside `clip` that the brush covers; with pressure the radius changes linearly along a segment. */
export function sweep(path: readonly StrokePoint[], radiusPx: number, clip: Rect): Spans {
  const discs = radiusPx < LEAST_ROUND_RADIUS_PX ? pencil(path) : brush(path, radiusPx)
  const spans = new SpanBuilder(clip)
  addCapsule(spans, clip, discs[0]!, discs[0]!)
  for (let index = 1; index < discs.length; index++) addCapsule(spans, clip, discs[index - 1]!, discs[index]!)
  return spans.build()
}

const brush = (path: readonly StrokePoint[], radiusPx: number): Disc[] =>
  path.map(([x, y, pressure = 1]) => ({ x, y, r: Math.max(radiusPx * pressure, LEAST_ROUND_RADIUS_PX) }))

/** Through pixel centres, half a pixel to each side: a click is one pixel, a line has no gap. */
const pencil = (path: readonly StrokePoint[]): Disc[] =>
  path.map(([x, y]) => ({ x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5, r: 0.5 }))

/** The convex hull of two discs; each of its rows is one run. */
function addCapsule(spans: SpanBuilder, clip: Rect, a: Disc, b: Disc): void {
  const covers = capsule(a, b)
  const top = Math.max(clip.y, Math.floor(Math.min(a.y - a.r, b.y - b.r) - 0.5))
  const bottom = Math.min(clip.y + clip.h - 1, Math.ceil(Math.max(a.y + a.r, b.y + b.r) - 0.5))
  const outline = hull(a, b)
  for (let y = top; y <= bottom; y++) {
    const chord = chordOf(outline, a, b, y + 0.5)
    if (!chord) continue
    let from = Math.ceil(chord.from - 0.5) - 1 // one pixel too far on both sides: `covers` decides
    let to = Math.floor(chord.to - 0.5) + 1
    while (from <= to && !covers(from + 0.5, y + 0.5)) from++
    while (to > from && !covers(to + 0.5, y + 0.5)) to--
    if (from <= to) spans.add(y, from, to + 1)
  }
}

/**
 * Whether a point lies in a disc whose centre and radius go linearly from a to b: the least of |q - c(s)| - r(s) over
 * the way s is at most 0. With v the distance from the line and k the growth of the radius per pixel, it is least at
 * s = u + k v / sqrt(1 - k^2); k = 0 is the plain distance to a segment.
 */
function capsule(a: Disc, b: Disc): (x: number, y: number) => boolean {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy)
  const isOneInside = length <= Math.abs(b.r - a.r)
  if (isOneInside) {
    const big = a.r >= b.r ? a : b
    return (x, y) => (x - big.x) ** 2 + (y - big.y) ** 2 <= big.r ** 2
  }
  const k = (b.r - a.r) / length
  const lean = k / Math.sqrt(1 - k * k)
  return (x, y) => {
    const [px, py] = [x - a.x, y - a.y]
    const along = (px * dx + py * dy) / length
    const away = Math.abs(px * dy - py * dx) / length
    const s = Math.min(length, Math.max(0, along + lean * away))
    const share = s / length
    const r = a.r + (b.r - a.r) * share
    return (px - dx * share) ** 2 + (py - dy * share) ** 2 <= r * r
  }
}

type Point = [number, number]

/** The quadrilateral between the outer tangents of two discs; empty where one holds the other. */
function hull(a: Disc, b: Disc): Point[] {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy)
  if (length <= Math.abs(b.r - a.r)) return []
  const [ux, uy] = [dx / length, dy / length]
  const k = (b.r - a.r) / length
  const c = Math.sqrt(1 - k * k)
  const touching = (disc: Disc, side: number): Point => [
    disc.x + disc.r * (-k * ux - side * c * uy),
    disc.y + disc.r * (-k * uy + side * c * ux),
  ]
  return [touching(a, 1), touching(b, 1), touching(b, -1), touching(a, -1)]
}

/** From where to where the shape reaches on a horizontal line, within rounding; null when it does not meet it. */
function chordOf(outline: Point[], a: Disc, b: Disc, y: number): { from: number; to: number } | null {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const disc of [a, b]) {
    const half = Math.sqrt(disc.r ** 2 + 1e-6 - (y - disc.y) ** 2) // NaN beyond the disc: compares as false
    if (disc.x - half < from) from = disc.x - half
    if (disc.x + half > to) to = disc.x + half
  }
  for (let index = 0; index < outline.length; index++) {
    const [x0, y0] = outline[index]!
    const [x1, y1] = outline[(index + 1) % outline.length]!
    if (Math.min(y0, y1) > y || Math.max(y0, y1) < y || y0 === y1) continue
    const x = x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)
    from = Math.min(from, x)
    to = Math.max(to, x)
  }
  return from <= to ? { from, to } : null
}
