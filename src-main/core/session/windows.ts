/** Which windows a session has, by the names they have chosen: one whose line was lost may come back under the same. */

/** A window that stays away for so long has gone; a computer that sleeps over lunch has not. */
const AWAY_MS = 3_600_000

export class Windows {
  readonly #onGone: (client: string) => void
  /** Lines of each window that is there. */
  readonly #lines = new Map<string, number>()
  readonly #away = new Map<string, NodeJS.Timeout>()

  constructor(onGone: (client: string) => void) {
    this.#onGone = onGone
  }

  /** A line of a window is there, of a new one or of one that was away. */
  arrive(client: string): void {
    clearTimeout(this.#away.get(client))
    this.#away.delete(client)
    this.#lines.set(client, (this.#lines.get(client) ?? 0) + 1)
  }

  /** One of its lines has ended. */
  leave(client: string): void {
    const left = (this.#lines.get(client) ?? 0) - 1
    if (left > 0) {
      this.#lines.set(client, left)
      return
    }
    this.#lines.delete(client)
    const gone = () => {
      this.#away.delete(client)
      this.#onGone(client)
    }
    this.#away.set(client, setTimeout(gone, AWAY_MS).unref())
  }

  /** Nobody is told of any more. */
  close(): void {
    for (const timer of this.#away.values()) clearTimeout(timer)
    this.#away.clear()
  }
}
