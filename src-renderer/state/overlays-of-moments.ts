/** Overlays that belong to a moment: each finds them again as it left them. */
import type { Overlays } from '../annotator/view.ts'
import type { Moment } from './moments.ts'

type Momentary = Pick<Overlays, 'weights' | 'teaches' | 'probability' | 'uncertainty'>

const NONE: Momentary = { weights: false, teaches: false, probability: false, uncertainty: false }

export class OverlaysOfMoments {
  readonly #known: Partial<Record<Moment, Momentary>> = {}

  /** Keeps what lies over the picture now, and lays over it what the next moment had. */
  change(from: Moment, to: Moment, overlays: Overlays): void {
    const { weights, teaches, probability, uncertainty } = overlays
    this.#known[from] = { weights, teaches, probability, uncertainty }
    Object.assign(overlays, this.#known[to] ?? NONE)
  }
}
