/** The Python process that runs the peers (scripts/peers/peer.py), one JSON line each way at a time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../../scripts/peers/peer.py', import.meta.url))

export type Answer = Record<string, string | number>

export class Peer {
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #lines: Interface

  /** Starts `python` with the peers; libraries load with the first request that needs them. */
  constructor(python: string) {
    this.#child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.on('error', () => {}) // the end of its answers tells
    this.#child.stdin!.on('error', () => {})
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** The answer to one request. Throws with the peer's own words when it failed. */
  async ask(request: Record<string, unknown>): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error('the Python process of the peers ended; its last words are above')
    const answer = JSON.parse(value) as { ok: boolean; error?: string } & Answer
    if (!answer.ok) throw new Error(`the peer failed: ${answer.error}`)
    return answer
  }

  /** The seconds of one measured request. */
  async seconds(request: Record<string, unknown>): Promise<number> {
    return (await this.ask(request)).seconds as number
  }

  close(): void {
    this.#lines.close()
    this.#child.stdin!.end()
  }
}
