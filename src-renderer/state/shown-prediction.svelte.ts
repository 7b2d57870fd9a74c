import type { PredictionView } from '../../src-shared/api.ts'

/** Which prediction lies over the open plane, and the probability of which class of it. */
export class ShownPrediction {
  shown = $state.raw<PredictionView | null>(null)
  /** Class index whose probability is shown; 0: that of any object. */
  classIndex = $state(0)
  readonly #changed: (prediction: PredictionView | null, classIndex: number) => void

  constructor(changed: (prediction: PredictionView | null, classIndex: number) => void) {
    this.#changed = changed
  }

  show(prediction: PredictionView | null): void {
    const isSame = prediction?.id === this.shown?.id
    this.shown = prediction
    if (isSame && prediction === null) return
    if (this.classIndex >= (prediction?.classes ?? 0)) this.classIndex = 0
    this.#changed(prediction, this.classIndex)
  }

  chooseClass(classIndex: number): void {
    this.classIndex = classIndex
    this.#changed(this.shown, classIndex)
  }

  /** Another plane is opened, over which nothing lies yet. */
  forget(): void {
    this.shown = null
  }
}
