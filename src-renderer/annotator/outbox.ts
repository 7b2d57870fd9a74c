/**
 * Strokes on their way to the host: in order, one at a time, sent again by their id when an answer is lost, and kept in
 * storage until they are answered, so that nothing painted is lost when the connection or the window goes. One that the
 * host fails over again and again is set aside: it stays unsaved, and the others go on.
 */
import type { PlaneKey } from '../../src-shared/planes.ts'
import { parseStroke } from '../../src-shared/strokes.ts'
import {
  type Direction,
  type HistoryReply,
  StrokeFailed,
  StrokeRefused,
  type StrokeReply,
  type StrokeStorage,
} from './link.ts'
import { asSent, rename, type UnsavedStroke } from './pending-stroke.ts'

export interface OutboxOptions {
  /** Names the plane; the storage itself belongs to one project. */
  key: string
  send(stroke: UnsavedStroke['stroke']): Promise<StrokeReply>
  storage?: StrokeStorage | null
  answered(strokeId: string, reply: StrokeReply): void
  refused(strokeId: string, reason: StrokeRefused): void
  /** Takes back, or does again, the last action; null when there is none. */
  replay(direction: Direction): Promise<HistoryReply>
  replayed(direction: Direction, reply: NonNullable<HistoryReply>): void
  /** Other strokes are unsaved, or the host can or cannot be reached any more. */
  counted(isConnected: boolean): void
}

interface StrokeEntry {
  of: UnsavedStroke
  wasSent: boolean
  /** How often the host has failed over it. */
  faults: number
}
type Entry = StrokeEntry | { task: () => Promise<void> }

const RETRY_MS = [500, 1000, 2000, 5000, 10_000]
/** How often the host may fail over a stroke before those after it go first. */
const MOST_FAULTS = 3
const STORAGE_PREFIX = 'cellbrush-unsaved:'
const STORAGE_INDEX = 'cellbrush-unsaved'

/** Names a plane in the storage. */
export const outboxKey = ({ imageId, layer, z, t }: PlaneKey): string =>
  [imageId, encodeURIComponent(layer), z, t].join('/')

export class Outbox {
  #options: OutboxOptions
  #entries: Entry[] = []
  /** Strokes that the host has failed over; they are tried again when the plane is opened or the connection is new. */
  #aside: UnsavedStroke[] = []
  #isSending = false
  /** The connection came back while a stroke was on its way: should it fail now, it is sent again at once. */
  #isWanted = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  /** Storage has taken what was unsaved when that changed last. */
  #isStored = true

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#entries = readStored(options.storage, options.key).map(sentBefore)
  }

  /** A plane that is opened again goes on with the outbox it left behind. */
  attach(options: OutboxOptions): void {
    this.#options = options
    this.#count()
  }

  get unsaved(): readonly UnsavedStroke[] {
    return [...this.#aside, ...this.#entries.flatMap((entry) => ('of' in entry ? [entry.of] : []))]
  }

  get isIdle(): boolean {
    return this.#entries.length === 0 && this.#aside.length === 0
  }

  /** Whether all that is unsaved would outlive the window. */
  get isKept(): boolean {
    return this.#isStored || this.unsaved.length === 0
  }

  add(of: UnsavedStroke): void {
    this.#entries.push({ of, wasSent: false, faults: 0 })
    this.#store()
    this.#count()
    void this.#send()
  }

  /** Sends what is waiting now, also what was set aside: at the start, and when the connection is there again. */
  resume(): void {
    const isFirstOnItsWay = this.#isSending && this.#entries.length > 0
    this.#entries.splice(isFirstOnItsWay ? 1 : 0, 0, ...this.#aside.splice(0).map(sentBefore))
    this.#goOn()
  }

  #goOn(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#isWanted = this.#isSending
    this.#count() // strokes of an earlier window are unsaved, too
    void this.#send()
  }

  /** Does something once every stroke before it has been answered, and before any stroke after it. */
  after<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ task: () => task().then(resolve, reject) })
      void this.#send()
    })
  }

  /**
   * Takes back, or does again, the last action once every stroke before it has been answered; false when there is none.
   * Whoever has the outbox by then is told, for the plane may have been left and opened again meanwhile.
   */
  replay(direction: Direction): Promise<boolean> {
    return this.after(async () => {
      const reply = await this.#options.replay(direction)
      if (reply) this.#options.replayed(direction, reply)
      return reply !== null
    })
  }

  /**
   * Takes back the last stroke if it has never left the window, else one that was set aside; null when there is neither:
   * the last may have reached the host.
   */
  takeBack(): UnsavedStroke | null {
    const of = this.#entries.length === 0 ? this.#aside.pop() : this.#takeUnsent()
    if (!of) return null
    this.#store()
    this.#count()
    return of
  }

  #takeUnsent(): UnsavedStroke | undefined {
    const last = this.#entries.at(-1)
    if (!last || !('of' in last) || last.wasSent) return undefined
    this.#entries.pop()
    return last.of
  }

  /** Objects that waiting strokes name have got other ids. */
  rename(names: ReadonlyMap<number, number>): void {
    for (const of of this.unsaved) rename(of, names)
    this.#store()
  }

  /** Stops trying; what is unsaved stays in storage. */
  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#entries = []
    this.#aside = []
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    while (this.#entries.length > 0 && this.#timer === null) {
      const entry = this.#entries[0]!
      if ('task' in entry) {
        await entry.task()
        this.#entries.shift()
        this.#count() // it may have been the last of a plane that was left
      } else {
        entry.wasSent = true
        await this.#sendStroke(entry)
      }
    }
    this.#isSending = false
  }

  async #sendStroke(entry: StrokeEntry): Promise<void> {
    const { id } = entry.of.stroke
    try {
      const reply = await this.#options.send(asSent(entry.of.stroke))
      if (this.#settle(entry)) this.#options.answered(id, reply)
    } catch (error) {
      if (error instanceof StrokeFailed) entry.faults++
      if (error instanceof StrokeRefused) {
        if (this.#settle(entry)) this.#options.refused(id, error)
      } else if (entry.faults < MOST_FAULTS) return this.#retryLater()
      else if (this.#take(entry)) this.#aside.push(entry.of)
    }
    this.#failures = 0
    this.#count()
  }

  /** A stroke has its answer and is unsaved no more; false when the outbox was disposed of meanwhile. */
  #settle(entry: StrokeEntry): boolean {
    const isHere = this.#take(entry)
    if (isHere) this.#store()
    return isHere
  }

  /** The first entry is no longer to be sent; false when it has gone with all others. */
  #take(entry: StrokeEntry): boolean {
    const isHere = this.#entries[0] === entry
    if (isHere) this.#entries.shift()
    return isHere
  }

  #retryLater(): void {
    const isWanted = this.#isWanted
    this.#isWanted = false
    if (isWanted) return
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]!
    this.#failures++
    this.#timer = setTimeout(() => this.#goOn(), pause)
    this.#count()
  }

  #count(): void {
    this.#options.counted(this.#timer === null)
  }

  #store(): void {
    this.#isStored = writeStored(this.#options.storage, this.#options.key, this.unsaved)
  }
}

const sentBefore = (of: UnsavedStroke): StrokeEntry => ({ of, wasSent: true, faults: 0 })

/** Planes with strokes that were painted and not yet saved when the window was closed. */
export const unsavedPlanes = (storage: StrokeStorage | null | undefined): PlaneKey[] =>
  storedKeys(storage).map((key) => {
    const [imageId, layer, z, t] = key.split('/')
    return { imageId: Number(imageId), layer: decodeURIComponent(layer ?? ''), z: Number(z), t: Number(t) }
  })

/** Moves what is unsaved on a plane to another storage, unless something waits there; answers whether it is there now. */
export function moveUnsaved(from: StrokeStorage, to: StrokeStorage, plane: PlaneKey): boolean {
  const key = outboxKey(plane)
  const strokes = readStored(from, key)
  if (readStored(to, key).length > 0) return false
  writeStored(to, key, strokes)
  const isThere = readStored(to, key).length === strokes.length // the storage may be full
  if (isThere) writeStored(from, key, [])
  return isThere
}

/** Drops what is unsaved on a plane that is no more. */
export function forgetUnsaved(storage: StrokeStorage | null | undefined, plane: PlaneKey): void {
  writeStored(storage, outboxKey(plane), [])
}

function storedKeys(storage: StrokeStorage | null | undefined): string[] {
  try {
    const keys: unknown = JSON.parse(storage?.getItem(STORAGE_INDEX) ?? '[]')
    return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []
  } catch {
    return []
  }
}

function readStored(storage: StrokeStorage | null | undefined, key: string): UnsavedStroke[] {
  const text = storage?.getItem(STORAGE_PREFIX + key)
  if (!text) return []
  try {
    const list = JSON.parse(text) as UnsavedStroke[]
    return list.map(({ stroke, temporary, isFresh }) => ({
      stroke: parseStroke(stroke),
      temporary: temporary.map(Number),
      isFresh: isFresh === true,
    }))
  } catch {
    return [] // not ours, or cut off while the window was killed
  }
}

/** Answers whether the strokes outlive the window now. */
function writeStored(
  storage: StrokeStorage | null | undefined,
  key: string,
  strokes: readonly UnsavedStroke[],
): boolean {
  if (!storage) return false
  try {
    const others = storedKeys(storage).filter((other) => other !== key)
    if (strokes.length > 0) storage.setItem(STORAGE_PREFIX + key, JSON.stringify(strokes))
    else storage.removeItem(STORAGE_PREFIX + key)
    const keys = strokes.length > 0 ? [...others, key] : others
    if (keys.length > 0) storage.setItem(STORAGE_INDEX, JSON.stringify(keys))
    else storage.removeItem(STORAGE_INDEX)
    return storage.isLasting !== false
  } catch {
    return false // a full storage: the strokes are still in memory and on their way
  }
}
