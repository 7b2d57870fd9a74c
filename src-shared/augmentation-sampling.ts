/** Reading a plane at the coordinates of a warp: images bicubically and mirrored, labels by the nearest pixel. */
import { type Coordinates, cubicWeights } from './augmentation.ts'
import { LABEL } from './labels.ts'
import { mirrored } from './mirror.ts'
import { intersect, type Rect } from './planes.ts'

export interface PlaneSize {
  width: number
  height: number
}

/**
 * Image values at the centred `outPx` x `outPx` coordinates, written to `out` at `at` as [outPx, outPx, channels].
 * Bicubic (Keys 1981): bilinear interpolation would smooth the noise that the network meets unsmoothed at prediction.
 * At whole coordinates the values are the pixels themselves. Outside the plane it is mirrored (`mirrored`).
 */
export function sampleImage(
  read: (rect: Rect) => Float32Array,
  plane: PlaneSize,
  channels: number,
  coordinates: Coordinates,
  out: Float32Array,
  at: number,
): void {
  const columns = mirrorTable(Math.floor(coordinates.leastX) - 1, Math.floor(coordinates.mostX) + 2, plane.width)
  const rows = mirrorTable(Math.floor(coordinates.leastY) - 1, Math.floor(coordinates.mostY) + 2, plane.height)
  const pixels = read({ x: columns.least, y: rows.least, w: columns.count, h: rows.count })
  const size = columns.count * rows.count
  const weightX = new Float64Array(4)
  const weightY = new Float64Array(4)
  const { x: xs, y: ys } = coordinates
  for (let pixel = 0; pixel < xs.length; pixel++) {
    const x = Math.floor(xs[pixel]!)
    const y = Math.floor(ys[pixel]!)
    cubicWeights(xs[pixel]! - x, weightX)
    cubicWeights(ys[pixel]! - y, weightY)
    const column = x - 1 - columns.from
    const row = y - 1 - rows.from
    const c0 = columns.index[column]!
    const c1 = columns.index[column + 1]!
    const c2 = columns.index[column + 2]!
    const c3 = columns.index[column + 3]!
    for (let channel = 0; channel < channels; channel++) {
      let value = 0
      for (let tap = 0; tap < 4; tap++) {
        const start = channel * size + rows.index[row + tap]! * columns.count
        value +=
          weightY[tap]! *
          (weightX[0]! * pixels[start + c0]! +
            weightX[1]! * pixels[start + c1]! +
            weightX[2]! * pixels[start + c2]! +
            weightX[3]! * pixels[start + c3]!)
      }
      out[at + pixel * channels + channel] = value
    }
  }
}

/** For each index from `from` to `to`: which of the `count` pixels from `least` on stands there after mirroring. */
function mirrorTable(from: number, to: number, size: number) {
  const index = new Int32Array(to - from + 1)
  let least = size
  let most = -1
  for (let i = 0; i < index.length; i++) {
    const inside = mirrored(from + i, size)
    index[i] = inside
    least = Math.min(least, inside)
    most = Math.max(most, inside)
  }
  for (let i = 0; i < index.length; i++) index[i]! -= least
  return { from, index, least, count: most - least + 1 }
}

/** Labels at the nearest pixel of each coordinate; `LABEL.ignore` outside the plane, so that nothing is taught there. */
export function sampleLabels(
  read: (rect: Rect) => Uint32Array,
  plane: PlaneSize,
  coordinates: Coordinates,
): Uint32Array {
  const ids = new Uint32Array(coordinates.x.length).fill(LABEL.ignore)
  const left = Math.round(coordinates.leastX)
  const top = Math.round(coordinates.leastY)
  const box = {
    x: left,
    y: top,
    w: Math.round(coordinates.mostX) - left + 1,
    h: Math.round(coordinates.mostY) - top + 1,
  }
  const inside = intersect(box, { x: 0, y: 0, w: plane.width, h: plane.height })
  if (inside.w === 0 || inside.h === 0) return ids
  const labels = read(inside)
  for (let pixel = 0; pixel < ids.length; pixel++) {
    const x = Math.round(coordinates.x[pixel]!) - inside.x
    const y = Math.round(coordinates.y[pixel]!) - inside.y
    if (x >= 0 && x < inside.w && y >= 0 && y < inside.h) ids[pixel] = labels[y * inside.w + x]!
  }
  return ids
}
