/**
 * A session that may only read, beside the program that has the project: it notices what that one commits, and takes
 * the project over when it is free.
 */
import { AppError } from '../../../src-shared/errors.ts'
import type { PlaneState } from '../../store/index.ts'
import type { Session } from './session.ts'

/** Who changed a plane, where it was another program. */
const ELSEWHERE = 'elsewhere'

const keyOf = ({ imageId, layer, z, t }: PlaneState): string => JSON.stringify([imageId, layer, z, t])

export class HolderWatch {
  readonly #session: Session
  readonly #program: string
  #timer: NodeJS.Timeout | undefined
  #version: number
  #revisions: Map<string, number>
  #project: string
  #isBusy = false

  /** Looks every so many milliseconds, until the session may write. */
  constructor(session: Session, program: string, everyMs: number) {
    this.#session = session
    this.#program = program
    this.#version = session.store.version
    this.#revisions = this.#readRevisions()
    this.#project = this.#readProject()
    this.#timer = setInterval(() => void this.#look(), everyMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      const isWriter = await this.#session.store.becomeWriter(this.#program)
      if (!this.#timer) {
        // The session was closed meanwhile.
        if (isWriter) this.#session.store.close()
        return
      }
      this.#follow(isWriter)
      if (isWriter) {
        this.#session.mayWrite()
        this.stop() // not before the windows know
      }
    } catch (error) {
      // Tried again in any case: the file is being migrated, a disk is full. Nobody waits for this look.
      if (!(error instanceof AppError)) console.error(error)
    } finally {
      this.#isBusy = false
    }
  }

  /** Tells the windows what another program has committed since the last look. */
  #follow(isWriter: boolean): void {
    const { version } = this.#session.store
    if (version === this.#version && !isWriter) return
    this.#version = version
    const before = this.#revisions
    this.#revisions = this.#readRevisions()
    const changed = this.#session.store.labels
      .planes()
      .filter((plane) => before.get(keyOf(plane)) !== this.#revisions.get(keyOf(plane)))
    this.#session.planesChanged(
      changed.map(({ revision, isComplete: _, ...plane }) => {
        const { width: w, height: h } = this.#session.store.images.get(plane.imageId)
        return { plane, revision, changed: { x: 0, y: 0, w, h } }
      }),
      ELSEWHERE,
    )
    const project = this.#readProject()
    if (project !== this.#project) this.#session.projectChanged()
    this.#project = project
  }

  #readRevisions(): Map<string, number> {
    return new Map(this.#session.store.labels.planes().map((plane) => [keyOf(plane), plane.revision]))
  }

  /** The project but for how far its images are, which is told with their planes. */
  #readProject(): string {
    const { images, ...project } = this.#session.projectView()
    return JSON.stringify([project, images.map(({ painted: _, complete: __, objects: ___, ...image }) => image)])
  }
}
