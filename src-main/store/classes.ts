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
   * The class that a project starts with takes the name of the first of those that come with a mask, where it is not
   * among them, is the only one and no object has it: so that no network learns a class that does not exist.
   */
  giveWay(names: readonly string[]): void {
    const [first, second] = this.list()
    if (!first || second || first.name !== FIRST_CLASS.name || names.length === 0 || names.includes(first.name)) return
    const isUnused = this.#database.one('SELECT 1 AS found FROM object LIMIT 1') === undefined
    if (isUnused) this.update(first.id, { name: names[0]! })
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
