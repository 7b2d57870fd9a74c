import type { PredictionView } from '../../src-shared/api.ts'
import { atThreshold, DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../src-shared/scores/aims.ts'
import { objectsOfImage } from './objects-of-image.ts'
import type { ProposalHost } from './proposal-host.ts'

/** How probabilities are to become objects: as training chose, for an aim, or as the sliders say. */
export class ObjectsChoice {
  plan = $state<ObjectsPlan>({ ...DEFAULT_OBJECTS })
  /** What objects are made for; null once a slider was moved. */
  aim = $state<ObjectsAim | null>('balanced')
  /** The best way for an aim is being looked for. */
  isChoosing = $state(false)
  #shown = $state.raw<{ prediction: PredictionView; imageId: number } | null>(null)
  /** Counts how often somebody has chosen, so that a late answer does not take back a later choice. */
  #choices = 0
  readonly #host: Pick<ProposalHost, 'ask' | 'failed'>
  readonly #changed: () => unknown

  constructor(host: Pick<ProposalHost, 'ask' | 'failed'>, changed: () => unknown) {
    this.#host = host
    this.#changed = changed
  }

  get isTouched(): boolean {
    const own = this.#shown && this.#asTrained(this.#shown)
    return own !== null && (Object.keys(own) as (keyof ObjectsPlan)[]).some((key) => own[key] !== this.plan[key])
  }

  /** Of another prediction, or another image of it: as its training chose. Else what was chosen stays. No word to others. */
  begin(prediction: PredictionView, imageId: number): void {
    const isSame = this.#shown?.prediction.id === prediction.id && this.#shown.imageId === imageId
    this.#shown = { prediction, imageId }
    if (!isSame) this.#takeTrained(this.#shown)
  }

  set<K extends keyof ObjectsPlan>(name: K, value: ObjectsPlan[K]): void {
    this.#choices++
    if (name === 'threshold') this.plan = atThreshold(this.plan, value as number)
    else this.plan[name] = value
    this.aim = null
    this.#changed()
  }

  /** As the run's held-out parts say is best for another aim; the sliders go there. */
  async makeFor(aim: ObjectsAim): Promise<void> {
    const shown = this.#shown
    if (!shown) return
    if (aim === 'balanced') return this.reset()
    const choice = ++this.#choices
    this.isChoosing = true
    try {
      const plan = await this.#host.ask.ask('prediction.objects', { id: shown.prediction.id, aim })
      if (this.#choices !== choice) return
      this.plan = { ...objectsOfImage(plan, shown.prediction, shown.imageId) }
      this.aim = aim
      await this.#changed()
    } catch (error) {
      this.#host.failed(error)
    } finally {
      this.isChoosing = false
    }
  }

  /** Back to what training chose. */
  reset(): void {
    if (!this.#shown) return
    this.#takeTrained(this.#shown)
    this.#changed()
  }

  #takeTrained(shown: { prediction: PredictionView; imageId: number }): void {
    this.#choices++
    this.plan = { ...this.#asTrained(shown) }
    this.aim = 'balanced'
  }

  #asTrained({ prediction, imageId }: { prediction: PredictionView; imageId: number }): ObjectsPlan {
    return objectsOfImage(prediction.objects, prediction, imageId)
  }
}
