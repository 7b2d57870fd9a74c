/** Computes the weight map beside the window's thread. */
import { type WeightsAnswer, WeightsDesk, type WeightsRequest } from './weights-messages.ts'

interface WorkerScope {
  onmessage: ((event: { data: WeightsRequest }) => void) | null
  postMessage(answer: WeightsAnswer, transfer: ArrayBufferLike[]): void
}

const scope = globalThis as unknown as WorkerScope
const desk = new WeightsDesk()

scope.onmessage = ({ data }) => {
  const answer = desk.answer(data)
  scope.postMessage(answer, answer.part ? [answer.part.term.buffer, answer.part.classIndex.buffer] : [])
}
