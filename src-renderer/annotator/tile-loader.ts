/** Loads tiles a few at a time, what is looked at now before what was wanted earlier; tries again after a failure. */
import type { TileAt } from '../../src-shared/data-urls.ts'

export interface TileLoaderOptions {
  /** Requests under way at once. */
  parallel?: number
  /** Called when a tile fails, with the number of failures in a row; the tile is tried again later. */
  failed?: (at: TileAt, error: unknown, failures: number) => void
}

interface Flight {
  at: TileAt
  control: AbortController
}

const RETRY_MS = [500, 1000, 2000, 4000, 8000]

export const tileKey = ({ level, tx, ty }: TileAt): string => `${level}/${tx}/${ty}`

export class TileLoader<T> {
  readonly #load: (at: TileAt, signal: AbortSignal) => Promise<T>
  readonly #loaded: (at: TileAt, value: T) => void
  readonly #options: TileLoaderOptions
  /** Wanted tiles by who wants them, so that a change of view does not forget what a stroke waits for. */
  readonly #wanted = new Map<string, Map<string, TileAt>>()
  readonly #flights = new Map<string, Flight>()
  readonly #failures = new Map<string, { count: number; notBefore: number }>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #isDisposed = false

  constructor(
    load: (at: TileAt, signal: AbortSignal) => Promise<T>,
    loaded: (at: TileAt, value: T) => void,
    options: TileLoaderOptions = {},
  ) {
    this.#load = load
    this.#loaded = loaded
    this.#options = options
  }

  /** Replaces what `who` wants, most urgent first. What nobody wants any more is aborted. */
  want(who: string, tiles: Iterable<TileAt>): void {
    this.#wanted.set(who, new Map([...tiles].map((at) => [tileKey(at), at])))
    for (const [key, { control }] of this.#flights) if (!this.#isWanted(key)) control.abort()
    this.#start()
  }

  /** Adds tiles to what `who` wants. */
  also(who: string, tiles: Iterable<TileAt>): void {
    const wanted = this.#wanted.get(who) ?? new Map<string, TileAt>()
    for (const at of tiles) wanted.set(tileKey(at), at)
    this.#wanted.set(who, wanted)
    this.#start()
  }

  /** Loads a tile again although it is here or under way. */
  again(who: string, at: TileAt): void {
    const key = tileKey(at)
    this.#flights.get(key)?.control.abort()
    this.#flights.delete(key)
    this.also(who, [at])
  }

  /** True while nothing is wanted that has not come. */
  get isIdle(): boolean {
    return this.#flights.size === 0 && [...this.#wanted.values()].every((tiles) => tiles.size === 0)
  }

  dispose(): void {
    this.#isDisposed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const { control } of this.#flights.values()) control.abort()
    this.#flights.clear()
    this.#wanted.clear()
  }

  #isWanted(key: string): boolean {
    for (const tiles of this.#wanted.values()) if (tiles.has(key)) return true
    return false
  }

  #start(): void {
    if (this.#isDisposed) return
    const now = Date.now()
    let soonest = Number.POSITIVE_INFINITY
    for (const tiles of this.#wanted.values()) {
      for (const [key, at] of tiles) {
        if (this.#flights.size >= (this.#options.parallel ?? 6)) return
        if (this.#flights.has(key)) continue
        const notBefore = this.#failures.get(key)?.notBefore ?? 0
        if (notBefore > now) soonest = Math.min(soonest, notBefore)
        else this.#fly(key, at)
      }
    }
    if (soonest < Number.POSITIVE_INFINITY) this.#wake(soonest - now)
  }

  #fly(key: string, at: TileAt): void {
    const control = new AbortController()
    const flight: Flight = { at, control }
    this.#flights.set(key, flight)
    const isCurrent = () => this.#flights.get(key) === flight && !this.#isDisposed
    this.#load(at, control.signal).then(
      (value) => {
        if (!isCurrent()) return
        this.#flights.delete(key)
        this.#failures.delete(key)
        for (const tiles of this.#wanted.values()) tiles.delete(key)
        this.#loaded(at, value)
        this.#start()
      },
      (error) => {
        if (!isCurrent()) return
        this.#flights.delete(key)
        if (!control.signal.aborted) this.#fail(key, at, error)
        this.#start()
      },
    )
  }

  #fail(key: string, at: TileAt, error: unknown): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1
    const pause = RETRY_MS[Math.min(count, RETRY_MS.length) - 1]!
    this.#failures.set(key, { count, notBefore: Date.now() + pause })
    this.#options.failed?.(at, error, count)
  }

  #wake(afterMs: number): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#start()
      },
      Math.max(10, afterMs),
    )
  }
}
