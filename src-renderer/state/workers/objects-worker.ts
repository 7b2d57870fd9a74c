/** Makes objects of a plane's probabilities beside the window's thread: keeps the plane, answers each new plan. */
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { type ProbabilityPlane, type Proposals, probabilityPlane, proposalsOf } from '../proposals.ts'

export type ObjectsRequest =
  | { type: 'plane'; bytes: Uint8Array; width: number; height: number }
  | { type: 'painted'; painted: Uint32Array | null }
  | { type: 'plan'; ticket: number; plan: ObjectsPlan }
export type ObjectsAnswer = Proposals & { ticket: number }

let plane: ProbabilityPlane | undefined
let painted: Uint32Array | null = null

self.onmessage = ({ data }: MessageEvent<ObjectsRequest>) => {
  if (data.type === 'plane') {
    plane = probabilityPlane(data.bytes, data.width, data.height)
    painted = null
    return
  }
  if (data.type === 'painted') {
    painted = data.painted
    return
  }
  if (!plane) return
  const found = proposalsOf(plane, data.plan, painted)
  const answer: ObjectsAnswer = { ...found, ticket: data.ticket }
  self.postMessage(answer, { transfer: [found.labels.buffer] })
}
