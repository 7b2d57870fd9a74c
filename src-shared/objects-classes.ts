/** Objects of several classes: each class is divided into objects by itself (docs/science.md, "Objects"). */
import type { Separated } from './objects-watershed.ts'

/** Labels of all classes, each with its class. */
export interface LabelsOfClasses extends Separated {
  /** Class index of each label below `count`; 0 at index 0. */
  classOfLabel: Uint8Array
}

/**
 * A touching piece of another class below this area is a doubt about the class and no object, whatever the plan's
 * smallest area: along the edge of an object, where its own probability falls, some other class is often the likelier.
 */
export const LEAST_CLASS_PIECE_PX = 16

/** Below any threshold. */
const NOT_OF_CLASS = -1

/**
 * The likeliest class but background of each pixel, 1..K-1; of equal ones the first. `probabilities` is `[K, size]`,
 * channel 0 background, of any scale. With `first` 0 background takes part.
 */
export function likeliestClasses(probabilities: ArrayLike<number>, classes: number, first: 0 | 1 = 1): Uint8Array {
  const size = probabilities.length / classes
  const best = new Uint8Array(size).fill(first)
  for (let index = first + 1; index < classes; index++) {
    for (let at = 0; at < size; at++) {
      if (probabilities[index * size + at]! > probabilities[best[at]! * size + at]!) best[at] = index
    }
  }
  return best
}

/** What `divide` makes of the foreground of each class alone, put together; takes one more plane of float32. */
export function separatedByClass(
  foreground: Float32Array,
  classOf: Uint8Array,
  divide: (ownForeground: Float32Array) => Separated,
): LabelsOfClasses {
  const labels = new Uint32Array(foreground.length)
  const own = new Float32Array(foreground.length)
  const classOfLabel = [0]
  for (const index of [...new Set(classOf)].sort((a, b) => a - b)) {
    for (let at = 0; at < own.length; at++) own[at] = classOf[at] === index ? foreground[at]! : NOT_OF_CLASS
    const part = divide(own)
    const before = classOfLabel.length - 1
    for (let at = 0; at < labels.length; at++) if (part.labels[at] !== 0) labels[at] = part.labels[at]! + before
    for (let label = 1; label < part.count; label++) classOfLabel.push(index)
  }
  return { labels, count: classOfLabel.length, classOfLabel: Uint8Array.from(classOfLabel) }
}

export function areasOf(labels: Uint32Array, count: number): Uint32Array {
  const area = new Uint32Array(count)
  for (let at = 0; at < labels.length; at++) area[labels[at]!]!++
  return area
}

/**
 * Pieces smaller than `leastPx` that touch a larger object of another class join it, in place: of several the one with
 * which they share the most pixel sides, of equal ones the one with the lower label.
 */
export function joinSmaller({ labels, count, classOfLabel }: LabelsOfClasses, width: number, leastPx: number): void {
  const area = areasOf(labels, count)
  const sides = new Map<number, Map<number, number>>()
  const meet = (small: number, other: number): void => {
    if (small === 0 || other === 0 || area[small]! >= leastPx || area[other]! < leastPx) return
    if (classOfLabel[small] === classOfLabel[other]) return
    const counts = sides.get(small) ?? new Map<number, number>()
    sides.set(small, counts.set(other, (counts.get(other) ?? 0) + 1))
  }
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]!
    const right = (at + 1) % width === 0 ? label : labels[at + 1]!
    const below = labels[at + width] ?? label
    for (const other of [right, below]) {
      if (other === label) continue
      meet(label, other)
      meet(other, label)
    }
  }
  const target = new Map([...sides].map(([small, counts]) => [small, mostSides(counts)]))
  if (target.size === 0) return
  for (let at = 0; at < labels.length; at++) labels[at] = target.get(labels[at]!) ?? labels[at]!
}

function mostSides(counts: Map<number, number>): number {
  const found = [...counts].sort(([a, sidesOfA], [b, sidesOfB]) => sidesOfB - sidesOfA || a - b)
  return found[0]![0]
}
