/** Which images a run has learned from, whatever they are for now. */
import type { RunView } from '../../../src-shared/api.ts'
import type { Connection } from '../connection.ts'

interface Lesson {
  imageIds: number[]
  /** It began with the weights of another run, or of a model from elsewhere. */
  hasForerunner: boolean
}

export class LearnedImages {
  readonly #connection: Connection
  /** By run: a plan is frozen, so it is asked for once. */
  readonly #lessons = new Map<string, Promise<Lesson>>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * Ids of the images that taught a run. Which run another one began with is not kept: any older one of `runs` may have
   * been it, so what taught those is counted too.
   */
  async of(run: RunView, runs: readonly RunView[]): Promise<ReadonlySet<number>> {
    const own = await this.#lessonOf(run)
    const older = own.hasForerunner ? runs.filter(({ createdAt }) => createdAt < run.createdAt) : []
    const lessons = [own, ...(await Promise.all(older.map((one) => this.#lessonOf(one))))]
    return new Set(lessons.flatMap(({ imageIds }) => imageIds))
  }

  #lessonOf({ id }: RunView): Promise<Lesson> {
    const found = this.#lessons.get(id) ?? this.#ask(id)
    this.#lessons.set(id, found)
    found.catch(() => this.#lessons.delete(id))
    return found
  }

  async #ask(id: string): Promise<Lesson> {
    const { plan } = await this.#connection.ask('run.details', { id })
    const taught = plan.items.filter(({ role }) => role === 'train')
    return { imageIds: taught.map(({ imageId }) => imageId), hasForerunner: plan.from !== undefined }
  }
}
