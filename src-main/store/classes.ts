/** What an object can be: "cell", "nucleus" ... Class index k of a network is the k-th class here, 0 the background. */
import { AppError } from '../../src-shared/errors.ts'
import { MOST_CLASSES } from '../../src-shared/network-plan.ts'
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

  /** Appends a class; answers the existing one where the name is taken. Errors: 'too-many-classes'. */
  add(name: string, colour: string): ObjectClass {
    return this.#database.write(() => {
      const known = this.find(name)
      if (known) return known
      this.requireRoom([name])
      const { id } = this.#database.run(
        'INSERT INTO class (position, name, colour) SELECT coalesce(max(position), -1) + 1, ?, ? FROM class',
        name,
        colour,
      )
      return { id, name, colour }
    })
  }

  /**
   * Throws 'too-many-classes' where no network could tell the project's classes apart with these; `canGiveWay` as they may
   * come with a mask.
   */
  requireRoom(names: readonly string[], canGiveWay = false): void {
    const known = canGiveWay && this.#givesWay(names) ? [] : this.list().map(({ name }) => name)
    const classes = new Set([...known, ...names]).size
    const hasNew = names.some((name) => !known.includes(name))
    if (hasNew && classes > MOST_CLASSES) throw new AppError('too-many-classes', { classes, most: MOST_CLASSES })
  }

  /**
   * The class that a project starts with takes the name of the first of those that come with a mask, where it is not
   * among them, is the only one and no object has it: so that no network learns a class that does not exist.
   */
  giveWay(names: readonly string[]): void {
    if (this.#givesWay(names)) this.update(this.list()[0]!.id, { name: names[0]! })
  }

  #givesWay(names: readonly string[]): boolean {
    const [first, second] = this.list()
    if (second || first?.name !== FIRST_CLASS.name || names.length === 0 || names.includes(first.name)) return false
    return this.#database.one('SELECT 1 AS found FROM object LIMIT 1') === undefined
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
