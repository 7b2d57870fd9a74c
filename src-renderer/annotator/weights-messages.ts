/** What window and weights worker say to each other. */
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { WeightField, type WeightPart, type WeightRules } from './weight-field.ts'

export type WeightsRequest =
  | { type: 'window'; ticket: number; rect: Rect; inner: Rect; labels: Uint32Array; rules: WeightRules }
  | { type: 'update'; ticket: number; rect: Rect; labels: Uint32Array }

/** The parts of the map that may have changed; null when none has. `ticket` is that of the request. */
export interface WeightsAnswer {
  ticket: number
  part: WeightPart | null
}

/** The worker's side, without the worker. */
export class WeightsDesk {
  #field: WeightField | null = null
  #inner: Rect = { x: 0, y: 0, w: 0, h: 0 }

  answer(request: WeightsRequest): WeightsAnswer {
    if (request.type === 'window') {
      this.#field = new WeightField(request.rect, request.labels, request.rules)
      this.#inner = request.inner
      return { ticket: request.ticket, part: this.#field.read(request.inner) }
    }
    const changed = this.#field?.update(request.rect, request.labels)
    const part = changed ? this.#field!.read(intersect(changed, this.#inner)) : null
    return { ticket: request.ticket, part: part && part.rect.w > 0 && part.rect.h > 0 ? part : null }
  }
}
