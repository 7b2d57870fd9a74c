/** Keeps the machine from falling asleep while a project works; the screen may go dark. */
import { powerSaveBlocker } from 'electron'
import type { ApiEvent } from '../../../src-shared/api.ts'

export class Awake {
  /** Jobs that run, each with the run that it trains. */
  readonly #jobs = new Map<string, string | undefined>()
  /** Runs that a person has paused: nobody waits for them, however long the night. */
  readonly #paused = new Set<string>()
  #blocker: number | undefined

  /** Events of the project's session. */
  hear(event: ApiEvent): void {
    if (event.type === 'job') {
      if (event.state === 'running') this.#jobs.set(event.id, event.training)
      else this.#jobs.delete(event.id)
    } else if (event.type === 'run' && event.event.type === 'state') {
      if (event.event.state === 'paused') this.#paused.add(event.run)
      else this.#paused.delete(event.run)
    } else return
    const isWorking = [...this.#jobs.values()].some((run) => run === undefined || !this.#paused.has(run))
    if (isWorking) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    else this.end()
  }

  /** The project is closed, or does nothing now. */
  end(): void {
    if (this.#blocker !== undefined) powerSaveBlocker.stop(this.#blocker)
    this.#blocker = undefined
  }
}
