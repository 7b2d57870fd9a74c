/**
 * Fills holes in place: an 8-connected region of background (the counterpart of 4-connected objects) that does not reach
 * the edge of the image and has one object only around it becomes part of that object. What several objects enclose
 * together, such as a piece of membrane, stays background.
 */
export function fillHoles(labels: Uint32Array, width: number, height: number): void {
  const isSeen = new Uint8Array(labels.length)
  const region = new Int32Array(labels.length)
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] !== 0 || isSeen[start] !== 0) continue
    const { count, owner } = collect(labels, width, height, start, isSeen, region)
    if (owner === 0) continue
    for (let i = 0; i < count; i++) labels[region[i]!] = owner
  }
}

/** Gathers the background region of `start` in `region`; `owner` is the only object around it, else 0. */
function collect(
  labels: Uint32Array,
  width: number,
  height: number,
  start: number,
  isSeen: Uint8Array,
  region: Int32Array,
): { count: number; owner: number } {
  let owner = -1 // not met yet
  let count = 1
  region[0] = start
  isSeen[start] = 1
  for (let next = 0; next < count; next++) {
    const x = region[next]! % width
    const y = (region[next]! - x) / width
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) owner = 0
    for (let toY = Math.max(0, y - 1); toY <= Math.min(height - 1, y + 1); toY++) {
      for (let toX = Math.max(0, x - 1); toX <= Math.min(width - 1, x + 1); toX++) {
        const to = toY * width + toX
        const label = labels[to]!
        if (label !== 0) {
          if (owner === -1) owner = label
          else if (owner !== label) owner = 0
        } else if (isSeen[to] === 0) {
          isSeen[to] = 1
          region[count++] = to
        }
      }
    }
  }
  return { count, owner: Math.max(0, owner) }
}
