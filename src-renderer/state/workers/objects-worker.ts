/** Makes objects of a plane's probabilities beside the window's thread: keeps the plane, answers each new plan. */
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { foregroundOf, type Proposals, proposalsOf } from '../proposals.ts'

export type ObjectsRequest =
  | { type: 'plane'; bytes: Uint8Array; width: number; height: number }
  | { type: 'plan'; ticket: number; plan: ObjectsPlan }
export type ObjectsAnswer = Proposals & { ticket: number }

let plane: { bytes: Uint8Array; foreground: Float32Array; width: number; height: number } | undefined

self.onmessage = ({ data }: MessageEvent<ObjectsRequest>) => {
  if (data.type === 'plane') {
    plane = { ...data, foreground: foregroundOf(data.bytes, data.width * data.height) }
    return
  }
  if (!plane) return
  const found = proposalsOf(plane.bytes, plane.foreground, plane.width, plane.height, data.plan)
  const answer: ObjectsAnswer = { ...found, ticket: data.ticket }
  self.postMessage(answer, { transfer: [found.labels.buffer] })
}
