/** Times taken in turns, so that a machine that gets slower in between slows both. */

/** Seconds of each run, in the order measured. */
export type Seconds = number[]

export interface Turns {
  /** How often each of the two is measured. */
  rounds: number
  /** Does the work once and returns the seconds it took. */
  ours: () => Promise<number> | number
  peer?: (() => Promise<number>) | undefined
}

/** Threads of the other side spin for a moment after their work; they are asleep after this. */
const PAUSE_MS = 300

/** Ours, peer, ours, peer ...; without a peer only ours. The caller has warmed both up. */
export async function takeTurns({ rounds, ours, peer }: Turns): Promise<{ ours: Seconds; peer?: Seconds }> {
  const times: { ours: Seconds; peer?: Seconds } = peer ? { ours: [], peer: [] } : { ours: [] }
  for (let round = 0; round < rounds; round++) {
    if (peer) await pause()
    times.ours.push(await ours())
    if (!peer) continue
    await pause()
    times.peer!.push(await peer())
  }
  return times
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/** Seconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
