/** What is known of each object, as a byte per id, so that the shader can look it up. */

/** Ids up to this have their own colour by class; beyond, an object counts as one of the first class. */
const MOST_IDS = 1 << 22
export const TABLE_WIDTH = 2048

/** Bits of a byte of the table: the class index (1 the first class), then marks. */
export const TABLE = { classMask: 0x1f, chosen: 0x40, proposed: 0x80 } as const

export class ObjectTable {
  bytes = new Uint8Array(TABLE_WIDTH)
  /** Grows with every change. */
  version = 0
  #chosen: readonly number[] = []

  get rows(): number {
    return this.bytes.length / TABLE_WIDTH
  }

  classIndex(objectId: number): number {
    return (this.bytes[objectId] ?? 0) & TABLE.classMask || 1
  }

  /** Replaces everything that is known. `classIndexOf` gives 1 for the project's first class. */
  setObjects(
    objects: readonly { id: number; classId: number; state: string }[],
    classIndexOf: (classId: number) => number,
  ): void {
    this.bytes.fill(0)
    for (const { id, classId, state } of objects) {
      this.#reach(id)
      if (id >= this.bytes.length) continue
      this.bytes[id] = (classIndexOf(classId) & TABLE.classMask) | (state === 'proposed' ? TABLE.proposed : 0)
    }
    this.#mark()
  }

  /** Says the class of one object, before the host has told. */
  setClass(objectId: number, classIndex: number): void {
    this.#reach(objectId)
    if (objectId >= this.bytes.length) return
    this.bytes[objectId] = (this.bytes[objectId]! & ~TABLE.classMask) | (classIndex & TABLE.classMask)
    this.version++
  }

  choose(objectIds: Iterable<number>): void {
    for (const id of this.#chosen) if (id < this.bytes.length) this.bytes[id]! &= ~TABLE.chosen
    this.#chosen = [...objectIds]
    this.#mark()
  }

  #mark(): void {
    for (const id of this.#chosen) {
      this.#reach(id)
      if (id < this.bytes.length) this.bytes[id]! |= TABLE.chosen
    }
    this.version++
  }

  #reach(id: number): void {
    if (id < this.bytes.length || id >= MOST_IDS) return
    const rows = Math.min(MOST_IDS / TABLE_WIDTH, 2 ** Math.ceil(Math.log2((id + 1) / TABLE_WIDTH)))
    const grown = new Uint8Array(rows * TABLE_WIDTH)
    grown.set(this.bytes)
    this.bytes = grown
  }
}
