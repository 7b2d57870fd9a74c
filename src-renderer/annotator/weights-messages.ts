/** What window and weights worker say to each other. A field travels: whoever has it works on it, nothing is copied. */
import type { Rect } from '../../src-shared/planes.ts'
import { WeightField, type WeightFieldState, type WeightRules } from './weight-field.ts'

export type WeightsRequest =
  | { type: 'window'; ticket: number; rect: Rect; labels: Uint32Array; rules: WeightRules }
  | { type: 'update'; ticket: number; rect: Rect; labels: Uint32Array; field: WeightFieldState }

/** `ticket` is that of the request, `changed` where the map may have changed. */
export interface WeightsAnswer {
  ticket: number
  field: WeightFieldState
  changed: Rect
}

/** The worker's side, without the worker. */
export function answerWeights(request: WeightsRequest): WeightsAnswer {
  const { ticket, rect, labels } = request
  if (request.type === 'window') {
    return { ticket, field: WeightField.of(rect, labels, request.rules).state, changed: rect }
  }
  const field = new WeightField(request.field)
  return { ticket, changed: field.update(rect, labels), field: field.state }
}
