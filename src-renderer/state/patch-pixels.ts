/** Patches as RGBA pixels of the network's output, [outputPx, outputPx, 4]. */

import { rgbOf } from '../../src-shared/colours.ts'
import { rampColours } from '../annotator/ramps.ts'
import type { Rgba } from '../pictures/rgba.ts'
import type { PatchPreview } from './patch-preview.ts'

const VIRIDIS = rampColours('viridis')

/** Visits each output pixel with its grey value; the output lies centred in the image. */
function forEachPixel({ inputPx, outputPx, image }: PatchPreview, visit: (at: number, grey: number) => void): void {
  const margin = Math.floor((inputPx - outputPx) / 2)
  for (let y = 0, at = 0; y < outputPx; y++) {
    for (let x = 0; x < outputPx; x++, at++) visit(at, image[(y + margin) * inputPx + x + margin]!)
  }
}

const blank = ({ outputPx }: PatchPreview): Rgba => new Uint8ClampedArray(outputPx * outputPx * 4).fill(255)

export function greyPixels(patch: PatchPreview): Rgba {
  const out = blank(patch)
  forEachPixel(patch, (at, grey) => out.fill(grey, at * 4, at * 4 + 3))
  return out
}

/** Classes in their colours over the grey values; what teaches nothing is dark and hatched. */
export function classPixels(patch: PatchPreview, colours: readonly string[]): Rgba {
  const out = blank(patch)
  const rgb = colours.map(rgbOf)
  forEachPixel(patch, (at, grey) => {
    const isTaught = patch.weight[at]! > 0
    const colour = rgb[patch.classIndex[at]! - 1]
    const isLine = (Math.floor(at / patch.outputPx) + (at % patch.outputPx)) % 12 < 3
    for (let channel = 0; channel < 3; channel++) {
      const shade = isTaught ? grey * 0.55 + (colour ? colour[channel]! * 0.6 : 0) : isLine ? 58 : 34
      out[at * 4 + channel] = shade
    }
  })
  return out
}

/** Weights in viridis; black where nothing is taught. */
export function weightPixels(patch: PatchPreview, most: number): Rgba {
  const out = blank(patch)
  for (let at = 0; at < patch.weight.length; at++) {
    const weight = patch.weight[at]!
    if (weight === 0) out.fill(0, at * 4, at * 4 + 3)
    else {
      const from = 4 * Math.round(255 * Math.min(1, weight / most))
      out.set(VIRIDIS.subarray(from, from + 3), at * 4)
    }
  }
  return out
}
