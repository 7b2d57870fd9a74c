/** Ids of this window's own for new objects, fetched in blocks, so that an object has its final id while it is painted. */

const BLOCK = 64
/** Fetches the next block when no more than this are left. */
const LOW = 16

export class ObjectIds {
  readonly #reserve: (count: number) => Promise<number>
  readonly #free: number[] = []
  #isFetching = false

  constructor(reserve: (count: number) => Promise<number>) {
    this.#reserve = reserve
  }

  /** The next id; null when none is here yet. */
  take(): number | null {
    const id = this.#free.shift() ?? null
    void this.fill()
    return id
  }

  /** Gives an id back that was not used. */
  giveBack(id: number): void {
    this.#free.unshift(id)
  }

  async fill(): Promise<void> {
    if (this.#isFetching || this.#free.length > LOW) return
    this.#isFetching = true
    try {
      const first = await this.#reserve(BLOCK)
      for (let id = first; id < first + BLOCK; id++) this.#free.push(id)
    } catch {
      // without connection: new objects get temporary ids, and the next stroke asks again
    } finally {
      this.#isFetching = false
    }
  }
}
