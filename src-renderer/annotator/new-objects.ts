/** Which object the gesture under way makes: its id, and what the host calls it if it had to be named before. */
import type { Stroke } from '../../src-shared/strokes.ts'
import { ObjectIds } from './object-ids.ts'
import { renamed } from './pending-stroke.ts'

export interface NewObject {
  id: number
  /** The host will give it another id. */
  isTemporary: boolean
}

export class NewObjects {
  readonly #ids: ObjectIds
  readonly #temporaryId: () => number
  /** Final ids of objects that had a temporary one. */
  readonly #names = new Map<number, number>()
  #underWay: NewObject | null = null

  /** `reserve` asks the host for ids of this window's own; `temporaryId` names an object while there are none. */
  constructor(reserve: (count: number) => Promise<number>, temporaryId: () => number) {
    this.#ids = new ObjectIds(reserve)
    this.#temporaryId = temporaryId
  }

  /** Asks for ids, so that the next object has its final one while it is painted. */
  fill(): void {
    void this.#ids.fill()
  }

  /** A gesture begins: nothing has been made by it. */
  begin(): void {
    this.#underWay = null
  }

  /** The object that the gesture makes, the same for all of it. */
  take(): NewObject {
    if (!this.#underWay) {
      const id = this.#ids.take()
      this.#underWay = id === null ? { id: this.#temporaryId(), isTemporary: true } : { id, isTemporary: false }
    }
    return this.#underWay
  }

  /** The object under way, if a label is its. */
  of(label: unknown): NewObject | null {
    return this.#underWay?.id === label ? this.#underWay : null
  }

  /** The object under way has been painted. */
  painted(): void {
    this.#underWay = null
  }

  /** The gesture is over; an id that it did not use is used for the next. */
  end(): void {
    if (this.#underWay && !this.#underWay.isTemporary) this.#ids.giveBack(this.#underWay.id)
    this.#underWay = null
  }

  /** The host has named objects. */
  rename(names: ReadonlyMap<number, number>): void {
    for (const [from, to] of names) this.#names.set(from, to)
  }

  nameOf(id: number): number {
    return this.#names.get(id) ?? id
  }

  /** A stroke with the names that objects have now. */
  named<S extends Stroke>(stroke: S): S {
    return renamed(stroke, this.#names)
  }
}
