/** What the proposals of a plane need of the rest of the window, and what they ask of the host. */
import type { ChosenProposals } from '../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import type { Asking, DataRoot } from './connection.ts'
import type { ObjectMaker } from './object-maker.ts'
import type { PlacePx } from './settled-proposals.ts'

export interface ProposalHost {
  ask: Asking
  data: DataRoot
  maker: ObjectMaker
  /** Shows a place of the plane. */
  jump(box: Rect): void
  /** Width of the ring that accepting draws. */
  ringPx(): number
  /** What is seen of the plane. */
  visible(): Rect
  /** What is painted in a part of the plane; null where nobody has painted. */
  painted(plane: PlaneKey, region: Rect, signal?: AbortSignal): Promise<Uint32Array | null>
  /** Shows proposed objects in the plane; null for none. */
  shown(proposed: ShownProposals | null, chosen: ReadonlySet<number>): void
  /** Wraps a request that changes the plane. */
  changing<T>(task: () => Promise<T>): Promise<T>
  failed(error: unknown): void
}

/** Proposed objects of a part of a plane, as they are drawn. */
export interface ShownProposals {
  /** 0 background, 1..n, of `region`, row by row: all that was found, one array as long as it is the same. */
  labels: Uint32Array
  region: Rect
  /** Class of the project of each object that is shown; the others of the map are not. */
  classIds: ReadonlyMap<number, number>
}

type Proposed = Pick<ChosenProposals, 'id' | 'plane' | 'objects'>

/** What the host has settled. */
export interface SettledByHost {
  /** Names the step of undo. */
  action: string
  /** A pixel of each chosen object that was not, because most of it is painted already. */
  leftOut: readonly PlacePx[]
}

/** Makes proposals annotation, with the ring; null where the host found none to accept. */
export async function accept(
  { ask, changing, ringPx }: ProposalHost,
  of: Proposed,
  which: Pick<ChosenProposals, 'chosen' | 'except' | 'region'>,
): Promise<SettledByHost | null> {
  const ring = ringPx()
  const params = { ...of, ...which, ...(ring > 0 ? { ringPx: ring } : {}) }
  const { created, leftOut, action } = await changing(() => ask.ask('prediction.accept', params))
  return created.length > 0 ? { action, leftOut } : null
}

/** Makes what is proposed at the chosen places background; answers as `accept`. */
export async function reject(
  { ask, changing }: ProposalHost,
  of: Proposed,
  which: Pick<ChosenProposals, 'chosen' | 'region'>,
): Promise<SettledByHost | null> {
  const { rejected, action } = await changing(() => ask.ask('prediction.reject', { ...of, ...which }))
  return rejected.length > 0 ? { action, leftOut: [] } : null
}
