import type { ImageView } from '../../src-shared/api.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { Asking } from './connection.ts'

/** The values that a plane has, least and greatest: a slider over all of 16 bits could not be set by hand. */
export class ContrastLimits {
  current = $state.raw<readonly [number, number]>([0, 255])
  readonly #ask: Asking
  #asked = 0

  constructor(ask: Asking) {
    this.#ask = ask
  }

  /** `before` holds until the plane's own values are known; an answer that another question overtook is dropped. */
  async find(image: ImageView, { z, t }: PlaneKey, channel: number, before: readonly [number, number]): Promise<void> {
    const asked = ++this.#asked
    this.current = before
    if (image.sampleType === 'uint8') return
    const of = { id: image.id, z, t, channel: Math.max(0, channel), low: 0, high: 100 }
    const found = await this.#ask.ask('image.range', of).catch(() => null)
    if (found && found[1] > found[0] && asked === this.#asked) this.current = found
  }
}
