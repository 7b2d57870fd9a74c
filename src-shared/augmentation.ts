/**
 * The random changes a training patch goes through (Ronneberger et al. 2015, section 3.1): shift, rotation, mirror,
 * scale, smooth elastic deformation, grey values. Pure: the window previews what the sampler makes.
 */
import type { Random } from './random.ts'
import type { AugmentationPlan } from './run-plan.ts'

/**
 * A backward map: where in the plane each pixel of a patch comes from. In patch coordinates 0 is the patch's centre and
 * 1 a pixel; plane coordinates are whole numbers at pixel centres. Scale, mirror and rotation act on the displaced offset.
 */
export interface Warp {
  /** Plane coordinates of the patch's centre: x.5 for patches of even side. */
  centerX: number
  centerY: number
  /** Plane offset = [xx xy; yx yy] patch offset. */
  xx: number
  xy: number
  yx: number
  yy: number
  /** Displacements in pixels on a grid of `grid` x `grid` nodes, the outer ones at the patch's corners; row-major. */
  grid: number
  displacementX: Float64Array
  displacementY: Float64Array
}

/** The map that changes nothing: patch pixels are plane pixels. */
export const identityWarp = (centerX: number, centerY: number): Warp => ({
  centerX,
  centerY,
  xx: 1,
  xy: 0,
  yx: 0,
  yy: 1,
  grid: 2,
  displacementX: new Float64Array(4),
  displacementY: new Float64Array(4),
})

/** Draws the geometry of one patch. Angles are uniform in a full turn, mirrors even, scales even around 1. */
export function drawWarp(plan: AugmentationPlan, centerX: number, centerY: number, random: Random): Warp {
  if (!plan.augment) return identityWarp(centerX, centerY)
  const angle = plan.rotate ? random.uniform(0, 2 * Math.PI) : 0
  const scale = evenFactor(plan.scale, random)
  const flipX = plan.mirror && random.chance(0.5) ? -1 : 1
  const flipY = plan.mirror && random.chance(0.5) ? -1 : 1
  const cosine = Math.cos(angle) / scale
  const sine = Math.sin(angle) / scale
  const nodes = plan.elasticGrid * plan.elasticGrid
  const displacements = () => Float64Array.from({ length: nodes }, () => random.normal(plan.elasticPx))
  return {
    centerX,
    centerY,
    xx: cosine * flipX,
    xy: -sine * flipY,
    yx: sine * flipX,
    yy: cosine * flipY,
    grid: plan.elasticGrid,
    displacementX: displacements(),
    displacementY: displacements(),
  }
}

/** exp(U(-ln(1 + most), ln(1 + most))): a factor and its inverse are equally likely. */
const evenFactor = (most: number, random: Random): number => {
  const limit = Math.log(1 + most)
  return Math.exp(random.uniform(-limit, limit))
}

/** Plane coordinates of each pixel of a square window, row-major, and the box they lie in. */
export interface Coordinates {
  sidePx: number
  x: Float64Array
  y: Float64Array
  leastX: number
  leastY: number
  mostX: number
  mostY: number
}

/**
 * Maps a centred window of `sidePx` of a patch whose elastic grid spans `spanPx`. Displacements are interpolated
 * bicubically (cubic convolution, Keys 1981, a = -1/2, which passes through the nodes); outside the grid the
 * outermost nodes are repeated.
 */
export function mapWindow(warp: Warp, sidePx: number, spanPx: number): Coordinates {
  const x = new Float64Array(sidePx * sidePx)
  const y = new Float64Array(sidePx * sidePx)
  const { centerX, centerY, xx, xy, yx, yy, grid } = warp
  const isElastic = warp.displacementX.some((d) => d !== 0) || warp.displacementY.some((d) => d !== 0)
  const taps = gridTaps(grid, sidePx, spanPx)
  const rowX = new Float64Array(grid)
  const rowY = new Float64Array(grid)
  let [leastX, leastY, mostX, mostY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let row = 0, at = 0; row < sidePx; row++) {
    if (isElastic) {
      for (let node = 0; node < grid; node++) {
        rowX[node] = blend(warp.displacementX, taps, row, node, grid)
        rowY[node] = blend(warp.displacementY, taps, row, node, grid)
      }
    }
    for (let column = 0; column < sidePx; column++, at++) {
      const u = column - (sidePx - 1) / 2 + (isElastic ? blend(rowX, taps, column, 0, 1) : 0)
      const v = row - (sidePx - 1) / 2 + (isElastic ? blend(rowY, taps, column, 0, 1) : 0)
      const toX = centerX + xx * u + xy * v
      const toY = centerY + yx * u + yy * v
      x[at] = toX
      y[at] = toY
      if (toX < leastX) leastX = toX
      if (toX > mostX) mostX = toX
      if (toY < leastY) leastY = toY
      if (toY > mostY) mostY = toY
    }
  }
  return { sidePx, x, y, leastX, leastY, mostX, mostY }
}

/** For each pixel along a side: four nodes and their weights. */
interface GridTaps {
  node: Int32Array
  weight: Float64Array
}

function gridTaps(grid: number, sidePx: number, spanPx: number): GridTaps {
  const node = new Int32Array(4 * sidePx)
  const weight = new Float64Array(4 * sidePx)
  const four = new Float64Array(4)
  for (let pixel = 0; pixel < sidePx; pixel++) {
    const offset = pixel - (sidePx - 1) / 2
    const position = spanPx > 1 ? Math.min(1, Math.max(0, offset / (spanPx - 1) + 0.5)) * (grid - 1) : 0
    const base = Math.min(grid - 2, Math.floor(position))
    cubicWeights(position - base, four)
    for (let tap = 0; tap < 4; tap++) {
      node[4 * pixel + tap] = Math.min(grid - 1, Math.max(0, base - 1 + tap))
      weight[4 * pixel + tap] = four[tap]!
    }
  }
  return { node, weight }
}

function blend(
  values: Float64Array,
  { node, weight }: GridTaps,
  pixel: number,
  offset: number,
  stride: number,
): number {
  const at = 4 * pixel
  return (
    weight[at]! * values[node[at]! * stride + offset]! +
    weight[at + 1]! * values[node[at + 1]! * stride + offset]! +
    weight[at + 2]! * values[node[at + 2]! * stride + offset]! +
    weight[at + 3]! * values[node[at + 3]! * stride + offset]!
  )
}

/** Weights of the four samples at -1, 0, 1, 2 for a position t in 0..1 (Keys 1981, a = -1/2); 0 1 0 0 at t = 0. */
export function cubicWeights(t: number, out: Float64Array): void {
  out[0] = t * (-0.5 + t * (1 - 0.5 * t))
  out[1] = 1 + t * t * (-2.5 + 1.5 * t)
  out[2] = t * (0.5 + t * (2 - 1.5 * t))
  out[3] = t * t * (-0.5 + 0.5 * t)
}

/**
 * Varies grey values in place, each channel by its own draw, around the middle (0.5) of the normalised range:
 * v -> sign(v) |v|^gamma, then (v - 0.5) contrast + 0.5 + brightness, then normal noise whose standard deviation is
 * itself uniform between 0 and `noiseSigma`. `pixels` is [size, channels], channels last.
 */
export function varyGreyValues(pixels: Float32Array, channels: number, plan: AugmentationPlan, random: Random): void {
  if (!plan.augment) return
  for (let channel = 0; channel < channels; channel++) {
    const gamma = evenFactor(plan.greyGamma, random)
    const contrast = 1 + random.uniform(-plan.greyContrast, plan.greyContrast)
    const shift = random.uniform(-plan.greyBrightness, plan.greyBrightness) + 0.5 - 0.5 * contrast
    const noise = random.uniform(0, plan.noiseSigma)
    for (let at = channel; at < pixels.length; at += channels) {
      let value = pixels[at]!
      if (gamma !== 1) value = value < 0 ? -((-value) ** gamma) : value ** gamma
      value = value * contrast + shift
      if (noise > 0) value += random.normal(noise)
      pixels[at] = value
    }
  }
}
