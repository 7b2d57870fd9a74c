/** What a section of the bench is given and gives. */
import type { Peer } from '../../src-main/core/study/peer-process.ts'
import type { Measurement } from './report.ts'

export interface Bench {
  /** Null without a peer environment. */
  peer: Peer | null
  /** Versions of the peers by name, such as { torch: '2.15.0' }; empty without them. */
  peerVersions: Record<string, string>
  /** For files that pass between the two; removed at the end. */
  folder: string
  threads: number
  /** Rounds asked for on the command line. */
  rounds?: number | undefined
  report(measurement: Measurement): void
  /** What is being done at present, for a person. */
  say(text: string): void
  /** A result that is wrong: the bench ends with exit code 1, since the time of a wrong result means nothing. */
  complain(text: string): void
}

export interface Section {
  name: string
  title: string
  run(bench: Bench): Promise<void>
}
