/**
 * What has been counted of painted windows, by their content: after a stroke only the windows that it touched are
 * counted again, however much else is painted.
 */
import { createHash } from 'node:crypto'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { ProjectStore } from '../store/index.ts'
import type { PaintedPlane } from './painted.ts'

/** Some 8 KB each at most; a window is 512 x 512 pixels. */
const MOST_WINDOWS = 8192

export class PaintMemory {
  /** In order of use, the longest unused first. */
  readonly #known = new Map<string, unknown>()

  /** What a plane of the store needs to remember its windows; for planes that are read as they are now. */
  of(
    store: ProjectStore,
    key: PlaneKey,
    { isComplete, objectClasses }: Pick<PaintedPlane, 'isComplete' | 'objectClasses'>,
  ): PaintedPlane['remembered'] {
    const reading = createHash('sha1')
      .update(JSON.stringify([isComplete, objectClasses]))
      .digest('base64')
    return (window, what, compute) =>
      this.#recall(JSON.stringify([what, reading, store.labels.contentOf(key, window)]), compute)
  }

  #recall<T>(key: string, compute: () => T): T {
    const value = this.#known.has(key) ? (this.#known.get(key) as T) : compute()
    this.#known.delete(key)
    this.#known.set(key, value)
    if (this.#known.size > MOST_WINDOWS) this.#known.delete(this.#known.keys().next().value!)
    return value
  }
}
