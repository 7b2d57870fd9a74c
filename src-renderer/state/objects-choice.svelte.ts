import type { PredictionView } from '../../src-shared/api.ts'
import { DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../src-shared/scores/aims.ts'
import type { ProposalHost } from './proposal-host.ts'

/** How probabilities are to become objects: as training chose, for an aim, or as the sliders say. */
export class ObjectsChoice {
  plan = $state<ObjectsPlan>({ ...DEFAULT_OBJECTS })
  /** What objects are made for; null once a slider was moved. */
  aim = $state<ObjectsAim | null>('balanced')
  /** The best way for an aim is being looked for. */
  isChoosing = $state(false)
  #prediction = $state.raw<PredictionView | null>(null)
  readonly #host: Pick<ProposalHost, 'ask' | 'failed'>
  readonly #changed: () => unknown

  constructor(host: Pick<ProposalHost, 'ask' | 'failed'>, changed: () => unknown) {
    this.#host = host
    this.#changed = changed
  }

  get isTouched(): boolean {
    const own = this.#prediction?.objects
    return own !== undefined && (Object.keys(own) as (keyof ObjectsPlan)[]).some((key) => own[key] !== this.plan[key])
  }

  /** Of another prediction: as its training chose, without a word to others. */
  begin(prediction: PredictionView): void {
    this.#prediction = prediction
    this.plan = { ...prediction.objects }
    this.aim = 'balanced'
  }

  set<K extends keyof ObjectsPlan>(name: K, value: ObjectsPlan[K]): void {
    const isParting = this.plan.seedThreshold > this.plan.threshold
    this.plan[name] = value
    this.aim = null
    // Seeds that are off go with the threshold, and are off still.
    const { threshold, seedThreshold } = this.plan
    if (name === 'threshold') this.plan.seedThreshold = isParting ? Math.max(seedThreshold, threshold) : threshold
    this.#changed()
  }

  /** As the run's held-out parts say is best for another aim; the sliders go there. */
  async makeFor(aim: ObjectsAim): Promise<void> {
    const prediction = this.#prediction
    if (!prediction) return
    if (aim === 'balanced') return this.reset()
    this.isChoosing = true
    try {
      const plan = await this.#host.ask.ask('prediction.objects', { id: prediction.id, aim })
      if (this.#prediction?.id !== prediction.id) return
      this.plan = { ...plan }
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
    if (!this.#prediction) return
    this.begin(this.#prediction)
    this.#changed()
  }
}
