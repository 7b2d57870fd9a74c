/**
 * What has been counted of painted planes: after a stroke only the windows that it touched are counted again, however
 * much else is painted. Planes are told apart by their revision, which grows with every change, and windows of a plane
 * that has changed by their content.
 */
import { createHash } from 'node:crypto'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import type { PlaneState, ProjectStore } from '../store/index.ts'
import type { PaintedPlane, Remembered } from './painted.ts'

/** Some 8 KB each at most; a window is 512 x 512 pixels. */
const MOST_WINDOWS = 8192
/** Of one plane, some 2 bytes a cell of 16 x 16 pixels and class: what readiness and class weights want, twice. */
const MOST_OF_PLANE = 8

interface PlaneMemory {
  revision: number
  /** Every label that is painted there. */
  labels?: Uint32Array
  results: LastUsed
}

export class PaintMemory {
  readonly #windows = new LastUsed(MOST_WINDOWS)
  readonly #planes = new Map<string, PlaneMemory>()

  /** The labels that are painted on a plane. */
  labelsOf({ labels }: ProjectStore, state: PlaneState): Uint32Array {
    const memory = this.#planeOf(state)
    memory.labels ??= Uint32Array.from(labels.areas(state).keys())
    return memory.labels
  }

  /** What a plane of the store needs to be counted once; for planes that are read as they are now. */
  of(store: ProjectStore, state: PlaneState, { isComplete, objectClasses }: Reading): Remembered {
    const { results } = this.#planeOf(state)
    const reading = digestOf([isComplete, objectClasses])
    return {
      plane: async (what, compute) => {
        const key = digestOf([what, reading])
        if (!results.has(key)) results.set(key, await compute())
        return results.get(key)
      },
      window: (window, what, compute) => {
        const classes = classesWithin(store, state, window, objectClasses)
        const key = digestOf([what, isComplete, classes, store.labels.contentOf(state, window)])
        if (!this.#windows.has(key)) this.#windows.set(key, compute())
        return this.#windows.get(key)
      },
    }
  }

  /** A survey that began before a change keeps what it counts to itself. */
  #planeOf({ imageId, layer, z, t, revision }: PlaneState): PlaneMemory {
    const key = JSON.stringify([imageId, layer, z, t])
    const known = this.#planes.get(key)
    if (known?.revision === revision) return known
    const memory = { revision, results: new LastUsed(MOST_OF_PLANE) }
    if (known === undefined || known.revision < revision) this.#planes.set(key, memory)
    return memory
  }
}

type Reading = Pick<PaintedPlane, 'isComplete' | 'objectClasses'>

/** An object that comes to have a class elsewhere on the plane is no reason to count this window again. */
function classesWithin(
  { labels }: ProjectStore,
  plane: PlaneKey,
  window: Rect,
  objectClasses: Reading['objectClasses'],
): [number, number][] {
  if (Object.keys(objectClasses).length === 0) return []
  return labels.valuesNear(plane, window).flatMap((id) => {
    const index = objectClasses[id]
    return index === undefined ? [] : [[id, index]]
  })
}

const digestOf = (of: unknown): string => createHash('sha1').update(JSON.stringify(of)).digest('base64')

/** Values by key, as many as there is room for: the longest unused goes first. */
class LastUsed {
  readonly #most: number
  readonly #values = new Map<string, unknown>()

  constructor(most: number) {
    this.#most = most
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  get<T>(key: string): T {
    const value = this.#values.get(key) as T
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value)
    if (this.#values.size > this.#most) this.#values.delete(this.#values.keys().next().value!)
  }
}
