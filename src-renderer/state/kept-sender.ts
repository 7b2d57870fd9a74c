import type { ImageView } from '../../src-shared/api.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { AskError } from './ask-error.ts'
import { KeptNews } from './kept-news.ts'
import { handOverKept, KeptStrokes } from './kept-strokes.ts'
import { samePlane } from './plane-link.ts'
import type { Project } from './project.svelte.ts'
import type { Toasts } from './toasts.svelte.ts'

export interface KeptSenderHost {
  /** The plane that is open; it sends its own when it is opened. */
  readonly plane: PlaneKey | null
  reopen(): Promise<void>
  send(image: ImageView, plane: PlaneKey): void
}

/** Keeps strokes that are not saved yet, sends those of earlier windows, and says why some still wait. */
export class KeptSender {
  readonly strokes: KeptStrokes
  readonly #project: Project
  readonly #host: KeptSenderHost
  readonly #news: KeptNews

  constructor(project: Project, toasts: Toasts, host: KeptSenderHost) {
    this.strokes = new KeptStrokes(() => project.view)
    this.#project = project
    this.#host = host
    this.#news = new KeptNews(toasts, () => project.view?.holder !== undefined)
  }

  /** Sends what an earlier window has painted and could not save, also on planes that nobody opens again. */
  sendAll(): void {
    const { strokes } = this
    const gone = handOverKept(
      strokes,
      (id) => this.#project.image(id),
      (image, plane) => this.#host.send(image, plane),
    )
    if (gone.length > 0) this.#news.lostImage(() => strokes.forget(gone))
    if (strokes.hasElsewhere) this.#news.elsewhere(() => void this.#saveHere())
  }

  /** A stroke was saved. */
  saved(): void {
    this.#news.saved()
  }

  /** A stroke could not be saved for now. */
  failed(failure: AskError): void {
    this.#news.failed(failure)
  }

  /** Makes strokes of another copy of the project those of this one, and sends them. */
  async #saveHere(): Promise<void> {
    const planes = this.strokes.takeOver()
    const { plane: open } = this.#host
    if (open && planes.some((plane) => samePlane(plane, open))) await this.#host.reopen()
    this.sendAll()
  }
}
