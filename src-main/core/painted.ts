/** Where and what is painted on a plane of labels, read a window at a time so that a large plane never fills memory. */
import { withBackgroundRing } from '../../src-shared/background-ring.ts'
import { carve } from '../../src-shared/carve.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { ClassOfLabel, paintedPixels } from '../../src-shared/targets.ts'
import type { PaintedGrid } from './held-out.ts'
import { letOthersWork } from './job.ts'

/** A plane of labels with how it is to be read. */
export interface PaintedPlane {
  width: number
  height: number
  /** Labels of a rectangle inside the plane, row-major. */
  read: (rect: Rect) => Uint32Array
  isComplete: boolean
  /** Class index of each object id; ids not listed have class 1. */
  objectClasses: Record<string, number>
}

/** The settings that decide which pixels count as painted. */
export interface PaintRules {
  ringPx: number
  carve: boolean
}

const WINDOW_PX = 512
const GRID_CELL_PX = 16

/** Windows that cover the plane, with labels as training will see them: ring drawn, touching objects carved. */
function* windows(
  plane: PaintedPlane,
  rules: PaintRules,
): Generator<{ inner: Rect; outer: Rect; labels: Uint32Array }> {
  const margin = Math.ceil(rules.ringPx) + 1 // carving looks one pixel far
  const whole = { x: 0, y: 0, w: plane.width, h: plane.height }
  for (let y = 0; y < plane.height; y += WINDOW_PX) {
    for (let x = 0; x < plane.width; x += WINDOW_PX) {
      const inner = intersect({ x, y, w: WINDOW_PX, h: WINDOW_PX }, whole)
      const wanted = { x: x - margin, y: y - margin, w: inner.w + 2 * margin, h: inner.h + 2 * margin }
      const outer = intersect(wanted, whole)
      const ringed = withBackgroundRing(plane.read(outer), outer.w, outer.h, rules.ringPx)
      yield { inner, outer, labels: rules.carve ? carve(ringed, outer.w, outer.h) : ringed }
    }
  }
}

/** Pixels of each of `classes` classes that teach: painted and not held out. Index 0 is background. */
export async function countPainted(
  plane: PaintedPlane,
  rules: PaintRules & { classes: number },
  heldOut: readonly Rect[] = [],
): Promise<Float64Array> {
  const counts = new Float64Array(rules.classes)
  for (const { inner, outer, labels } of windows(plane, rules)) {
    await letOthersWork()
    const taught = new Uint32Array(labels.length).fill(LABEL.ignore)
    copyRect(taught, labels, outer, inner)
    for (const block of heldOut) fillRect(taught, outer, block)
    const found = paintedPixels(taught, outer.w, outer.h, plane, { carve: false, classes: rules.classes })
    for (const [index, count] of found.entries()) counts[index]! += count
  }
  return counts
}

/** The plane as a grid of 16 x 16 pixels, for choosing blocks to hold out. */
export async function paintedGrid(plane: PaintedPlane, rules: PaintRules): Promise<PaintedGrid> {
  const columns = Math.ceil(plane.width / GRID_CELL_PX)
  const rows = Math.ceil(plane.height / GRID_CELL_PX)
  const object = new Float64Array(columns * rows)
  const other = new Float64Array(columns * rows)
  const classOf = new ClassOfLabel(plane)
  for (const { inner, outer, labels } of windows(plane, rules)) {
    await letOthersWork()
    for (let y = inner.y; y < inner.y + inner.h; y++) {
      for (let x = inner.x; x < inner.x + inner.w; x++) {
        const label = labels[(y - outer.y) * outer.w + x - outer.x]!
        if (classOf.label(label) < 0) continue
        const cell = Math.floor(y / GRID_CELL_PX) * columns + Math.floor(x / GRID_CELL_PX)
        if (isObjectId(label)) object[cell]!++
        else other[cell]!++
      }
    }
  }
  return { width: plane.width, height: plane.height, cellPx: GRID_CELL_PX, columns, rows, object, other }
}

function copyRect(to: Uint32Array, from: Uint32Array, outer: Rect, inner: Rect): void {
  for (let y = inner.y - outer.y; y < inner.y - outer.y + inner.h; y++) {
    const start = y * outer.w + inner.x - outer.x
    to.set(from.subarray(start, start + inner.w), start)
  }
}

function fillRect(labels: Uint32Array, outer: Rect, block: Rect): void {
  const part = intersect(outer, block)
  for (let y = part.y - outer.y; y < part.y - outer.y + part.h; y++) {
    const start = y * outer.w + part.x - outer.x
    labels.fill(LABEL.ignore, start, start + part.w)
  }
}
