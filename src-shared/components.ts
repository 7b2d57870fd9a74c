/** 4-connected components, in the sense of every object of this program: pixels that share an edge belong together. */

export interface Components {
  /** Row-major, 0 outside; components are numbered 1..count in the order of their first pixel in the raster. */
  labels: Uint32Array
  count: number
}

/** The 4-connected components of the non-zero pixels of `foreground` (row-major, `width * height`). */
export function connectedComponents4(foreground: Uint8Array, width: number, height: number): Components {
  return componentsWhere(foreground, width, height, (value) => value !== 0)
}

/**
 * The 4-connected components of equal values: two neighbouring pixels belong together when their values are the same.
 * Pixels with a value below `least` (0 by default: 1, so all but zero) belong to no component.
 */
export function componentsOfEqualValues(
  values: Uint32Array | Uint8Array,
  width: number,
  height: number,
  least = 1,
): Components {
  return componentsWhere(values, width, height, (value) => value >= least, true)
}

function componentsWhere(
  values: Uint32Array | Uint8Array,
  width: number,
  height: number,
  isInside: (value: number) => boolean,
  mustBeEqual = false,
): Components {
  if (values.length !== width * height) throw new Error(`expected ${width * height} pixels, found ${values.length}`)
  const labels = new Uint32Array(values.length)
  // parent[k] <= k always, so that one forward sweep resolves and numbers all roots in raster order.
  let parent = new Uint32Array(1024)
  let provisional = 0
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const value = values[at]!
      if (!isInside(value)) continue
      const isLeft = x > 0 && labels[at - 1]! > 0 && (!mustBeEqual || values[at - 1] === value)
      const isUp = y > 0 && labels[at - width]! > 0 && (!mustBeEqual || values[at - width] === value)
      if (isLeft) {
        labels[at] = labels[at - 1]!
        if (isUp && labels[at - width] !== labels[at]) join(parent, labels[at - width]!, labels[at]!)
      } else if (isUp) {
        labels[at] = labels[at - width]!
      } else {
        provisional++
        if (provisional === parent.length) parent = grown(parent)
        parent[provisional] = provisional
        labels[at] = provisional
      }
    }
  }
  return renumber(labels, parent, provisional)
}

function join(parent: Uint32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a)
  const rootB = rootOf(parent, b)
  if (rootA < rootB) parent[rootB] = rootA
  else parent[rootA] = rootB
}

function rootOf(parent: Uint32Array, label: number): number {
  let at = label
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]!]! // path halving
    at = parent[at]!
  }
  return at
}

function grown(parent: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(parent.length * 2)
  larger.set(parent)
  return larger
}

function renumber(labels: Uint32Array, parent: Uint32Array, provisional: number): Components {
  const final = new Uint32Array(provisional + 1)
  let count = 0
  for (let label = 1; label <= provisional; label++) {
    final[label] = parent[label] === label ? ++count : final[rootOf(parent, label)]!
  }
  for (let at = 0; at < labels.length; at++) labels[at] = final[labels[at]!]!
  return { labels, count }
}
