/** Stored values of a plane as they are shown: window, gamma, inversion and colours of the annotator's shader. */
import type { Samples } from '../../src-shared/pixels.ts'
import { rampColours } from '../annotator/ramps.ts'
import type { Display } from '../annotator/view.ts'
import type { Rgba } from './rgba.ts'

/** Steps between black and white in which gamma is looked up. */
const STEPS = 4096

/** An opaque picture of `size` pixels; `samples` lie channel by channel. */
export function shadesOf(samples: Samples, size: number, display: Display): Rgba {
  const out = new Uint8ClampedArray(size * 4)
  const table = shadeTable(display)
  const scale = STEPS / (display.high - display.low)
  const shadeAt = (at: number): number => {
    const step = (samples[at]! - display.low) * scale
    return table[Number.isNaN(step) ? 0 : Math.max(0, Math.min(STEPS, Math.round(step)))]!
  }
  const ramp = display.lut === 'grey' || display.channel < 0 ? null : rampColours(display.lut)
  for (let at = 0, to = 0; at < size; at++, to += 4) {
    const shade = shadeAt(Math.max(0, display.channel) * size + at)
    const isColour = display.channel < 0
    out[to] = ramp ? ramp[shade * 4]! : shade
    out[to + 1] = ramp ? ramp[shade * 4 + 1]! : isColour ? shadeAt(size + at) : shade
    out[to + 2] = ramp ? ramp[shade * 4 + 2]! : isColour ? shadeAt(2 * size + at) : shade
    out[to + 3] = 255
  }
  return out
}

function shadeTable({ gamma, isInverted }: Display): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: STEPS + 1 }, (_, step) => {
    const share = (step / STEPS) ** gamma
    return 255 * (isInverted ? 1 - share : share)
  })
}
