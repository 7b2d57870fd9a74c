/**
 * What accepting or rejecting proposed objects writes into a plane: pure computing over the plane or a part of it, for the
 * thread of `proposed-objects-worker.ts`.
 */
import { LEAST_FREE } from '../../../src-shared/already-painted.ts'
import { componentsOfEqualValues } from '../../../src-shared/components.ts'
import { distanceTo } from '../../../src-shared/distance.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { intersect, type Rect } from '../../../src-shared/planes.ts'
import { type TilePosition, tileRect, tilesOf } from '../../../src-shared/tile-map.ts'

/** Rows whose distances to objects are held at a time. */
const BAND_ROWS = 512

/** A place of the plane, in pixels. */
export interface PlacePx {
  x: number
  y: number
}

export interface Proposed {
  /** Where the map lies in the plane. */
  x: number
  y: number
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
  /** A pixel in the plane of each chosen object that is not accepted, because most of it is painted. */
  leftOut: PlacePx[]
}

/** The same objects in a map of `part`, which holds theirs; always a copy. */
export function inPart({ x, y, width, height, labels, classIndex }: Proposed, part: Rect): Proposed {
  const wider = new Uint32Array(part.w * part.h)
  for (let row = 0; row < height; row++) {
    wider.set(labels.subarray(row * width, (row + 1) * width), (y - part.y + row) * part.w + x - part.x)
  }
  return { x: part.x, y: part.y, width: part.w, height: part.h, labels: wider, classIndex }
}

/** 1 for the objects that cover a pixel of `chosen` (all of them without it) and none of `except`. */
export function objectsAt(
  { x: left, y: top, width, height, labels, classIndex }: Proposed,
  chosen: readonly PlacePx[] | undefined,
  except: readonly PlacePx[] = [],
): Uint8Array {
  const isChosen = new Uint8Array(classIndex.length).fill(chosen ? 0 : 1)
  const mark = (places: readonly PlacePx[], value: 0 | 1) => {
    for (const place of places) {
      const [x, y] = [place.x - left, place.y - top]
      if (x >= 0 && y >= 0 && x < width && y < height) isChosen[labels[y * width + x]!] = value
    }
  }
  mark(chosen ?? [], 1)
  mark(except, 0)
  isChosen[0] = 0
  return isChosen
}

/**
 * The chosen objects as annotation: of what is `free` (1) of each the largest 4-connected piece, nothing of one that is
 * mostly painted, and with `ringPx` background on free pixels that near to what is taken. What is proposed and was not
 * chosen stays undecided: it gets nothing of the ring, and is no longer in `free` then.
 */
export function acceptedFill(proposed: Proposed, isChosen: Uint8Array, free: Uint8Array, ringPx: number): ProposedFill {
  const { width, height, labels, classIndex } = proposed
  const area = new Uint32Array(classIndex.length)
  const firstAt = new Uint32Array(classIndex.length)
  for (let at = 0; at < labels.length; at++) {
    const object = labels[at]!
    if (object === 0) continue
    if (!isChosen[object]) {
      labels[at] = 0
      free[at] = 0
    } else {
      if (area[object]!++ === 0) firstAt[object] = at
      if (!free[at]) labels[at] = 0
    }
  }
  const { labels: pieces, count } = componentsOfEqualValues(labels, width, height)
  const takenPiece = largestPieces(pieces, count, labels, area)
  const numberOf = new Uint32Array(classIndex.length)
  const classes: number[] = []
  const leftOut: PlacePx[] = []
  for (let object = 1; object < area.length; object++) {
    if (area[object] === 0) continue
    if (takenPiece[object] === 0) {
      leftOut.push(placeOf(proposed, firstAt[object]!))
      continue
    }
    numberOf[object] = LABEL.firstObject + classes.length
    classes.push(classIndex[object]!)
  }
  for (let at = 0; at < labels.length; at++) {
    const object = labels[at]!
    labels[at] = object > 0 && takenPiece[object] === pieces[at] ? numberOf[object]! : 0
  }
  if (ringPx > 0) drawRing(labels, free, width, height, ringPx)
  return { values: labels, classes: Uint8Array.from(classes), leftOut }
}

const placeOf = ({ x, y, width }: Proposed, at: number): PlacePx => ({
  x: x + (at % width),
  y: y + Math.floor(at / width),
})

/**
 * Objects of a wider part than `proposed`, which knows those at its edge in part or not at all: where they are and none
 * is chosen, nothing is `free` any more.
 */
export function spare(
  { x, y, width, labels }: Proposed,
  isChosen: Uint8Array,
  free: Uint8Array,
  around: Proposed,
): void {
  for (let at = 0; at < labels.length; at++) {
    if (isChosen[labels[at]!]) continue
    const [column, row] = [x + (at % width) - around.x, y + Math.floor(at / width) - around.y]
    if (around.labels[row * around.width + column] !== 0) free[at] = 0
  }
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
  return { values: labels, classes: classIndex.filter((_, object) => isHit[object] === 1), leftOut: [] }
}

/** The plane's tiles in which anything is to be written; `values` are those of `part`. */
export const tilesWith = (values: Uint32Array, part: Rect): TilePosition[] =>
  [...tilesOf(part)].filter((at) => hasValue(values, part, intersect(tileRect(at), part)))

function hasValue(values: Uint32Array, part: Rect, { x, y, w, h }: Rect): boolean {
  for (let row = y - part.y; row < y - part.y + h; row++) {
    const start = row * part.w + x - part.x
    for (let at = start; at < start + w; at++) if (values[at] !== 0) return true
  }
  return false
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
