/** What an object can be: "cell", "nucleus" ... Class index k of a network is the k-th class here, 0 the background. */
import type { ProjectDatabase } from './database.ts'

export interface ObjectClass {
  id: number
  name: string
  /** "#rrggbb" */
  colour: string
}

/** What a project starts with that nobody has given classes. */
export const FIRST_CLASS = { name: 'cell', colour: '#e6550d' }

export class ClassStore {
  readonly #database: ProjectDatabase

  constructor(database: ProjectDatabase) {
    this.#database = database
  }

  /** In the order of the class indices 1, 2, 3 ... */
  list(): ObjectClass[] {
    return this.#database.all<ObjectClass>('SELECT id, name, colour FROM class ORDER BY position')
  }

  find(name: string): ObjectClass | undefined {
    return this.#database.one<ObjectClass>('SELECT id, name, colour FROM class WHERE name = ?', name)
  }

  /** Appends a class; answers the existing one where the name is taken. */
  add(name: string, colour: string): ObjectClass {
    return this.#database.write(() => {
      const known = this.find(name)
      if (known) return known
      const { id } = this.#database.run(
        'INSERT INTO class (position, name, colour) SELECT coalesce(max(position), -1) + 1, ?, ? FROM class',
        name,
        colour,
      )
      return { id, name, colour }
    })
  }

  /**
   * The same for a class that a mask brings along: the class that a project starts with takes its name, as long as it is
   * the only one and no object has it, so that no network learns a class that does not exist.
   */
  addFromMask(name: string, colour: string): ObjectClass {
    const [first, second] = this.list()
    const isUnused = this.#database.one('SELECT 1 AS found FROM object LIMIT 1') === undefined
    if (!first || second || first.name !== FIRST_CLASS.name || !isUnused) return this.add(name, colour)
    this.update(first.id, { name })
    return { ...first, name }
  }

  /** Changes name or colour; the id, and so every object of the class, stays. */
  update(id: number, change: { name?: string; colour?: string }): void {
    this.#database.write(() =>
      this.#database.run(
        'UPDATE class SET name = coalesce(?, name), colour = coalesce(?, colour) WHERE id = ?',
        ...([change.name ?? null, change.colour ?? null, id] as const),
      ),
    )
  }
}
