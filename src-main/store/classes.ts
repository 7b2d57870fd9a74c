/** What an object can be: "cell", "nucleus" ... Class index k of a network is the k-th class here, 0 the background. */
import type { ProjectDatabase } from './database.ts'

export interface ObjectClass {
  id: number
  name: string
  /** "#rrggbb" */
  colour: string
}

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
