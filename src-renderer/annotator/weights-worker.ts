/** Computes the weight map beside the window's thread. */
import { WeightField } from './weight-field.ts'
import { answerWeights, type WeightsAnswer, type WeightsRequest } from './weights-messages.ts'

interface WorkerScope {
  onmessage: ((event: { data: WeightsRequest }) => void) | null
  postMessage(answer: WeightsAnswer, transfer: ArrayBuffer[]): void
}

const scope = globalThis as unknown as WorkerScope

scope.onmessage = ({ data }) => {
  const answer = answerWeights(data)
  scope.postMessage(answer, new WeightField(answer.field).buffers)
}
