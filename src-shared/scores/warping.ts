/**
 * Warping error: Jain et al. 2010, "Boundary learning by optimization with topological constraints", doi
 * 10.1109/CVPR.2010.5539950, as the ISBI 2012 challenge computed it. The truth is deformed towards the prediction by
 * flipping simple points, which cannot split, merge, remove or add anything; what still differs is a topological mistake.
 */
import { isSimplePoint } from './simple-points.ts'

export interface WarpingResult {
  /** Pixels that differ after the warp, as a share of the plane: 0 to 1, lower is better. */
  warpingError: number
  /** The warped truth, 1 inside cells, row-major. */
  warped: Uint8Array
  /** Indices of the pixels that differ, into the plane. */
  mismatches: number[]
}

export interface MembranePlane {
  width: number
  height: number
  /** Non-zero inside cells, 0 on membrane; row-major. */
  truth: Uint8Array
  /** Probability of being inside a cell, 0 to 1. */
  probability: Float32Array
  /** 0 where the truth is unknown: such a pixel is neither flipped nor counted. Absent: all are known. */
  mask?: Uint8Array | undefined
}

/** Warps the truth towards `probability > threshold`. */
export function warp(plane: MembranePlane, threshold: number): WarpingResult {
  const { width, height } = plane
  const padded = padPlane(plane, threshold)
  // The clearest mistakes of the prediction first: that is where the border should go, if it may.
  let mismatches = findMismatches(padded).sort((a, b) => padded.distance[b]! - padded.distance[a]!)
  const isStuck = new Uint8Array(padded.source.length) // tested in vain since anything around it changed
  for (let flipped = 1; flipped > 0; ) {
    for (const pixel of mismatches) if (isStuck[pixel] === 0) tryFlip(padded, pixel, isStuck)
    const left = mismatches.filter((pixel) => padded.source[pixel] !== padded.target[pixel])
    flipped = mismatches.length - left.length
    mismatches = left
  }
  const unpad = (pixel: number) => (Math.floor(pixel / padded.stride) - 1) * width + (pixel % padded.stride) - 1
  const warped = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * padded.stride + 1
    warped.set(padded.source.subarray(from, from + width), y * width)
  }
  return { warpingError: mismatches.length / knownPixels(plane), warped, mismatches: mismatches.map(unpad) }
}

/** Flips a simple point and has the pixels around it tested again. */
function tryFlip({ source, target, stride }: Padded, pixel: number, isStuck: Uint8Array): void {
  if (!isSimplePoint(source, pixel, stride)) {
    isStuck[pixel] = 1
    return
  }
  source[pixel] = target[pixel]!
  for (let row = pixel - stride; row <= pixel + stride; row += stride) {
    isStuck[row - 1] = isStuck[row] = isStuck[row + 1] = 0
  }
}

function knownPixels({ mask, width, height }: MembranePlane): number {
  return mask ? mask.reduce((count, known) => count + (known ? 1 : 0), 0) : width * height
}

/** The planes with a frame of membrane, as in the challenge: an object at the edge of the image ends there. */
interface Padded {
  stride: number
  width: number
  height: number
  source: Uint8Array
  target: Uint8Array
  known: Uint8Array
  /** |probability - threshold| in single precision, as the challenge's script sorts by it. */
  distance: Float32Array
}

function padPlane({ width, height, truth, probability, mask }: MembranePlane, threshold: number): Padded {
  const stride = width + 2
  const length = stride * (height + 2)
  const padded: Padded = {
    stride,
    width,
    height,
    source: new Uint8Array(length),
    target: new Uint8Array(length),
    known: new Uint8Array(length),
    distance: new Float32Array(length),
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x
      const to = (y + 1) * stride + x + 1
      padded.source[to] = truth[from] ? 1 : 0
      padded.target[to] = probability[from]! > threshold ? 1 : 0
      padded.known[to] = mask && mask[from] === 0 ? 0 : 1
      padded.distance[to] = Math.abs(probability[from]! - threshold)
    }
  }
  return padded
}

/** Column by column: the order in which equally clear mistakes are tried. */
function findMismatches({ stride, width, height, source, target, known }: Padded): number[] {
  const mismatches: number[] = []
  for (let x = 1; x <= width; x++) {
    for (let y = 1; y <= height; y++) {
      const pixel = y * stride + x
      if (source[pixel] !== target[pixel] && known[pixel] === 1) mismatches.push(pixel)
    }
  }
  return mismatches
}
