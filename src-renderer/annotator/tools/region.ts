/** Regions of similar grey value, and their outline as a path. */

/** 1 in the 4-connected pixels around (x, y) that differ from it by at most `tolerance`, with the holes in between. */
export function similarRegion(
  values: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
  tolerance: number,
): Uint8Array {
  const wanted = values[y * width + x]!
  const isSimilar = (at: number) => Math.abs(values[at]! - wanted) <= tolerance
  const region = spread(width, height, [y * width + x], isSimilar, false)
  return withoutHoles(region, width, height)
}

/** Pixels reached from `seeds`, which must be open themselves, over open pixels. */
function spread(
  width: number,
  height: number,
  seeds: readonly number[],
  isOpen: (at: number) => boolean,
  isDiagonal: boolean,
): Uint8Array {
  const reached = new Uint8Array(width * height)
  const pending = new Int32Array(width * height) // a pixel enters once
  let count = 0
  const visit = (at: number) => {
    if (reached[at] === 1 || !isOpen(at)) return
    reached[at] = 1
    pending[count++] = at
  }
  for (const seed of seeds) visit(seed)
  while (count > 0) {
    const at = pending[--count]!
    const [x, y] = [at % width, Math.floor(at / width)]
    const [left, right, up, down] = [x > 0, x < width - 1, y > 0, y < height - 1]
    if (left) visit(at - 1)
    if (right) visit(at + 1)
    if (up) visit(at - width)
    if (down) visit(at + width)
    if (!isDiagonal) continue
    if (left && up) visit(at - width - 1)
    if (right && up) visit(at - width + 1)
    if (left && down) visit(at + width - 1)
    if (right && down) visit(at + width + 1)
  }
  return reached
}

/** The region with everything that it encloses: what the border cannot reach, over diagonals, without crossing it. */
function withoutHoles(region: Uint8Array, width: number, height: number): Uint8Array {
  const border: number[] = []
  for (let x = 0; x < width; x++) border.push(x, (height - 1) * width + x)
  for (let y = 0; y < height; y++) border.push(y * width, y * width + width - 1)
  const outside = spread(width, height, border, (at) => region[at] === 0, true)
  return outside.map((is) => 1 - is)
}

/**
 * The outline of a 4-connected region without holes, as corners between pixels, closed from the last to the first. It
 * runs with the region on its right and turns right where pixels meet at a corner only, so that it never crosses itself.
 */
export function outlineOf(region: Uint8Array, width: number, height: number): [number, number][] {
  const first = region.indexOf(1)
  if (first < 0) return []
  const has = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && region[y * width + x] === 1
  const start: [number, number] = [first % width, Math.floor(first / width)]
  const corners: [number, number][] = []
  let [x, y] = start
  let [dx, dy] = [1, 0] // along the upper edge of the first pixel
  do {
    // the two pixels ahead of the corner (x + dx, y + dy): right and left of the way on
    const [cx, cy] = [x + dx, y + dy]
    const ahead = aheadOf(dx, dy)
    const isRight = has(cx + ahead.right[0], cy + ahead.right[1])
    const isLeft = has(cx + ahead.left[0], cy + ahead.left[1])
    ;[x, y] = [cx, cy]
    if (!isRight) {
      corners.push([x, y])
      ;[dx, dy] = [-dy, dx] // right
    } else if (isLeft) {
      corners.push([x, y])
      ;[dx, dy] = [dy, -dx] // left
    }
  } while (x !== start[0] || y !== start[1] || dx !== 1 || dy !== 0)
  return corners
}

/** Offsets from a corner to the pixels in front of it, right and left of the direction; y grows downwards. */
function aheadOf(dx: number, dy: number): { right: [number, number]; left: [number, number] } {
  if (dx === 1) return { right: [0, 0], left: [0, -1] }
  if (dx === -1) return { right: [-1, -1], left: [-1, 0] }
  if (dy === 1) return { right: [-1, 0], left: [0, 0] }
  return { right: [0, -1], left: [-1, -1] }
}
