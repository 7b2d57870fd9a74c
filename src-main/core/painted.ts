/** Where and what is painted on a plane of labels, read a window at a time so that a large plane never fills memory. */
import { withBackgroundRing } from '../../src-shared/background-ring.ts'
import { carve } from '../../src-shared/carve.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { ClassOfLabel, paintedPixels } from '../../src-shared/targets.ts'
import type { PaintedGrid } from './held-out-places.ts'
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
  remembered?: Remembered
}

/** What was computed before of the same labels, read in the same way; `what` names the computation. */
export interface Remembered {
  plane: <T>(what: unknown, compute: () => Promise<T>) => Promise<T>
  window: <T>(window: Rect, what: unknown, compute: () => T) => T
}

/** The settings that decide which pixels count as painted. */
export interface PaintRules {
  ringPx: number
  carve: boolean
}

const WINDOW_PX = 512
const GRID_CELL_PX = 16

interface Window {
  inner: Rect
  /** With all that bears on it. */
  outer: Rect
}

/** Windows that cover the plane. */
function* windows(plane: PaintedPlane, rules: PaintRules): Generator<Window> {
  const margin = Math.ceil(rules.ringPx) + 1 // carving looks one pixel far
  const whole = { x: 0, y: 0, w: plane.width, h: plane.height }
  for (let y = 0; y < plane.height; y += WINDOW_PX) {
    for (let x = 0; x < plane.width; x += WINDOW_PX) {
      const inner = intersect({ x, y, w: WINDOW_PX, h: WINDOW_PX }, whole)
      const wanted = { x: x - margin, y: y - margin, w: inner.w + 2 * margin, h: inner.h + 2 * margin }
      yield { inner, outer: intersect(wanted, whole) }
    }
  }
}

/** Labels of a window as training will see them: ring drawn, touching objects carved; held-out blocks may still be there. */
function taughtLabels(
  plane: PaintedPlane,
  { outer }: Window,
  rules: PaintRules,
  heldOut: readonly Rect[] = [],
): Uint32Array {
  const labels = plane.read(outer)
  const ringed = rules.ringPx > 0 ? withRing(labels, outer, rules.ringPx, heldOut) : labels
  return rules.carve ? carve(ringed, outer.w, outer.h) : ringed
}

/**
 * Objects of a held-out block make no ring: in training they are not there. Without a ring blocks are left as they are, so
 * that carving finds the seams along their edges as it always did, and wc is to the last digit what it was.
 */
function withRing(labels: Uint32Array, outer: Rect, ringPx: number, heldOut: readonly Rect[]): Uint32Array {
  const teaching = heldOut.length > 0 ? labels.slice() : labels
  for (const block of heldOut) fillRect(teaching, outer, block)
  return withBackgroundRing(teaching, outer.w, outer.h, ringPx)
}

function recallWindow<T>(plane: PaintedPlane, { outer }: Window, what: unknown, compute: () => T): T {
  return plane.remembered ? plane.remembered.window(outer, what, compute) : compute()
}

const recallPlane = <T>(plane: PaintedPlane, what: unknown, compute: () => Promise<T>): Promise<T> =>
  plane.remembered ? plane.remembered.plane(what, compute) : compute()

/** Pixels of each of `classes` classes that teach: painted and not held out. Index 0 is background. */
export const countPainted = (
  plane: PaintedPlane,
  rules: PaintRules & { classes: number },
  heldOut: readonly Rect[] = [],
  signal?: AbortSignal,
): Promise<Float64Array> => {
  const { ringPx, carve, classes } = rules
  const what = ['count', ringPx, carve, classes, heldOut]
  return recallPlane(plane, what, () => countWindows(plane, rules, heldOut, signal))
}

async function countWindows(
  plane: PaintedPlane,
  rules: PaintRules & { classes: number },
  heldOut: readonly Rect[],
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { ringPx, carve, classes } = rules
  const counts = new Float64Array(classes)
  for (const window of windows(plane, rules)) {
    await letOthersWork()
    signal?.throwIfAborted()
    const blocks = heldOut.map((block) => intersect(block, window.outer)).filter(({ w, h }) => w > 0 && h > 0)
    const what = ['count', ringPx, carve, classes, window, blocks]
    const found = recallWindow(plane, window, what, () => countWindow(plane, window, rules, blocks))
    for (const [index, count] of found.entries()) counts[index]! += count
  }
  return counts
}

function countWindow(
  plane: PaintedPlane,
  window: Window,
  rules: PaintRules & { classes: number },
  blocks: readonly Rect[],
): Float64Array {
  const { inner, outer } = window
  const taught = new Uint32Array(outer.w * outer.h).fill(LABEL.ignore)
  copyRect(taught, taughtLabels(plane, window, rules, blocks), outer, inner)
  for (const block of blocks) fillRect(taught, outer, block)
  return Float64Array.from(paintedPixels(taught, outer.w, outer.h, plane, { carve: false, classes: rules.classes }))
}

/** The plane as a grid of 16 x 16 pixels, for choosing blocks to hold out. */
export async function paintedGrid(
  plane: PaintedPlane,
  rules: PaintRules & { classes: number },
  signal?: AbortSignal,
): Promise<PaintedGrid> {
  const { width, height } = plane
  const what = ['grid', rules.ringPx, rules.carve, rules.classes]
  const counts = await recallPlane(plane, what, () => gridOfWindows(plane, rules, signal))
  const [other, ...objects] = counts.map((ofClass) => new Float64Array(ofClass))
  return { width, height, cellPx: GRID_CELL_PX, ...cellsOf(plane), objects, other: other! }
}

const cellsOf = ({ width, height }: PaintedPlane): { columns: number; rows: number } => ({
  columns: Math.ceil(width / GRID_CELL_PX),
  rows: Math.ceil(height / GRID_CELL_PX),
})

/** Painted pixels of each class in the cells of the plane, row by row. */
async function gridOfWindows(
  plane: PaintedPlane,
  rules: PaintRules & { classes: number },
  signal: AbortSignal | undefined,
): Promise<Uint16Array[]> {
  const { ringPx, carve, classes } = rules
  const { columns, rows } = cellsOf(plane)
  const counts = Array.from({ length: classes }, () => new Uint16Array(columns * rows))
  for (const window of windows(plane, rules)) {
    await letOthersWork()
    signal?.throwIfAborted()
    const what = ['grid', ringPx, carve, classes, window]
    const part = recallWindow(plane, window, what, () => gridOfWindow(plane, window, rules))
    const across = Math.ceil(window.inner.w / GRID_CELL_PX)
    const first = (window.inner.y / GRID_CELL_PX) * columns + window.inner.x / GRID_CELL_PX
    for (const [k, ofWindow] of part.entries()) {
      for (const [at, count] of ofWindow.entries()) {
        counts[k]![first + Math.floor(at / across) * columns + (at % across)] = count
      }
    }
  }
  return counts
}

/** Painted pixels of each class in the cells of one window, row by row; a cell has 256 pixels. */
function gridOfWindow(plane: PaintedPlane, window: Window, rules: PaintRules & { classes: number }): Uint16Array[] {
  const { inner, outer } = window
  const labels = taughtLabels(plane, window, rules)
  const across = Math.ceil(inner.w / GRID_CELL_PX)
  const cells = across * Math.ceil(inner.h / GRID_CELL_PX)
  const counts = Array.from({ length: rules.classes }, () => new Uint16Array(cells))
  const classOf = new ClassOfLabel(plane)
  for (let y = 0; y < inner.h; y++) {
    for (let x = 0; x < inner.w; x++) {
      const index = classOf.label(labels[(inner.y - outer.y + y) * outer.w + inner.x - outer.x + x]!)
      if (index >= 0) counts[index]![Math.floor(y / GRID_CELL_PX) * across + Math.floor(x / GRID_CELL_PX)]!++
    }
  }
  return counts
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
