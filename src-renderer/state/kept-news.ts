import type { AskError } from './ask-error.ts'
import type { Toast, Toasts } from './toasts.svelte.ts'

const LOST_IMAGE =
  'Strokes that could not be saved belong to an image that is no longer in this project; they are kept until you forget them.'
const ELSEWHERE =
  'Strokes that could not be saved were painted in another copy of this project, or before its folder was moved; save them here if this is where they belong.'

/** Says why strokes are kept and not saved yet: each reason once, not with every attempt to save them. */
export class KeptNews {
  readonly #toasts: Pick<Toasts, 'failed'>
  /** Whether the window names the program that has the project. */
  readonly #hasHolder: () => boolean
  /** What was told of strokes of earlier windows. */
  readonly #told = new Set<string>()
  /** Why strokes are kept, as it was told; empty again when one has been saved. */
  #reason = ''

  constructor(toasts: Pick<Toasts, 'failed'>, hasHolder: () => boolean) {
    this.#toasts = toasts
    this.#hasHolder = hasHolder
  }

  lostImage(forget: () => void): void {
    this.#once(LOST_IMAGE, { label: 'Forget them', run: forget })
  }

  elsewhere(saveHere: () => void): void {
    this.#once(ELSEWHERE, { label: 'Save them here', run: saveHere })
  }

  /** A stroke could not be saved; of a lost line and a busy project the window tells itself. */
  failed({ code, message }: AskError): void {
    const isToldHere = code === 'bug' || code === 'disk-full' || (code === 'not-writable' && !this.#hasHolder())
    if (!isToldHere || code === this.#reason) return
    this.#reason = code
    this.#toasts.failed(`${message} What is painted is kept, and saved as soon as it can be.`)
  }

  saved(): void {
    this.#reason = ''
  }

  #once(sentence: string, action: Toast['action']): void {
    if (this.#told.has(sentence)) return
    this.#told.add(sentence)
    this.#toasts.failed(sentence, action)
  }
}
