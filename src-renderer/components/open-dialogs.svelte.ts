import { untrack } from 'svelte'

/** The dialogs that are open; what lies outside the top one is under its shade and out of reach. */
class OpenDialogs {
  #all = $state.raw<readonly HTMLDialogElement[]>([])

  get top(): HTMLDialogElement | undefined {
    return this.#all.at(-1)
  }

  /** Answers what to do when it closes. */
  opened(dialog: HTMLDialogElement): () => void {
    this.#all = [...untrack(() => this.#all), dialog]
    return () => {
      this.#all = this.#all.filter((other) => other !== dialog)
    }
  }
}

export const openDialogs = new OpenDialogs()
