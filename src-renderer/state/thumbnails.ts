/** Thumbnails as addresses for `<img>`: fetched with the token, a few at a time, and kept while the window is open. */
import { thumbnailUrl } from '../../src-shared/data-urls.ts'
import type { DataRoot } from './connection.ts'

const MOST_AT_ONCE = 4

export class Thumbnails {
  readonly #data: DataRoot
  readonly #known = new Map<number, Promise<string>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(data: DataRoot) {
    this.#data = data
  }

  address(imageId: number): Promise<string> {
    let known = this.#known.get(imageId)
    if (!known) {
      known = this.#fetch(imageId)
      this.#known.set(imageId, known)
      known.catch(() => this.#known.delete(imageId)) // asked again when it comes into view again
    }
    return known
  }

  async #fetch(imageId: number): Promise<string> {
    if (this.#running >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running++
    try {
      const answer = await this.#data.get(thumbnailUrl(imageId))
      return URL.createObjectURL(await answer.blob())
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}
