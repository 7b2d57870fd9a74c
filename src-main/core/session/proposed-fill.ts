/**
 * What accepting or rejecting proposed objects writes into a plane: pure computing over whole planes, for the thread of
 * `proposed-objects-worker.ts`.
 */
import { LEAST_FREE } from '../../../src-shared/already-painted.ts'
import { componentsOfEqualValues } from '../../../src-shared/components.ts'
import { distanceTo } from '../../../src-shared/distance.ts'
import { LABEL } from '../../../src-shared/labels.ts'

/** Rows whose distances to objects are held at a time. */
const BAND_ROWS = 512

/** A place of the plane, in pixels. */
export interface PlacePx {
  x: number
  y: number
}

export interface Proposed {
  width: number
  height: number
  /** The instance map, 0 background. The functions here change it. */
  labels: Uint32Array
  /** Class index of each object; 0 at index 0. */
  classIndex: Uint8Array
}

/** What is to be written where nobody has painted: 0 nothing, 1 background, 16 + n the n-th of the objects, from 0. */
export interface ProposedFill {
  values: Uint32Array
  /** Class index of each object, in the order of their numbers in the map. */
  classes: Uint8Array
}

/** 1 for the objects that cover a pixel of `chosen` (all of them without it) and none of `except`. */
export function objectsAt(
  { width, labels, classIndex }: Proposed,
  chosen: readonly PlacePx[] | undefined,
  except: readonly PlacePx[] = [],
): Uint8Array {
  const isChosen = new Uint8Array(classIndex.length).fill(chosen ? 0 : 1)
  const mark = (places: readonly PlacePx[], value: 0 | 1) => {
    for (const { x, y } of places) if (x < width) isChosen[labels[y * width + x] ?? 0] = value
  }
  mark(chosen ?? [], 1)
  mark(except, 0)
  isChosen[0] = 0
  return isChosen
}

/**
 * The chosen objects as annotation: of what is `free` (1) of each the largest 4-connected piece, nothing of one that is
 * mostly painted, and with `ringPx` background on free pixels that near to what is taken.
 */
export function acceptedFill(proposed: Proposed, isChosen: Uint8Array, free: Uint8Array, ringPx: number): ProposedFill {
  const { width, height, labels, classIndex } = proposed
  const area = new Uint32Array(classIndex.length)
  for (let at = 0; at < labels.length; at++) {
    const object = labels[at]!
    if (!isChosen[object]) labels[at] = 0
    else {
      area[object]!++
      if (!free[at]) labels[at] = 0
    }
  }
  const { labels: pieces, count } = componentsOfEqualValues(labels, width, height)
  const takenPiece = largestPieces(pieces, count, labels, area)
  const numberOf = new Uint32Array(classIndex.length)
  const classes: number[] = []
  for (let object = 1; object < area.length; object++) {
    if (takenPiece[object] === 0) continue
    numberOf[object] = LABEL.firstObject + classes.length
    classes.push(classIndex[object]!)
  }
  for (let at = 0; at < labels.length; at++) {
    const object = labels[at]!
    labels[at] = object > 0 && takenPiece[object] === pieces[at] ? numberOf[object]! : 0
  }
  if (ringPx > 0) drawRing(labels, free, width, height, ringPx)
  return { values: labels, classes: Uint8Array.from(classes) }
}

/** Background on all free pixels of the chosen objects; the classes are those of objects that have such pixels. */
export function rejectedFill({ labels, classIndex }: Proposed, isChosen: Uint8Array, free: Uint8Array): ProposedFill {
  const isHit = new Uint8Array(classIndex.length)
  for (let at = 0; at < labels.length; at++) {
    const object = labels[at]!
    const isRejected = isChosen[object] === 1 && free[at] === 1
    if (isRejected) isHit[object] = 1
    labels[at] = isRejected ? LABEL.background : 0
  }
  return { values: labels, classes: classIndex.filter((_, object) => isHit[object] === 1) }
}

/** By object the piece to take, 0 for none; of equally large pieces the first. */
function largestPieces(pieces: Uint32Array, count: number, objects: Uint32Array, area: Uint32Array): Uint32Array {
  const size = new Uint32Array(count + 1)
  const objectOf = new Uint32Array(count + 1)
  for (let at = 0; at < pieces.length; at++) {
    size[pieces[at]!]!++
    objectOf[pieces[at]!] = objects[at]!
  }
  size[0] = 0
  const taken = new Uint32Array(area.length)
  for (let piece = 1; piece <= count; piece++) {
    const object = objectOf[piece]!
    if (size[piece]! > size[taken[object]!]! && size[piece]! >= LEAST_FREE * area[object]!) taken[object] = piece
  }
  return taken
}

/** A band of rows at a time, each with the rows around it that can reach it. */
function drawRing(values: Uint32Array, free: Uint8Array, width: number, height: number, ringPx: number): void {
  const reach = Math.ceil(ringPx)
  for (let top = 0; top < height; top += BAND_ROWS) {
    const bottom = Math.min(height, top + BAND_ROWS)
    const from = Math.max(0, top - reach)
    const to = Math.min(height, bottom + reach)
    const isObject = new Uint8Array((to - from) * width)
    for (let at = 0; at < isObject.length; at++) {
      if (values[from * width + at]! >= LABEL.firstObject) isObject[at] = 1
    }
    const distance = distanceTo(isObject, width, to - from)
    for (let at = top * width; at < bottom * width; at++) {
      if (values[at] === 0 && free[at] && distance[at - from * width]! <= ringPx) values[at] = LABEL.background
    }
  }
}
