/** The floor under every score of membranes: the image itself, blurred. No learning but of one width and a threshold. */
import { mirrored } from '../../../src-shared/mirror.ts'

/** Gaussian blur of a row-major map, mirrored at the edges, cut off at 4 sigma; sigma 0 gives a copy. */
export function gaussianBlur(map: Float32Array, width: number, height: number, sigmaPx: number): Float32Array {
  if (sigmaPx === 0) return map.slice()
  const reach = Math.ceil(4 * sigmaPx)
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigmaPx ** 2)),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  const along = (from: Float32Array, length: number, stride: number, start: number, to: Float32Array) => {
    for (let at = 0; at < length; at++) {
      let value = 0
      for (let k = -reach; k <= reach; k++)
        value += kernel[k + reach]! * from[start + mirrored(at + k, length) * stride]!
      to[start + at * stride] = value / sum
    }
  }
  const rows = new Float32Array(map.length)
  for (let y = 0; y < height; y++) along(map, width, 1, y * width, rows)
  const both = new Float32Array(map.length)
  for (let x = 0; x < width; x++) along(rows, height, width, x, both)
  return both
}

/** A map under one of the 8 rotations and mirrors, and back; `orientation` 0 to 7. */
export function turned(map: Float32Array, width: number, height: number, orientation: number) {
  const isTransposed = (orientation & 4) !== 0
  const [w, h] = isTransposed ? [height, width] : [width, height]
  const out = new Float32Array(map.length)
  const place = (x: number, y: number): number => {
    const [a, b] = isTransposed ? [y, x] : [x, y]
    return ((orientation & 2) !== 0 ? h - 1 - b : b) * w + ((orientation & 1) !== 0 ? w - 1 - a : a)
  }
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[place(x, y)] = map[y * width + x]!
  const back = (other: Float32Array): Float32Array => {
    const original = new Float32Array(map.length)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) original[y * width + x] = other[place(x, y)]!
    return original
  }
  return { map: out, width: w, height: h, back }
}

/** The mean of the blur over the 8 rotations and mirrors, as a network is averaged. A blur is round: nothing changes. */
export function averagedBlur(map: Float32Array, width: number, height: number, sigmaPx: number): Float32Array {
  const mean = new Float32Array(map.length)
  for (let orientation = 0; orientation < 8; orientation++) {
    const view = turned(map, width, height, orientation)
    const blurred = view.back(gaussianBlur(view.map, view.width, view.height, sigmaPx))
    for (let at = 0; at < mean.length; at++) mean[at]! += blurred[at]! / 8
  }
  return mean
}
