/** The Python process that runs the peers (scripts/peers/peer.py), one JSON line each way at a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { peersFolder } from './peer-environment.ts'

export type Answer = Record<string, string | number>
export type PeerProgress = { done: number; total: number; unit: string }

export class Peer {
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #lines: Interface

  /** Starts `python` with the peers; libraries load with the first request that needs them. */
  constructor(python: string) {
    this.#child = spawn(python, [join(peersFolder(), 'peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.on('error', () => {}) // the end of its answers tells
    this.#child.stdin!.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** The answer to one request. Throws with the peer's own words when it failed. */
  async ask(
    request: Record<string, unknown>,
    onProgress: (progress: PeerProgress) => void = () => {},
  ): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`)
    for (;;) {
      const { value, done } = await this.#answers.next()
      if (done) throw new Error('the Python process of the peers ended; its last words are above')
      const answer = JSON.parse(value) as { ok?: boolean; error?: string; progress?: PeerProgress } & Answer
      if (answer.progress) {
        onProgress(answer.progress)
        continue
      }
      if (!answer.ok) throw new Error(`the peer failed: ${answer.error}`)
      return answer
    }
  }

  /** The seconds of one measured request. */
  async seconds(request: Record<string, unknown>): Promise<number> {
    return (await this.ask(request)).seconds as number
  }

  /** Lets it end after the request it is at. */
  close(): void {
    this.#lines.close()
    this.#child.stdin!.end()
  }

  /** Ends it now. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
