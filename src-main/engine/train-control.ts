/** What a person can do to a training under way, from another turn of the event loop. */
export class TrainControl {
  #isPaused = false
  #stop: 'keep' | 'now' | null = null
  #wake: (() => void) | null = null

  /** Holds training after the present step. */
  pause(): void {
    this.#isPaused = true
  }

  continue(): void {
    this.#isPaused = false
    this.#wake?.()
  }

  /** Ends training after the present step: 'keep' validates and makes a model first, 'now' only saves a checkpoint. */
  stop(how: 'keep' | 'now' = 'keep'): void {
    this.#stop = how
    this.#wake?.()
  }

  get isPaused(): boolean {
    return this.#isPaused && this.#stop === null
  }

  get stopping(): 'keep' | 'now' | null {
    return this.#stop
  }

  /** Resolves when training may go on or is to stop. */
  async whilePaused(): Promise<void> {
    while (this.isPaused) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = null
    }
  }
}
