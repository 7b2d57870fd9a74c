/** What every long action of the application is given: how to be stopped, and where to tell how far it is. */
import type { Progress } from '../../src-shared/progress.ts'

export interface Job {
  /** Aborted when the person wants it to end; what was saved stays. */
  signal: AbortSignal
  progress: (progress: Progress) => void
  /** The work stands still until the next progress (it is paused, or gives way): that time says nothing of its pace. */
  rest: () => void
  /** One sentence worth knowing that is no failure: a file skipped, a default chosen. */
  note: (sentence: string) => void
}

/** A job nobody watches: for tests and for parts of larger jobs. */
export const quietJob = (signal: AbortSignal = new AbortController().signal): Job => ({
  signal,
  progress: () => {},
  rest: () => {},
  note: () => {},
})

/** Thrown where an action stops half-way because it was asked to. */
export class Stopped extends Error {
  constructor() {
    super('stopped')
    this.name = 'Stopped'
  }
}

/** Ends the action here when it was asked to stop. */
export function throwIfStopped({ signal }: Job): void {
  if (signal.aborted) throw new Stopped()
}

/** How long work on the host may keep everybody else waiting, in milliseconds: a stroke has to be answered. */
const TURN_MS = 8
let turnBeganMs = 0

/** A place in a long computation where painting may come in between; costs nothing when called often. */
export async function letOthersWork(): Promise<void> {
  if (performance.now() - turnBeganMs < TURN_MS) return
  await new Promise((resolve) => setImmediate(resolve))
  turnBeganMs = performance.now()
}
