import type { DeviceReport } from '../../src-shared/engine-api.ts'
import type { Asking } from './connection.ts'
import { sentenceOf } from './toasts.svelte.ts'

const NO_CARD = 'No graphics card was found that trains faster.'

/** What this machine can train with; asked for when somebody looks, measured on request. */
export class Devices {
  list = $state.raw<readonly DeviceReport[] | null>(null)
  /** Name of the device that "auto" takes. */
  chosen = $state('')
  isMeasuring = $state(false)
  error = $state<string | null>(null)
  readonly #ask: Asking
  #isAsked = false

  constructor(ask: Asking) {
    this.#ask = ask
  }

  /** Asks once; later calls are free. */
  async look(): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    await this.#fetch(false)
  }

  /** Takes a few seconds for each device. */
  async measure(): Promise<void> {
    this.isMeasuring = true
    await this.#fetch(true)
    this.isMeasuring = false
  }

  async #fetch(measure: boolean): Promise<void> {
    try {
      const { devices, chosen } = await this.#ask.ask('device.list', { measure })
      this.list = devices
      this.chosen = chosen
      this.error = null
    } catch (error) {
      this.error = sentenceOf(error)
      this.#isAsked = false
    }
  }

  /** The device a run would take: the one named, or what "auto" chooses. */
  report(wanted: string): DeviceReport | undefined {
    const name = wanted === 'auto' ? this.chosen : wanted
    return this.list?.find(({ device }) => device === name)
  }

  /** Why no faster device is used, in the words of the host where it has any; undefined where a graphics card is. */
  reasonNotFaster(wanted: string): string | undefined {
    const used = this.report(wanted)
    if (!used || used.isGpu) return undefined
    const card = this.list?.find(({ isGpu, isUsable, reason }) => isGpu && !isUsable && reason)
    return used.reason ?? card?.reason ?? (this.list?.some(({ isGpu }) => isGpu) ? undefined : NO_CARD)
  }
}
